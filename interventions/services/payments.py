"""Money received for an intervention and given back."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, When
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from fixaloop.records.chain import append
from fixaloop.records.payments import (
    OPPOSITES,
    check_balanced,
    contradicted,
    count_payments,
    day_error,
    opposite_to,
    sign,
)
from fixaloop.records.refusal import Refused
from fixaloop.words.money import TOO_MUCH, amount_error
from interventions.models import Intervention, InterventionPayment
from interventions.services.telling import tell_payments
from interventions.services.writing import lock, write
from interventions.states import State, state_name


@transaction.atomic
def record_payment(
    payment: InterventionPayment, *, by: AbstractBaseUser | None, at: datetime | None = None
) -> InterventionPayment:
    """Keep a payment or a refund. Raises ValidationError naming its fields, `Refused` if the accounts are closed.

    Once a job is closed or cancelled, only what it still owes is received, as after a rejected cheque.
    """
    at = at or timezone.now()
    stored = lock(payment.intervention, version=None)
    sign(payment)
    _check_open(payment, stored)
    _check(payment, stored.paid_amount, at)
    values = {"kind": payment.get_kind_display(), "method": payment.get_method_display().lower()}
    return _keep(payment, stored, _("%(kind)s : %(amount)s €, %(method)s"), values, by=by, at=at)


@transaction.atomic
def oppose_payment(
    payment: InterventionPayment,
    kind: str,
    *,
    reason: str,
    paid_on: date,
    by: AbstractBaseUser | None,
    at: datetime | None = None,
) -> InterventionPayment:
    """Answer a payment by its opposite, whatever the state: typed by mistake, or rejected by the bank.

    Raises what `opposite_to` raises.
    """
    at = at or timezone.now()
    stored = lock(payment.intervention, version=None)
    fresh = opposite_to(payment, kind, reason=reason, paid_on=paid_on, at=at)
    check_balanced(fresh, stored)
    if error := _total_error(stored.paid_amount + fresh.amount):
        raise Refused([error])
    said = _("Paiement n° %(number)d rejeté : %(amount)s €")
    if kind == InterventionPayment.Kind.CORRECTION:
        said = _("Saisie du paiement n° %(number)d annulée : %(amount)s €")
    return _keep(fresh, stored, said, {"number": payment.number}, by=by, at=at)


def _keep(
    payment: InterventionPayment,
    stored: Intervention,
    said: str,
    values: dict[str, Any],
    *,
    by: AbstractBaseUser | None,
    at: datetime,
) -> InterventionPayment:
    stored.paid_amount += payment.amount
    write(stored, by=by, at=at, reason=said % (values | {"amount": number_format(abs(payment.amount), 2)}))
    payment.intervention, payment.by, payment.created_at = stored, by, at  # type: ignore[assignment]
    tell_payments([payment], at)
    append([payment])
    return payment


def _check_open(payment: InterventionPayment, stored: Intervention) -> None:
    settles = 0 < payment.amount <= stored.balance or stored.balance <= payment.amount < 0
    if stored.state not in (State.CLOSED, State.CANCELLED) or settles:
        return
    if payment.amount > stored.balance > 0:
        message = _("%(reference)s est %(state)s : il reste %(balance)s € à payer, pas davantage.")
        values = {"reference": stored.reference, "state": state_name(stored.state)}
        raise Refused([message % (values | {"balance": number_format(stored.balance, 2)})])
    if stored.state == State.CLOSED:
        raise Refused([_("%(reference)s est clôturée : ses comptes sont arrêtés.") % {"reference": stored.reference}])
    if not payment.is_refund:
        raise Refused([_("Cette intervention est annulée : on ne peut que rembourser ce qui a été payé.")])


def _check(payment: InterventionPayment, paid: Decimal, at: datetime) -> None:
    errors = {"paid_on": day_error(payment.paid_on, at)}
    if payment.amount == 0 or payment.is_refund != (payment.kind == payment.Kind.REFUND) or payment.kind in OPPOSITES:
        errors["amount"] = _(
            "Un paiement est supérieur à zéro ; pour rendre de l’argent, choisissez « Remboursement »."
        )
    elif error := amount_error(abs(payment.amount)):
        errors["amount"] = error
    elif payment.is_refund and -payment.amount > paid:
        errors["amount"] = _("%(paid)s € ont été payés : on ne peut pas rembourser davantage.") % {
            "paid": number_format(paid, 2)
        }
    elif error := _total_error(paid + payment.amount):
        errors["amount"] = error
    if found := {name: [error] for name, error in errors.items() if error}:
        raise ValidationError(found)


def _total_error(paid: Decimal) -> str:
    if paid < TOO_MUCH:
        return ""
    message = _("%(paid)s € seraient payés en tout : le maximum est 99 999 999,99 €.")
    return message % {"paid": number_format(paid, 2)}


def repair_payments(at: datetime) -> int:
    """Put right the paid amounts and balances that the payments contradict; return how many there were."""
    due = Case(When(state=State.CANCELLED, then=F("cancellation_fee")), default=F("parts_amount") + F("labor_amount"))
    wrong = list(contradicted(InterventionPayment, due))
    for intervention in wrong:
        with transaction.atomic():
            stored = lock(intervention, version=None)
            count_payments(stored)
            write(stored, by=None, at=at, reason=_("Rapprochement des paiements"))
    return len(wrong)
