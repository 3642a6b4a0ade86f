"""Who changed what: the library's records turned into sentences of fields with their two values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class FieldChange:
    """One field with what it was and what it became, as shown on screen."""

    name: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """One moment in the history of a thing."""

    at: datetime
    by: str
    origin: str
    summary: str
    fields: list[FieldChange]
    is_first: bool = False


def has_changed(stored: Any, row: Any) -> bool:
    """Whether the history of a row would tell how it differs from the one that is stored."""
    tracked = stored.history.model.tracked_fields
    return any(_instant(getattr(stored, field.attname)) != _instant(getattr(row, field.attname)) for field in tracked)


def _instant(value: Any) -> Any:
    """A value to compare. In the hour that a clock repeats, Python holds no instants of two zones for equal."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def show_value(record: Any, field: Any) -> str:
    """A value as one reads it on screen."""
    value = getattr(record, field.name, None)
    if value is None and getattr(record, field.attname, None) is not None:
        return _("supprimé depuis")
    if value in (None, ""):
        return ""
    if field.choices:
        return str(getattr(record, f"get_{field.name}_display")())
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, Decimal):
        return number_format(value)
    if isinstance(value, Model):
        return str(value)
    return str(getattr(value, "name", value))


def read_changes(
    records: QuerySet[Any],
    *,
    start: int,
    count: int,
    unsaid: Collection[str] = (),
    only: Collection[str] = (),
    show: Callable[[Any, Any], str] = show_value,
) -> tuple[list[Change], bool]:
    """The changes that records tell, the newest first, and whether there are older ones.

    `unsaid` names the fields that are told by the line itself, `only` those one asks about, `show` how a value is read.
    """
    tracked = [
        field for field in records.model.tracked_fields if field.name not in unsaid and (not only or field.name in only)
    ]
    found = list(records.order_by("-history_date", "-history_id")[start : start + count + 1])
    # The change before each one; none before the first, and what was written in bulk may have no record at all.
    older = [*found[1:], None]
    pairs = zip(found[:count], older, strict=False)
    return [_change(new, old, tracked, show) for new, old in pairs], len(found) > count


def _change(record: Any, older: Any, tracked: Sequence[Any], show: Callable[[Any, Any], str]) -> Change:
    summaries = {"+": _("Création"), "~": _("Modification"), "-": _("Suppression")}
    author = record.history_user
    return Change(
        record.history_date,
        (author.get_full_name() or author.get_username()) if author else _("Système"),
        record.history_change_reason or "",
        summaries[record.history_type],
        [] if record.history_type == "-" else _differences(record, older, tracked, show),
        record.history_type == "+",
    )


def _differences(record: Any, older: Any, tracked: Sequence[Any], show: Callable[[Any, Any], str]) -> list[FieldChange]:
    found = []
    for field in tracked:
        # Compared as stored: how a phone reads depends on the country beside it.
        same = older is not None and getattr(record, field.attname) == getattr(older, field.attname)
        if same:
            continue
        new, old = show(record, field), show(older, field) if older is not None else ""
        if new != old:
            found.append(FieldChange(field.name, str(field.verbose_name), old, new))
    return found
