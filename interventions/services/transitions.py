"""The moves of an intervention. Only these functions write its state, one transaction each with the client’s status."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clients.services import anonymized
from fixaloop.records.refusal import Refused
from interventions.checks import check, check_plan, check_planned
from interventions.models import Intervention
from interventions.services.writing import copy_values, lock, write
from interventions.states import EXPLAINED, State, find_move, moves_from, state_name


class IllegalMove(Exception):
    """No move leads from this state to that one; the message lists those that are possible."""

    def __init__(self, intervention: Intervention, to: str) -> None:
        values = {
            "reference": intervention.reference,
            "state": state_name(intervention.state),
            "wanted": state_name(to) if to in State.values else to[:40],
            "possible": ", ".join(str(move.label).lower() for move in moves_from(intervention.state)),
        }
        if to == intervention.state and values["possible"]:
            message = _("%(reference)s est déjà %(state)s. Possible : %(possible)s.")
        elif values["possible"]:
            message = _("%(reference)s est %(state)s et ne peut pas devenir « %(wanted)s ». Possible : %(possible)s.")
        else:
            message = _("%(reference)s est %(state)s : plus rien ne peut y changer.")
        super().__init__(message % values)


@transaction.atomic
def _move(
    intervention: Intervention,
    verb: str,
    to: State,
    change: Callable[[Intervention, datetime], None] | None = None,
    *,
    by: AbstractBaseUser | None,
    reason: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> Intervention:
    """Make the move `verb` to a state, and `change` what else it sets.

    Raises `Stale`, `IllegalMove`, `Refused` and whatever `change` raises; then nothing is written.
    """
    at = at or timezone.now()
    stored = lock(intervention, version=version)
    move = find_move(stored.state, to)
    if move is None or move.verb != verb:
        raise IllegalMove(stored, to)
    was_open, stored.state = stored.is_open, to
    if stored.is_open and not was_open and stored.client.anonymized_at:
        raise Refused([anonymized(stored.client)])
    stored.state_reason = _required_reason(reason) if to in EXPLAINED else ""
    if change:
        change(stored, at)
    said = _("%(move)s : %(reason)s") % {"move": move.label, "reason": reason} if reason else str(move.label)
    write(stored, by=by, at=at, reason=said)
    return copy_values(stored, intervention)


def _required_reason(reason: str) -> str:
    if not reason:
        raise ValidationError({"reason": [_("Dites pourquoi : pièces, devis, client absent…")]})
    if len(reason) > 200:
        raise ValidationError({"reason": [_("200 caractères au plus.")]})
    return reason


def plan(
    intervention: Intervention,
    *,
    technician: Any,
    planned_start: datetime | None,
    planned_end: datetime | None,
    **who: Any,
) -> Intervention:
    def change(stored: Intervention, at: datetime) -> None:
        stored.technician, stored.planned_start, stored.planned_end = technician, planned_start, planned_end
        check_plan(stored)

    return _move(intervention, "plan", State.PLANNED, change, **who)


def start(intervention: Intervention, **who: Any) -> Intervention:
    def change(stored: Intervention, at: datetime) -> None:
        stored.started_at = stored.started_at or at

    return _move(intervention, "start", State.IN_PROGRESS, change, **who)


def hold(intervention: Intervention, *, reason: str, **who: Any) -> Intervention:
    return _move(intervention, "hold", State.ON_HOLD, reason=reason, **who)


def resume(intervention: Intervention, **who: Any) -> Intervention:
    return _move(intervention, "resume", State.IN_PROGRESS, **who)


def finish(intervention: Intervention, *, report: str = "", **who: Any) -> Intervention:
    """End the work: sets the real end, and there must be a report."""

    def change(stored: Intervention, at: datetime) -> None:
        stored.report = report or stored.report
        if not stored.report:
            raise ValidationError({"report": [_("Écrivez le compte rendu : ce qui a été fait.")]})
        stored.finished_at = max(at, stored.started_at or at)

    return _move(intervention, "finish", State.DONE, change, **who)


def close(intervention: Intervention, **who: Any) -> Intervention:
    """Close the accounts for good. Raises `Refused` if the client owes something or has paid too much."""

    def change(stored: Intervention, at: datetime) -> None:
        balance = {"balance": number_format(abs(stored.balance), 2)}
        if stored.balance > 0:
            raise Refused([_("Il reste %(balance)s € à payer : enregistrez le paiement d’abord.") % balance])
        if stored.balance < 0:
            raise Refused([_("%(balance)s € payés en trop : enregistrez le remboursement d’abord.") % balance])

    return _move(intervention, "close", State.CLOSED, change, **who)


def cancel(intervention: Intervention, *, reason: str, **who: Any) -> Intervention:
    return _move(intervention, "cancel", State.CANCELLED, reason=reason, **who)


def reopen(intervention: Intervention, *, reason: str = "", **who: Any) -> Intervention:
    def change(stored: Intervention, at: datetime) -> None:
        stored.finished_at = None

    to = State.TO_PLAN if intervention.state == State.CANCELLED else State.IN_PROGRESS
    return _move(intervention, "reopen", to, change, reason=reason, **who)


VERBS: dict[str, Callable[..., Intervention]] = {
    verb.__name__: verb for verb in (plan, start, hold, resume, finish, close, cancel, reopen)
}


def transition(intervention: Intervention, to: str, **needs: Any) -> Intervention:
    """Make the move that leads to a state. Raises `IllegalMove` if there is none, and what the move raises."""
    move = find_move(intervention.state, to)
    if move is None:
        raise IllegalMove(intervention, to)
    return VERBS[move.verb](intervention, **needs)


def schedule(intervention: Intervention, **slot_and_who: Any) -> Intervention:
    """Plan an intervention, or move its slot if it is planned already and not done."""
    return (plan if intervention.state == State.TO_PLAN else _move_slot)(intervention, **slot_and_who)


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
    before = copy_values(stored, Intervention())
    stored.technician, stored.planned_start, stored.planned_end = technician, planned_start, planned_end
    check_planned(stored)
    check(stored, before)
    write(stored, by=by, at=at, reason=_("Créneau déplacé"))
    return copy_values(stored, intervention)
