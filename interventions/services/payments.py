"""Money received for an intervention and given back."""

from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from fixaloop.records.payments import contradicted, count_payments, delete_payment, keep_payment
from fixaloop.records.refusal import Refused
from fixaloop.words.money import TOO_MUCH, amount_error
from interventions.models import ZERO, InterventionPayment
from interventions.services.writing import lock, write
from interventions.states import State

OLDEST = date(2000, 1, 1)


@transaction.atomic
def record_payment(
    payment: InterventionPayment, *, by: AbstractBaseUser | None, at: datetime | None = None
) -> InterventionPayment:
    """Keep a payment or a refund. Raises ValidationError naming its fields, `Refused` if the accounts are closed."""
    at = at or timezone.now()
    stored = lock(payment.intervention, version=None)
    if stored.state == State.CLOSED:
        raise Refused([_("%(reference)s est clôturée : ses comptes sont arrêtés.") % {"reference": stored.reference}])
    if stored.state == State.CANCELLED and not payment.is_refund:
        raise Refused([_("Cette intervention est annulée : on ne peut que rembourser ce qui a été payé.")])
    _check(payment, stored.paid_amount, at)
    keep_payment(payment, stored, by=by, at=at)
    amount = number_format(payment.amount, 2)
    values = {"kind": payment.get_kind_display(), "amount": amount, "method": payment.get_method_display().lower()}
    write(stored, by=by, at=at, reason=_("%(kind)s : %(amount)s €, %(method)s") % values)
    return payment


def _check(payment: InterventionPayment, paid: Decimal, at: datetime) -> None:
    errors = {}
    if payment.amount <= 0:
        errors["amount"] = _(
            "Un paiement est supérieur à zéro ; pour rendre de l’argent, choisissez « Remboursement »."
        )
    elif error := amount_error(payment.amount):
        errors["amount"] = error
    elif payment.is_refund and payment.amount > paid:
        errors["amount"] = _("%(paid)s € ont été payés : on ne peut pas rembourser davantage.") % {
            "paid": number_format(paid, 2)
        }
    elif error := _total_error(paid + payment.signed_amount):
        errors["amount"] = error
    if payment.paid_on > timezone.localdate(at):
        errors["paid_on"] = _("Cette date est dans le futur.")
    elif payment.paid_on < OLDEST:
        errors["paid_on"] = _("Cette date est trop ancienne : vérifiez l’année.")
    if errors:
        raise ValidationError({name: [error] for name, error in errors.items()})


def _total_error(paid: Decimal) -> str:
    if paid < TOO_MUCH:
        return ""
    message = _("%(paid)s € seraient payés en tout : le maximum est 99 999 999,99 €.")
    return message % {"paid": number_format(paid, 2)}


@transaction.atomic
def remove_payment(payment: InterventionPayment, *, by: AbstractBaseUser | None, at: datetime | None = None) -> None:
    """Remove a payment entered by mistake.

    Raises `Refused` if the intervention is closed, refunds need the payment, or too much would be paid without it.
    """
    stored = lock(payment.intervention, version=None)
    if stored.state == State.CLOSED:
        raise Refused([_("%(reference)s est clôturée : ses comptes sont arrêtés.") % {"reference": stored.reference}])
    if stored.paid_amount < payment.signed_amount:
        raise Refused([_("Un remboursement dépend de ce paiement : supprimez-le d’abord.")])
    if error := _total_error(stored.paid_amount - payment.signed_amount):
        raise Refused([error])
    reason = _("Paiement supprimé : %(amount)s €") % {"amount": number_format(payment.amount, 2)}
    delete_payment(payment, stored, by=by)
    write(stored, by=by, at=at or timezone.now(), reason=reason)


def repair_payments(at: datetime) -> int:
    """Put right the paid amounts and balances that the payments contradict; return how many there were."""
    due = Case(When(state=State.CANCELLED, then=Value(ZERO)), default=F("parts_amount") + F("labor_amount"))
    wrong = list(contradicted(InterventionPayment, due))
    for intervention in wrong:
        with transaction.atomic():
            stored = lock(intervention, version=None)
            count_payments(stored)
            write(stored, by=None, at=at, reason=_("Rapprochement des paiements"))
    return len(wrong)
