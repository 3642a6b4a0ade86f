"""What was found is told once: on the bell, on the timeline of its subject, and to the client who wants e-mails."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from access.models import AccessCard, Device, Event
from access.notices.letters import letter_about
from fixaloop.notices.letters import queue
from fixaloop.notices.models import Letter, Notice
from fixaloop.notices.telling import tell


@dataclass(frozen=True)
class Found:
    """Something to tell of a card, a client or a reader, on an occasion."""

    kind: str
    subject: Any
    occasion: str
    values: dict[str, Any]

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.subject.pk}-{self.occasion}"

    def letter(self, at: datetime) -> Letter | None:
        return letter_about(self.kind, self.key, self.subject, self.values, at)

    def as_event(self, at: datetime) -> Event:
        return Event(kind=Event.Kind.NOTIFICATION, said=self.kind, at=at, inputs=self.values, **_named(self.subject))


def _named(subject: Any) -> dict[str, Any]:
    if isinstance(subject, AccessCard):
        return {"client": subject.client, "card": subject}
    if isinstance(subject, Device):
        return {"device": subject, "zone_id": subject.zone_id}
    return {"client": subject}


@transaction.atomic
def tell_found(found: Iterable[Found], at: datetime) -> int:
    """Tell what was not told yet; return how much that was."""
    by_key = {one.key: one for one in found}
    fresh = tell(
        Notice(kind=one.kind, key=key, at=at, subject=one.subject.pk, values=one.values) for key, one in by_key.items()
    )
    kept = [by_key[notice.key] for notice in fresh]
    Event.objects.record_all(one.as_event(at) for one in kept)
    queue(letter for one in kept if (letter := one.letter(at)))
    return len(fresh)
