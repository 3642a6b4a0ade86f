"""Who changed what on an intervention: each transition with who, when and the reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from fixaloop.records.history import Change, read_changes, show_value
from fixaloop.words.people import person_name
from interventions.models import Intervention
from interventions.pages.file_columns import MONEY

UNSAID = ("number", "created_at", "id", "started_at", "finished_at")


def changes(
    intervention: Intervention, *, with_money: bool, start: int = 0, count: int = 25
) -> tuple[list[Change], bool]:
    """Changes of an intervention, the newest first, and whether there are older ones."""
    records = intervention.history.select_related("history_user", "client", "technician", "vehicle")
    found, more = read_changes(records, start=start, count=count, unsaid=UNSAID, show=_shown)
    if not with_money:
        found = [_without_money(change) for change in found]
    # What it was at first is told by the changes that followed, or is what it still is.
    return [replace(change, fields=[]) if change.is_first else change for change in found], more


def _without_money(change: Change) -> Change:
    """The same change without its amounts; the reason of a payment tells how much it was."""
    is_payment = any(field.name == "paid_amount" for field in change.fields)
    fields = [field for field in change.fields if field.name not in MONEY]
    return replace(change, fields=fields, origin=_("Paiement") if is_payment else change.origin)


def _shown(record: Any, field: Any) -> str:
    if field.name == "technician":
        return person_name(record.technician) if record.technician else ""
    return show_value(record, field)
