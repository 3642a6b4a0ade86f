"""How a move of an intervention, to another state or slot, and an absence that was deleted are taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from fixaloop.forms.undo import Undo
from fixaloop.records.bulk import plain_of, read_plain
from fixaloop.records.refusal import Refused, Stale
from interventions import rights, services
from interventions.models import Absence, Intervention
from interventions.services.transitions import MOVED

ABSENCE_COLUMNS = ("technician_id", "starts_at", "ends_at", "kind", "note")


def moved_of(intervention: Intervention) -> dict[str, Any]:
    """What to keep of an intervention before it is moved to another state, slot or technician, to take that back."""
    return {"job": intervention.pk, "before": plain_of(intervention, MOVED)}


def _take_back(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    job = Intervention.objects.filter(pk=values["job"]).first()
    before = read_plain(Intervention, values["before"])
    technician = before["technician_id"]
    if job is None or (technician and not User.objects.filter(pk=technician).exists()):
        raise Stale
    rights.require_change(by, job)
    services.take_back(job, before, by=by, version=values["version"], at=at)


def _restore_absence(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    moments = {name: _moment(values[name]) for name in ("starts_at", "ends_at")}
    try:
        services.keep_absence(Absence(**{**values, **moments}))
    except ValidationError as why:
        raise Refused(why.messages) from None


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


MOVE = Undo("move", _take_back)
ABSENCE = Undo("absence", _restore_absence, right="interventions.add_absence")
UNDOS = (MOVE, ABSENCE)
