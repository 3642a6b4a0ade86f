"""What lists of access leave in the database: the columns of related rows that no cell reads."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from access.models import AccessCard, Device, Vehicle, Zone
from clients.models import Client

# What cells say of each: its name, and of a client whether it is active.
SAID: dict[Any, tuple[str, ...]] = {
    Client: (
        *("id", "number", "kind", "first_name", "last_name", "company_name"),
        *("active_until", "resumes_at", "resumes_until"),
    ),
    AccessCard: ("id", "username"),
    Vehicle: ("id", "plate", "country"),
    Device: ("id", "name"),
    Zone: ("id", "name"),
    User: ("id", "first_name", "last_name", "username"),
}


def besides(**related: Any) -> tuple[str, ...]:
    """The columns that related rows (`client=Client`) have besides what cells say of them, for `defer`."""
    return tuple(
        f"{path}__{field.name}"
        for path, model in related.items()
        for field in model._meta.concrete_fields
        if field.name not in SAID[model]
    )
