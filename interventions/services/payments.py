"""Money received for an intervention and given back; what is paid follows in the same transaction."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, DecimalField, F, OuterRef, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Round
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from fixaloop.records.refusal import Refused
from fixaloop.words.money import TOO_MUCH, amount_error
from interventions.models import ZERO, Intervention, InterventionPayment
from interventions.services.writing import lock, write
from interventions.states import State

EUROS: DecimalField = DecimalField(max_digits=12, decimal_places=2)
OLDEST = date(2000, 1, 1)


@transaction.atomic
def receive(
    intervention: Intervention, payment: InterventionPayment, *, by: AbstractBaseUser | None, at: datetime | None = None
) -> InterventionPayment:
    """Keep a payment or a refund. Raises ValidationError naming its fields, `Refused` where money no longer moves."""
    at = at or timezone.now()
    stored = lock(intervention, version=None)
    refund = payment.kind == InterventionPayment.Kind.REFUND
    if stored.state == State.CLOSED:
        raise Refused([_("%(reference)s est clôturée : ses comptes sont arrêtés.") % {"reference": stored.reference}])
    if stored.state == State.CANCELLED and not refund:
        raise Refused([_("Cette intervention est annulée : on ne peut que rembourser ce qui a été payé.")])
    _check(payment, stored.paid_amount, at)
    payment.intervention, payment.by, payment.created_at = stored, by, at  # type: ignore[assignment]
    payment._history_user = by
    payment.save(force_insert=True)
    amount = number_format(payment.amount, 2)
    values = {"kind": payment.get_kind_display(), "amount": amount, "method": payment.get_method_display().lower()}
    _settle(stored, by, at, _("%(kind)s : %(amount)s €, %(method)s") % values)
    return payment


def _check(payment: InterventionPayment, paid: Decimal, at: datetime) -> None:
    errors = {}
    if payment.amount <= 0:
        errors["amount"] = _(
            "Un paiement est supérieur à zéro ; pour rendre de l’argent, choisissez « Remboursement »."
        )
    elif error := amount_error(payment.amount):
        errors["amount"] = error
    elif payment.kind == InterventionPayment.Kind.REFUND and payment.amount > paid:
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
    """What is wrong with all that is paid for an intervention; empty when nothing is."""
    if paid < TOO_MUCH:
        return ""
    message = _("%(paid)s € seraient payés en tout : le maximum est 99 999 999,99 €.")
    return message % {"paid": number_format(paid, 2)}


@transaction.atomic
def remove(payment: InterventionPayment, *, by: AbstractBaseUser | None, at: datetime | None = None) -> None:
    """Take back a payment entered by mistake.

    Raises `Refused` once the intervention is closed, where refunds need it, or where too much would be paid without it.
    """
    stored = lock(payment.intervention, version=None)
    if stored.state == State.CLOSED:
        raise Refused([_("%(reference)s est clôturée : ses comptes sont arrêtés.") % {"reference": stored.reference}])
    if stored.paid_amount < payment.signed_amount:
        raise Refused([_("Un remboursement dépend de ce paiement : supprimez-le d’abord.")])
    if error := _total_error(stored.paid_amount - payment.signed_amount):
        raise Refused([error])
    reason = _("Paiement supprimé : %(amount)s €") % {"amount": number_format(payment.amount, 2)}
    payment._history_user = by
    payment.delete()
    _settle(stored, by, at or timezone.now(), reason)


def _settle(stored: Intervention, by: AbstractBaseUser | None, at: datetime, reason: str) -> None:
    stored.paid_amount = sum((payment.signed_amount for payment in stored.payments.all()), ZERO)
    write(stored, by=by, at=at, reason=reason)


def repair_balances(at: datetime) -> int:
    """Settle again the interventions whose paid amount or balance the payments contradict; return how many."""
    signed = Case(When(kind=InterventionPayment.Kind.REFUND, then=-F("amount")), default=F("amount"))
    payments = InterventionPayment.objects.filter(intervention=OuterRef("pk")).order_by().values("intervention")
    paid = Coalesce(Subquery(payments.annotate(total=Sum(signed)).values("total")), Value(ZERO), output_field=EUROS)
    due = Case(When(state=State.CANCELLED, then=Value(ZERO)), default=F("parts_amount") + F("labor_amount"))
    expected = {"paid": Round(paid, 2), "left": Round(due - F("paid_amount"), 2, output_field=EUROS)}
    wrong = Intervention.objects.alias(**expected).exclude(paid_amount=F("paid"), balance=F("left"))
    found = list(wrong.select_related("client"))
    for intervention in found:
        with transaction.atomic():
            _settle(lock(intervention, version=None), None, at, _("Rapprochement des paiements"))
    return len(found)
