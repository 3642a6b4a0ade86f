"""Events about a client’s status, and notes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from access.models import Event
from clients.extensions import StatusReason
from clients.models import Client
from clients.status import keep_reason


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


def add_note(client: Client, text: str, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Event:
    return Event.objects.record(Event.Kind.NOTE, at=at or timezone.now(), by=by, text=text, client=client)
