"""What ends most jobs at a desk, in one transaction: finish the work, say its price, take the payment, close."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from interventions.models import Intervention, InterventionPayment
from interventions.services.payments import record_payment
from interventions.services.transitions import close, finish, start
from interventions.services.writing import update
from interventions.states import STARTED


@dataclass(frozen=True)
class Received:
    """Money that is taken at once; without an amount, all that is left to pay."""

    method: str
    paid_on: date
    amount: Decimal | None = None


@dataclass(frozen=True)
class Ending:
    """How a job ends: its report and real times, the `amounts` it is priced at by column, and what is received.

    With `closes` it is closed where all of a price is paid; closing what has none is a step of its own.
    """

    report: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    received: Received | None = None
    closes: bool = False


@transaction.atomic
def settle(
    intervention: Intervention,
    ending: Ending,
    *,
    by: AbstractBaseUser | None,
    version: int | None = None,
    at: datetime | None = None,
) -> Intervention:
    """Finish a job, begun or not, and all that goes with it.

    Raises what the services raise that it calls; then nothing is written.
    """
    at, times = at or timezone.now(), {"started_at": ending.started_at, "finished_at": ending.finished_at}
    if intervention.is_open and intervention.state not in STARTED:
        start(intervention, started_at=times.pop("started_at"), by=by, version=version, at=at)
        version = intervention.version
    finish(intervention, report=ending.report, **times, by=by, version=version, at=at)
    if any(getattr(intervention, name) != amount for name, amount in ending.amounts.items()):
        for name, amount in ending.amounts.items():
            setattr(intervention, name, amount)
        intervention = update(intervention, by=by, at=at)
    if ending.received:
        intervention = _receive(intervention, ending.received, by=by, at=at)
    if ending.closes and intervention.amount_due and intervention.balance == 0:
        close(intervention, by=by, at=at)
    return intervention


def _receive(
    intervention: Intervention, received: Received, *, by: AbstractBaseUser | None, at: datetime
) -> Intervention:
    amount = received.amount if received.amount is not None else max(intervention.balance, Decimal(0))
    if not amount:
        return intervention
    kinds = InterventionPayment.Kind
    kind = kinds.BALANCE if amount == intervention.balance else kinds.PARTIAL
    values = {"amount": amount, "kind": kind, "method": received.method, "paid_on": received.paid_on}
    payment = record_payment(InterventionPayment(intervention=intervention, **values), by=by, at=at)
    return payment.intervention
