"""Adding to what happened. Nothing here changes or takes away (see access.retention)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from access.models import Event, Tag
from clients.models import Client

LONGEST_TEXT = 300


def record(
    kind: str,
    *,
    at: datetime,
    by: AbstractBaseUser | None = None,
    tags: Sequence[Tag] = (),
    text: str = "",
    **what: Any,
) -> Event:
    """Keep that something happened, with what it concerns: client, card, vehicle, device, zone, entry…"""
    event = Event.objects.create(kind=kind, at=at, actor=by, text=text[:LONGEST_TEXT], **what)  # type: ignore[misc]
    if tags:
        event.tags.add(*tags)
    return event


def record_status_flip(client: Client, *, active: bool, reason: str, at: datetime) -> Event:
    """Keep that a client became active, or ceased to be, at an instant, and why (product.md §1)."""
    text = _("Devenu actif : %(reason)s") if active else _("Devenu inactif : %(reason)s")
    return record(Event.Kind.STATUS, at=at, text=text % {"reason": reason}, client=client, inputs={"active": active})
