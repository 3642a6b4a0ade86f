"""Recording work that was done before it is entered: with its state and real times, without transitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.records.bulk import Signature, insert, record_history
from fixaloop.records.numbering import allot
from interventions.checks import check_past
from interventions.models import Intervention, InterventionPayment
from interventions.services.writing import SERIES, follow, lock_clients
from interventions.states import State


@transaction.atomic
def record_past(
    interventions: Iterable[Intervention],
    *,
    by: AbstractBaseUser | None,
    reason: str,
    at: datetime | None = None,
    numbers: range | None = None,
) -> list[Intervention]:
    """Save past interventions in bulk, with numbers, history and the statuses of their clients.

    Closed ones count as paid. `numbers` are used if they are taken already. Raises ValidationError for the first
    intervention that `check_past` refuses; then nothing is saved.
    """
    at = at or timezone.now()
    fresh = list(interventions)
    lock_clients(intervention.client_id for intervention in fresh)
    numbers = allot(SERIES, len(fresh)) if numbers is None else numbers
    for intervention, number in zip(fresh, numbers, strict=True):
        check_past(intervention, at)
        intervention.number = number
        if intervention.state == State.CLOSED:
            intervention.paid_amount = intervention.amount_due
        intervention.derive()
    _insert(fresh)
    stored = Intervention.objects.filter(number__range=(numbers.start, numbers.stop - 1))
    keys = dict(stored.values_list("number", "pk"))
    for intervention in fresh:
        intervention.pk = keys[intervention.number]
    _insert(_payments(fresh, by, at))
    signed = Signature(by=by, reason=reason, at=at)
    record_history(stored, "+", signed)
    record_history(InterventionPayment.objects.filter(intervention__in=stored), "+", signed)
    follow({intervention.client_id for intervention in fresh}, at)
    return fresh


def _insert(rows: Sequence[Model]) -> None:
    """Insert rows without setting their keys."""
    if rows:
        names = [field.attname for field in rows[0]._meta.concrete_fields if not field.primary_key]
        insert(type(rows[0]), [{name: getattr(row, name) for name in names} for row in rows])


def _payments(created: Iterable[Intervention], by: AbstractBaseUser | None, at: datetime) -> list[InterventionPayment]:
    return [
        InterventionPayment(
            intervention=intervention,
            amount=intervention.paid_amount,
            kind=InterventionPayment.Kind.BALANCE,
            method=InterventionPayment.Method.OTHER,
            paid_on=timezone.localdate(intervention.finished_at),
            note=_("Reprise de l’historique"),
            by=by,  # type: ignore[misc]
            created_at=at,
        )
        for intervention in created
        if intervention.paid_amount
    ]
