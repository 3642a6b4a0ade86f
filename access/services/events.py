"""Events are recorded here, and forgotten in access.services.retention. Nothing changes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import Event, Tag
from clients.models import Client

LONGEST_TEXT = 300
BATCH = 500


def record(
    kind: str,
    *,
    at: datetime,
    by: AbstractBaseUser | None = None,
    tags: Sequence[Tag] = (),
    text: str = "",
    **what: Any,
) -> Event:
    """`what` are the other fields of the event: client, card, vehicle, device, zone, entry…"""
    event = Event.objects.create(kind=kind, at=at, actor=by, text=text[:LONGEST_TEXT], **what)  # type: ignore[misc]
    if tags:
        event.tags.add(*tags)
    return event


def record_all(events: Iterable[Event], tags: Mapping[int, Iterable[int]] | None = None) -> None:
    """Record many events at once; `tags` are the keys of the tags of each card, by card."""
    kept = Event.objects.bulk_create(list(events), batch_size=BATCH)
    link = Event.tags.through
    links = [link(event_id=event.pk, tag_id=tag) for event in kept for tag in (tags or {}).get(event.card_id or 0, ())]
    link.objects.bulk_create(links, batch_size=BATCH)


@dataclass(frozen=True)
class Flip:
    """A client became active or inactive at an instant, and why."""

    client: Client
    active: bool
    reason: str
    at: datetime

    def as_event(self) -> Event:
        said = _("Devenu actif : %(reason)s") if self.active else _("Devenu inactif : %(reason)s")
        text = (said % {"reason": self.reason})[:LONGEST_TEXT]
        inputs = {"active": self.active}
        return Event(kind=Event.Kind.STATUS, at=self.at, text=text, client=self.client, inputs=inputs)


def record_flips(flips: Iterable[Flip]) -> None:
    record_all(flip.as_event() for flip in flips)


def add_note(client: Client, text: str, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Event:
    return record(Event.Kind.NOTE, at=at or timezone.now(), by=by, text=text, client=client)
