"""Creating an intervention, changing what its form holds, its place on the planning, deleting it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.forms.submissions import forget
from fixaloop.records.history import has_changed
from fixaloop.records.numbering import allot
from fixaloop.records.refusal import Refused, Stale
from interventions.checks import check, check_planned
from interventions.models import Intervention
from interventions.services.locking import follow, lock, lock_clients, show, write
from interventions.services.transitions import IllegalMove, plan
from interventions.states import State

SERIES = "intervention"
# What transitions and payments decide; a form filled earlier must not bring back what they were.
DECIDED = ("number", "state", "state_reason", "started_at", "finished_at", "paid_amount", "created_at", "version")


@transaction.atomic
def create(intervention: Intervention, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Intervention:
    """Give a new intervention its number and keep it, to be planned. Raises ValidationError naming fields."""
    at = at or timezone.now()
    lock_clients([intervention.client_id])
    check(intervention)
    [intervention.number] = allot(SERIES)
    intervention._history_user = by
    intervention.save(force_insert=True)
    follow([intervention.client_id], at)
    return intervention


@transaction.atomic
def update(
    intervention: Intervention,
    *,
    by: AbstractBaseUser | None,
    version: int | None = None,
    at: datetime | None = None,
    reason: str = "",
) -> Intervention:
    """Keep what a form changed. Raises `Stale`, `Refused` once it is closed, ValidationError naming fields."""
    at = at or timezone.now()
    stored = lock(intervention, version=None, client=intervention.client_id)
    if stored.state == State.CLOSED:
        raise Refused([_("%(reference)s est clôturée : elle ne change plus.") % {"reference": stored.reference}])
    for name in DECIDED:
        setattr(intervention, name, getattr(stored, name))
    if not reason and not has_changed(stored, intervention):
        return intervention
    if version is not None and stored.version != version:
        raise Stale
    check(intervention, stored)
    write(intervention, by=by, at=at, reason=reason)
    follow([stored.client_id], at)
    return intervention


def refusals(intervention: Intervention) -> list[str]:
    """Why what its form holds can no longer change, one sentence each; empty when it can."""
    if intervention.state != State.CLOSED:
        return []
    return [_("%(reference)s est clôturée : elle ne change plus.") % {"reference": intervention.reference}]


@transaction.atomic
def delete(intervention: Intervention, *, by: AbstractBaseUser | None, at: datetime | None = None) -> None:
    """Delete an intervention entered by mistake. Raises `Refused` where it has been paid for or closed."""
    stored = lock(intervention, version=None)
    reasons = obstacles(stored)
    if reasons:
        raise Refused(reasons)
    stored._history_user = by
    stored.delete()
    forget(stored.get_absolute_url())
    follow([stored.client_id], at or timezone.now())


def obstacles(intervention: Intervention) -> list[str]:
    """Why an intervention cannot be deleted, one sentence each; empty when it can."""
    reasons = []
    if intervention.payments.exists():
        reasons.append(_("Des paiements y sont enregistrés : annulez-la plutôt, ils restent dans les comptes."))
    if intervention.state == State.CLOSED:
        reasons.append(_("Elle est clôturée."))
    return reasons


def place(
    intervention: Intervention,
    *,
    technician: Any,
    planned_start: datetime | None,
    planned_end: datetime | None,
    **who: Any,
) -> Intervention:
    """Put it somewhere on the planning: plan it, or move the slot of one already planned and not yet done."""
    slot = {"technician": technician, "planned_start": planned_start, "planned_end": planned_end}
    return (plan if intervention.state == State.TO_PLAN else _move_slot)(intervention, **slot, **who)


@transaction.atomic
def _move_slot(
    intervention: Intervention,
    *,
    technician: Any,
    planned_start: datetime | None,
    planned_end: datetime | None,
    by: AbstractBaseUser | None,
    version: int | None = None,
    at: datetime | None = None,
) -> Intervention:
    at = at or timezone.now()
    stored = lock(intervention, version=version)
    if not stored.is_open or stored.state == State.TO_PLAN:
        raise IllegalMove(stored, State.PLANNED)
    before = show(stored, Intervention())
    stored.technician, stored.planned_start, stored.planned_end = technician, planned_start, planned_end
    check_planned(stored)
    check(stored, before)
    write(stored, by=by, at=at, reason=_("Créneau déplacé"))
    return show(stored, intervention)
