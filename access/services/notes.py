"""A remark on a client's timeline."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from access.models import Event
from access.services.events import record
from clients.models import Client


def add_note(client: Client, text: str, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Event:
    """Keep a remark, for good."""
    return record(Event.Kind.NOTE, at=at or timezone.now(), by=by, text=text, client=client)
