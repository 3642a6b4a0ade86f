"""Events about a client’s status, and notes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import Event
from access.models.events import LONGEST_TEXT
from clients.models import Client


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
    Event.objects.record_all(flip.as_event() for flip in flips)


def add_note(client: Client, text: str, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Event:
    return Event.objects.record(Event.Kind.NOTE, at=at or timezone.now(), by=by, text=text, client=client)
