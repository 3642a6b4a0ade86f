"""Recording a passage at the counter: once for one button, and never half."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse

from access.counter.open_door import open_door
from access.counter.subject import told
from access.gate.credentials import QR, Credential, Subject
from access.gate.gathering import Door
from access.gate.passages import Circumstances, Passage, pass_door
from access.models import Event
from fixaloop.forms.submissions import submit_once


@dataclass(frozen=True)
class _Recorded:
    """A passage as `submit_once` keeps it: by the address of its event."""

    passage: Passage

    def get_absolute_url(self) -> str:
        return reverse("access:event", args=[self.passage.event.pk]) if self.passage.event else ""


def record_subject(
    subject: Subject, door: Door, by: User, at: datetime, reason: str, token: uuid.UUID | None
) -> Passage:
    """Let somebody pass, or refuse him; the same token again gets the passage it got before."""
    made: list[Passage] = []

    def once() -> _Recorded:
        made.append(open_door(subject, door, by=by, reason=reason, at=at))
        return _Recorded(made[0])

    url = submit_once(token, by, once)  # type: ignore[arg-type]
    return made[0] if made else _again(url)


def _again(url: str) -> Passage:
    """The passage that a first click recorded."""
    events = Event.objects.select_related("client__company", "card", "vehicle", "entry")
    passage = told(events.get(pk=int(url.strip("/").rsplit("/", 1)[-1])))
    if passage is None:
        raise Event.DoesNotExist
    return passage


@transaction.atomic
def record_stranger(text: str, door: Door, by: User, at: datetime) -> Passage:
    """Keep that nobody known asked to pass. As a code, whatever it was: an event keeps nothing of it but a mark."""
    return pass_door(Credential(QR, text), door, Circumstances(at, by=by))
