"""How a slot on the planning, and an absence that was deleted, are given back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from fixaloop.forms.undo import Undo
from fixaloop.records.bulk import plain
from fixaloop.records.refusal import Refused, Stale
from interventions import rights, services
from interventions.models import Absence, Intervention

SLOT_COLUMNS = ("state", "technician_id", "planned_start", "planned_end", "reopened_at")
ABSENCE_COLUMNS = ("technician_id", "starts_at", "ends_at", "kind", "note")


def slot_of(intervention: Intervention) -> dict[str, Any]:
    """What to keep of an intervention before it is planned, moved or given to somebody, to take that back."""
    return {"job": intervention.pk, **{name: plain(getattr(intervention, name)) for name in SLOT_COLUMNS}}


def _give_slot_back(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    job = Intervention.objects.filter(pk=values["job"]).first()
    if job is None:
        raise Stale
    rights.require_change(by, job)
    start, end = (_moment(values[name]) for name in ("planned_start", "planned_end"))
    technician = User.objects.filter(pk=values["technician_id"]).first()
    slot: dict[str, Any] = {"technician": technician, "planned_start": start, "planned_end": end}
    services.give_slot_back(job, state=values["state"], **slot, by=by, version=values["version"], at=at)


def _restore_absence(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    moments = {name: _moment(values[name]) for name in ("starts_at", "ends_at")}
    try:
        services.keep_absence(Absence(**{**values, **moments}))
    except ValidationError as why:
        raise Refused(why.messages) from None


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


SLOT = Undo("slot", _give_slot_back)
ABSENCE = Undo("absence", _restore_absence, right="interventions.add_absence")
UNDOS = (SLOT, ABSENCE)
