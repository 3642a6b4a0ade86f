"""Work done before it was entered here: recorded with its state and its real times, no transition replayed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from fixaloop.numbering import allot
from interventions.checks import check_past
from interventions.models import Intervention, InterventionPayment
from interventions.services.locking import follow, lock_clients
from interventions.services.writing import SERIES
from interventions.states import State

BATCH = 500


@transaction.atomic
def record_past(
    interventions: Iterable[Intervention], *, by: AbstractBaseUser | None, reason: str, at: datetime | None = None
) -> list[Intervention]:
    """Keep interventions as they were, one or a hundred thousand: numbers, history and statuses of clients in bulk.

    What a closed one owed is taken as paid. Raises ValidationError for the first one that cannot be (`check_past`
    tells beforehand); nothing is kept then.
    """
    at = at or timezone.now()
    fresh = list(interventions)
    lock_clients(intervention.client_id for intervention in fresh)
    for intervention, number in zip(fresh, allot(SERIES, len(fresh)), strict=True):
        check_past(intervention, at)
        intervention.number = number
        if intervention.state == State.CLOSED:
            intervention.paid_amount = intervention.amount_due
        intervention.derive()
    created: list[Intervention] = bulk_create_with_history(
        fresh, Intervention, batch_size=BATCH, default_user=by, default_change_reason=reason, default_date=at
    )
    _record_payments(created, by, reason, at)
    follow({intervention.client_id for intervention in created}, at)
    return created


def _record_payments(created: list[Intervention], by: AbstractBaseUser | None, reason: str, at: datetime) -> None:
    payments = [
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
    bulk_create_with_history(
        payments,
        InterventionPayment,
        batch_size=BATCH,
        default_user=by,
        default_change_reason=reason,
        default_date=at,
    )
