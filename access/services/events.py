"""What events say; those about a client’s status, and notes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from access.models import Event
from access.models.events import LONGEST_TEXT
from clients.extensions import StatusReason
from clients.models import Client
from clients.status import keep_reason


@dataclass(frozen=True)
class Told:
    """What an event says: a code of `access.events.words`, its values, and what was typed."""

    said: str
    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""

    def as_columns(self) -> dict[str, Any]:
        return {"said": self.said, "inputs": dict(self.values), "text": self.text[:LONGEST_TEXT]}


@dataclass(frozen=True)
class Flip:
    """A client became active or inactive at an instant, and why."""

    client: Client
    active: bool
    reason: StatusReason
    at: datetime

    def as_event(self) -> Event:
        said = "status_active" if self.active else "status_inactive"
        inputs = {"active": self.active, **keep_reason(self.reason)}
        return Event(kind=Event.Kind.STATUS, said=said, at=self.at, client=self.client, inputs=inputs)


def record_flips(flips: Iterable[Flip]) -> None:
    Event.objects.record_all(flip.as_event() for flip in flips)


def add_note(
    client: Client,
    text: str,
    *,
    about: Mapping[str, Any] | None = None,
    by: AbstractBaseUser | None,
    at: datetime | None = None,
) -> Event:
    """Add what somebody typed about a client, and about the card, the vehicle or the stay in `about`."""
    what: dict[str, Any] = {"said": "note", "client": client, **(about or {})}
    return Event.objects.record(Event.Kind.NOTE, at=at or timezone.now(), by=by, text=text, **what)
