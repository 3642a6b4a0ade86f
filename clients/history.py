"""Who changed what on a client: the library's records turned into sentences of fields with their two values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clients.models import Client
from clients.values import show_phone, show_siret
from interventions.activity import last_day

STATUS_FIELDS = ("status_mode", "status_until", "status_reason")
# Told by the line itself: its author and its time.
UNSAID = ("status_by", "status_at", "number", "created_at", "id")


@dataclass(frozen=True)
class FieldChange:
    """One field with what it was and what it became, as shown on screen."""

    name: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """One moment in a client's history."""

    at: datetime
    by: str
    origin: str
    summary: str
    fields: list[FieldChange]


def changes(client: Client, *, start: int = 0, count: int = 25) -> tuple[list[Change], bool]:
    """Changes of a client, the newest first, and whether there are older ones."""
    records = list(
        client.history.select_related("history_user", "company", "status_by").order_by("-history_date", "-history_id")[
            start : start + count + 1
        ]
    )
    older = records[1:] if len(records) > count else [*records[1:], None]
    return [_change(new, old) for new, old in zip(records[:count], older, strict=True)], len(records) > count


def status_changes(client: Client, count: int = 10) -> list[Change]:
    """The last changes of how the status is decided."""
    recent, _more = changes(client, count=100)
    return [change for change in recent if any(field.name in STATUS_FIELDS for field in change.fields)][:count]


def _change(record: Any, older: Any) -> Change:
    summaries = {"+": _("Création"), "~": _("Modification"), "-": _("Suppression")}
    fields = [] if record.history_type == "-" else _differences(record, older)
    author = record.history_user
    return Change(
        record.history_date,
        (author.get_full_name() or author.get_username()) if author else _("Système"),
        record.history_change_reason or "",
        summaries[record.history_type],
        fields,
    )


def _differences(record: Any, older: Any) -> list[FieldChange]:
    found = []
    for field in record.tracked_fields:
        if field.name in UNSAID:
            continue
        new, old = (
            _shown(record, field),
            _shown(older, field) if older is not None else "",
        )
        if new != old:
            found.append(FieldChange(field.name, str(field.verbose_name), old, new))
    return found


def _shown(record: Any, field: Any) -> str:
    """A value as one reads it on screen."""
    value = getattr(record, field.name, None)
    if value in (None, ""):
        return ""
    if field.name == "status_until":
        return last_day(value)
    if field.name == "phone":
        return show_phone(value, record.country.code)
    if field.name == "siret":
        return show_siret(value)
    if field.choices:
        return str(getattr(record, f"get_{field.name}_display")())
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, Model):
        return str(value)
    return str(getattr(value, "name", value))
