"""The moves of an intervention. Only these functions write its state, one transaction each with the client’s status."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clients.services import anonymized
from fixaloop.records.refusal import Refused
from interventions import times
from interventions.checks import check, check_plan, check_planned
from interventions.models import ZERO, Intervention
from interventions.services.telling import tell
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
    change: Callable[[Intervention, datetime], datetime | None] | None = None,
    *,
    by: AbstractBaseUser | None,
    reason: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> Intervention:
    """Make the move `verb` to a state, and `change` what else it sets, which returns when it really was; None for now.

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
    when = change(stored, at) if change else None
    said = _("%(move)s : %(reason)s") % {"move": move.label, "reason": reason} if reason else str(move.label)
    tell(stored, f"job_{verb}", by=by, at=when or at, text=reason)
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
    def change(stored: Intervention, at: datetime) -> datetime | None:
        stored.technician, stored.planned_start, stored.planned_end = technician, planned_start, planned_end
        check_plan(stored)
        _take_up(stored, at)
        return None

    return _move(intervention, "plan", State.PLANNED, change, **who)


def _take_up(stored: Intervention, at: datetime) -> None:
    """A slot still to come takes up again what was reopened. If its work had begun, it goes on then."""
    if stored.reopened_at is None or stored.planned_end is None or stored.planned_end <= at:
        return
    if stored.state == State.IN_PROGRESS:
        times.go_on(stored, max(at, stored.planned_start or at))
    else:
        stored.waiting_since = stored.finished_at or stored.waiting_since
        stored.finished_at = stored.reopened_at = None


def _given(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC)


def start(intervention: Intervention, *, started_at: datetime | None = None, **who: Any) -> Intervention:
    """Begin the work, now or when it really began. If it had begun before it was cancelled, it goes on."""

    def change(stored: Intervention, at: datetime) -> datetime | None:
        begun = _given(started_at)
        times.check_given(stored, at, started_at=begun)
        times.check_order("started_at", begun, stored.waiting_since)
        stored.started_at = stored.started_at or begun or at
        times.go_on(stored, begun or at)
        return begun

    return _move(intervention, "start", State.IN_PROGRESS, change, **who)


def hold(intervention: Intervention, *, reason: str, waiting_since: datetime | None = None, **who: Any) -> Intervention:
    def change(stored: Intervention, at: datetime) -> datetime | None:
        since = _given(waiting_since)
        times.check_given(stored, at, waiting_since=since)
        times.check_order("waiting_since", since, stored.started_at)
        stored.waiting_since = since or at
        return since

    return _move(intervention, "hold", State.ON_HOLD, change, reason=reason, **who)


def resume(intervention: Intervention, *, resumed_at: datetime | None = None, **who: Any) -> Intervention:
    def change(stored: Intervention, at: datetime) -> datetime | None:
        resumed = _given(resumed_at)
        _check_resumed(stored, resumed, at)
        times.go_on(stored, resumed or at)
        return resumed

    return _move(intervention, "resume", State.IN_PROGRESS, change, **who)


def _check_resumed(stored: Intervention, resumed: datetime | None, at: datetime) -> None:
    times.check_given(stored, at, resumed_at=resumed)
    times.check_order("resumed_at", resumed, stored.finished_at or stored.waiting_since)


def finish(
    intervention: Intervention,
    *,
    report: str = "",
    started_at: datetime | None = None,
    finished_at: datetime | None = None,
    **who: Any,
) -> Intervention:
    """End the work, now or when it really ended; there must be a report. A reopened job keeps its real end."""

    def change(stored: Intervention, at: datetime) -> datetime | None:
        stored.report = report or stored.report
        if not stored.report:
            raise ValidationError({"report": [_("Écrivez le compte rendu : ce qui a été fait.")]})
        begun, ended = _given(started_at), _given(finished_at)
        times.check_given(stored, at, started_at=begun, finished_at=ended)
        stored.started_at = begun or stored.started_at
        times.end(stored, ended, at)
        times.check_times(stored)
        return ended

    return _move(intervention, "finish", State.DONE, change, **who)


def close(intervention: Intervention, **who: Any) -> Intervention:
    """Close the accounts for good. Raises `Refused` if the client owes something or has paid too much."""

    def change(stored: Intervention, at: datetime) -> datetime | None:
        balance = {"balance": number_format(abs(stored.balance), 2)}
        if stored.balance > 0:
            raise Refused([_("Il reste %(balance)s € à payer : enregistrez le paiement d’abord.") % balance])
        if stored.balance < 0:
            raise Refused([_("%(balance)s € payés en trop : enregistrez le remboursement d’abord.") % balance])
        return None

    return _move(intervention, "close", State.CLOSED, change, **who)


def cancel(
    intervention: Intervention, *, reason: str, cancellation_fee: Decimal | None = None, **who: Any
) -> Intervention:
    """Give it up. Only the fee, if there is one, is due from then on."""

    def change(stored: Intervention, at: datetime) -> datetime | None:
        stored.cancellation_fee = cancellation_fee or ZERO
        if stored.started_at:
            stored.waiting_since = stored.finished_at or stored.waiting_since or at
        stored.finished_at = stored.reopened_at = None
        return None

    return _move(intervention, "cancel", State.CANCELLED, change, reason=reason, **who)


def reopen(
    intervention: Intervention, *, reason: str = "", resumed_at: datetime | None = None, **who: Any
) -> Intervention:
    """Open it again. It counts as it did before until work goes on, unless `resumed_at` says when that was."""

    def change(stored: Intervention, at: datetime) -> datetime | None:
        stored.reopened_at, stored.cancellation_fee = at, ZERO
        stored.started_at = stored.started_at or stored.finished_at
        if stored.finished_at and (resumed := _given(resumed_at)):
            _check_resumed(stored, resumed, at)
            times.go_on(stored, resumed)
        return None

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
    _take_up(stored, at)
    write(stored, by=by, at=at, reason=_("Créneau déplacé"))
    return copy_values(stored, intervention)


# What moves and slots set. What was typed beside, a report or amounts, stays when they are taken back.
MOVED = (
    *("state", "state_reason", "technician_id", "planned_start", "planned_end", "started_at", "finished_at"),
    *("waiting_since", "waited", "reopened_at", "cancellation_fee"),
)


@transaction.atomic
def take_back(
    intervention: Intervention,
    before: Mapping[str, Any],
    *,
    by: AbstractBaseUser | None,
    version: int,
    at: datetime,
) -> Intervention:
    """Take back what was done last: `before` has the columns of `MOVED`. Raises `Stale` if anything changed since."""
    stored = lock(intervention, version=version)
    if stored.state != before["state"]:
        tell(stored, "job_undone", by=by, at=at, values={"state": before["state"]})
    for name in MOVED:
        setattr(stored, name, before[name])
    if stored.is_open and stored.client.anonymized_at:
        raise Refused([anonymized(stored.client)])
    write(stored, by=by, at=at, reason=_("Changement annulé"))
    return copy_values(stored, intervention)
