"""What was found is told once: as a notice on the bell, and as an event on the timeline of its subject."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from access.models import AccessCard, Device, Event
from fixaloop.notices.models import Notice
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
    Event.objects.record_all(by_key[notice.key].as_event(at) for notice in fresh)
    return len(fresh)
