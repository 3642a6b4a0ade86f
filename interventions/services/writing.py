"""Creating, changing and deleting interventions, recording past ones; how every service writes them.

The client is locked first, then the intervention. The status of the client is written last, in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client
from fixaloop.forms.submissions import forget
from fixaloop.records import chain
from fixaloop.records.bulk import Signature, insert, record_history
from fixaloop.records.history import has_changed
from fixaloop.records.numbering import allot
from fixaloop.records.payments import corrections
from fixaloop.records.refusal import Refused, Stale
from interventions import activity
from interventions.checks import check, check_past
from interventions.models import Intervention, InterventionPayment
from interventions.services.telling import tell, tell_offers, tell_past, tell_payments, tell_taken_back
from interventions.states import State

SERIES = "intervention"
# Written by transitions and payments: an older form must not bring back what they were.
DECIDED = (
    *("number", "state", "state_reason", "started_at", "finished_at", "waiting_since", "waited", "reopened_at"),
    *("paid_amount", "created_at", "version"),
)
# Keys in one statement: either database takes as many with ease.
BATCH = 5_000


def lock_clients(keys: Iterable[int]) -> None:
    """Lock clients, always in the same order; they can pass the gate meanwhile.

    Raises ValidationError if one of them is gone.
    """
    wanted = sorted(set(keys))
    clients = Client.objects.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk")
    if sum(len(clients.filter(pk__in=some)) for some in _batches(wanted)) < len(wanted):
        message = _("Ce client n’existe plus : quelqu’un vient de le supprimer ou de le fusionner.")
        raise ValidationError({"client": [message]})


def lock(intervention: Intervention, *, version: int | None, client: int | None = None) -> Intervention:
    """Lock the intervention, its client and the one it moves to; return it as stored.

    Raises `Stale` if it is gone or no longer at `version`.
    """
    held = Intervention.objects.filter(pk=intervention.pk).values_list("client", flat=True).first()
    if held is None:
        raise Stale
    lock_clients({held, client or held})
    stored = Intervention.objects.select_for_update(of=("self",)).filter(pk=intervention.pk, client=held).first()
    if stored is None or (version is not None and stored.version != version):
        raise Stale
    return stored


def write(intervention: Intervention, *, by: AbstractBaseUser | None, at: datetime, reason: str = "") -> None:
    """Save the next version of a locked intervention, with its history, then the status of its client."""
    intervention.version += 1
    intervention.updated_at = at
    intervention._history_user = by
    intervention._change_reason = reason or None
    intervention.save()
    follow([intervention.client_id], at)


def follow(clients: Iterable[int], at: datetime) -> None:
    for some in _batches(sorted(set(clients))):
        activity.refresh(Client.objects.filter(pk__in=some), at)


def _batches(keys: list[int]) -> list[list[int]]:
    return [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]


def copy_values(stored: Intervention, intervention: Intervention) -> Intervention:
    for field in Intervention._meta.concrete_fields:
        setattr(intervention, field.attname, getattr(stored, field.attname))
    return intervention


@transaction.atomic
def create(intervention: Intervention, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Intervention:
    """Number and save a new intervention, to be planned. Raises ValidationError naming fields."""
    at = at or timezone.now()
    lock_clients([intervention.client_id])
    check(intervention)
    [intervention.number] = allot(SERIES)
    intervention._history_user = by
    intervention.save(force_insert=True)
    tell(intervention, "job_created", by=by, at=at)
    tell_offers(Intervention(), intervention, by=by, at=at)
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
    """Save what a form changed. Raises `Stale`, `Refused` if it is closed, ValidationError naming fields."""
    at = at or timezone.now()
    stored = lock(intervention, version=None, client=intervention.client_id)
    if reasons := refusals(stored):
        raise Refused(reasons)
    for name in DECIDED:
        setattr(intervention, name, getattr(stored, name))
    if not reason and not has_changed(stored, intervention):
        return intervention
    if version is not None and stored.version != version:
        raise Stale
    check(intervention, stored)
    tell_offers(stored, intervention, by=by, at=at)
    write(intervention, by=by, at=at, reason=reason)
    follow([stored.client_id], at)
    return intervention


def refusals(intervention: Intervention) -> list[str]:
    if intervention.state != State.CLOSED:
        return []
    return [_("%(reference)s est clôturée : elle ne change plus.") % {"reference": intervention.reference}]


@transaction.atomic
def delete(intervention: Intervention, *, by: AbstractBaseUser | None, at: datetime | None = None) -> None:
    """Raises `Refused` with the `obstacles`, if there are any."""
    stored = lock(intervention, version=None)
    if reasons := obstacles(stored):
        raise Refused(reasons)
    stored._history_user = by
    at = at or timezone.now()
    tell(stored, "job_deleted", by=by, at=at)
    stored.delete()
    forget(stored.get_absolute_url())
    follow([stored.client_id], at)


def obstacles(intervention: Intervention) -> list[str]:
    reasons = []
    if intervention.payments.exists():
        reasons.append(_("Des paiements y sont enregistrés : annulez-la plutôt, ils restent dans les comptes."))
    if intervention.state == State.CLOSED:
        reasons.append(_("Elle est clôturée."))
    return reasons


@transaction.atomic
def record_past(
    interventions: Iterable[Intervention],
    *,
    by: AbstractBaseUser | None,
    reason: str,
    at: datetime | None = None,
    numbers: Sequence[int] | None = None,
) -> list[Intervention]:
    """Save past interventions in bulk as `insert_past` does, and the payments that they came with."""
    at = at or timezone.now()
    saved = insert_past(interventions, by=by, reason=reason, at=at, numbers=numbers)
    take_over_payments([intervention.pk for intervention in saved], by=by, at=at)
    return saved


@transaction.atomic
def insert_past(
    interventions: Iterable[Intervention],
    *,
    by: AbstractBaseUser | None,
    reason: str,
    at: datetime,
    numbers: Sequence[int] | None = None,
) -> list[Intervention]:
    """Save past interventions in bulk, with numbers, history and the statuses of their clients.

    Closed ones count as paid; `take_over_payments` comes last in the transaction. `numbers` are used if they are taken
    already. Raises ValidationError for the first intervention that `check_past` refuses; then nothing is saved.
    """
    fresh = list(interventions)
    lock_clients(intervention.client_id for intervention in fresh)
    numbers = allot(SERIES, len(fresh)) if numbers is None else numbers
    for intervention, number in zip(fresh, numbers, strict=True):
        check_past(intervention, at)
        intervention.number = number
        if intervention.state == State.CLOSED:
            intervention.paid_amount = intervention.amount_due
        if intervention.state == State.ON_HOLD:
            intervention.waiting_since = intervention.waiting_since or at
        intervention.derive()
    _insert(fresh)
    stored = Intervention.objects.filter(number__in=numbers)
    keys = dict(stored.values_list("number", "pk"))
    for intervention in fresh:
        intervention.pk = keys[intervention.number]
    record_history(stored, "+", Signature(by=by, reason=reason, at=at))
    tell_past(fresh, by=by, at=at)
    follow({intervention.client_id for intervention in fresh}, at)
    return fresh


def _insert(rows: Sequence[Model]) -> None:
    if rows:
        names = [field.attname for field in rows[0]._meta.concrete_fields if not field.primary_key]
        insert(type(rows[0]), [{name: getattr(row, name) for name in names} for row in rows])


def take_over_payments(
    keys: Sequence[int],
    *,
    by: AbstractBaseUser | None,
    at: datetime,
    told: Mapping[int, Mapping[str, Any]] | None = None,
) -> None:
    """Keep the payments that interventions came with; the last thing in the transaction.

    `told` has the `method` and the `paid_on` of those that are known, by the key of the intervention.
    """
    for some in _batches(sorted(keys)):
        paid = Intervention.objects.filter(pk__in=some, paid_amount__gt=0, payments=None).order_by("number")
        if payments := [_taken_over(row, (told or {}).get(row.pk, {}), by, at) for row in paid]:
            tell_payments(payments)
            chain.append(payments)


def _taken_over(
    intervention: Intervention, told: Mapping[str, Any], by: AbstractBaseUser | None, at: datetime
) -> InterventionPayment:
    kinds = InterventionPayment.Kind
    return InterventionPayment(
        intervention=intervention,
        amount=intervention.paid_amount,
        kind=kinds.PARTIAL if intervention.balance > 0 else kinds.BALANCE,
        method=told.get("method", InterventionPayment.Method.OTHER),
        paid_on=told.get("paid_on", timezone.localdate(intervention.finished_at)),
        note=_("Reprise de l’historique"),
        by=by,  # type: ignore[misc]
        created_at=at,
    )


def take_back(keys: Sequence[int], signed: Signature) -> None:
    """Cancel interventions of an import that is undone: their payments stay, so they do too."""
    if not keys:
        return
    rows = Intervention.objects.filter(pk__in=keys)
    ended = {"state": State.CANCELLED, "state_reason": signed.reason[:200], "finished_at": None}
    rows.update(**ended, paid_amount=0, balance=0, cancellation_fee=0, version=F("version") + 1, updated_at=signed.at)
    record_history(rows, "~", signed)
    tell_taken_back(rows, signed)


def give_back_payments(keys: Sequence[int], signed: Signature) -> None:
    """Answer the payments of these interventions; the last thing in the transaction."""
    for some in _batches(sorted(keys)):
        payments = InterventionPayment.objects.filter(intervention__in=some)
        if answers := corrections(payments, reason=signed.reason, by=signed.by, at=signed.at):
            jobs = Intervention.objects.in_bulk({answer.intervention_id for answer in answers})
            for answer in answers:
                answer.intervention = jobs[answer.intervention_id]
            tell_payments(answers, signed.at)
            chain.append(answers)
