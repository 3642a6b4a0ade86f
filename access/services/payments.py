"""What an entry costs, and the money received for it or given back."""

from collections.abc import Mapping
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import AccessCard, Entry, Event, Payment, PricedBy, Vehicle
from access.services import prices
from access.tariffs.pricing import MOST_DUE
from clients.models import Client
from fixaloop.records.chain import append
from fixaloop.records.payments import (
    check_balanced,
    contradicted,
    count_payments,
    day_error,
    opposite_to,
    sign,
)
from fixaloop.records.refusal import Refused, Stale
from fixaloop.words.money import euros


def size_error(amount: Decimal) -> str:
    return _("C’est plus que ce qui peut être enregistré (9 999 999,99 €).") if abs(amount) > MOST_DUE else ""


@transaction.atomic
def record_payment(payment: Payment, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Payment:
    """Keep money received for an entry, or given back.

    Raises `Refused` for more than is due, for a refund of more than was paid, and for what `payment_errors` says.
    """
    at = at or timezone.now()
    entry = _lock(payment.entry_id)
    sign(payment)
    _check(entry, payment, at)
    return _keep(payment, entry, "stay_refunded" if payment.is_refund else "stay_paid", by=by, at=at)


@transaction.atomic
def oppose_payment(
    payment: Payment,
    kind: str,
    *,
    reason: str,
    paid_on: date,
    by: AbstractBaseUser | None,
    at: datetime | None = None,
) -> Payment:
    """Answer a payment by its opposite: typed by mistake, or rejected by the bank. Raises what `opposite_to` raises."""
    at = at or timezone.now()
    entry = _lock(payment.entry_id)
    fresh = opposite_to(payment, kind, reason=reason, paid_on=paid_on, at=at)
    check_balanced(fresh, entry)
    said = "stay_corrected" if kind == Payment.Kind.CORRECTION else "stay_rejected"
    return _keep(fresh, entry, said, by=by, at=at)


def _lock(key: int) -> Entry:
    """The entry, locked after what the gate locks before it, in its order.

    A passage waits for the client: it would write what is left to pay as it was before.
    """
    entry = Entry.objects.only("card", "vehicle", "client").get(pk=key)
    before: tuple[tuple[Any, int | None, bool], ...] = (
        (AccessCard, entry.card_id, True),
        (Vehicle, entry.vehicle_id, True),
        (Client, entry.client_id, False),
    )
    for model, row, no_key in before:
        list(model.objects.select_for_update(of=("self",), no_key=no_key).filter(pk=row).values_list("pk"))
    return Entry.objects.select_for_update(of=("self",)).get(pk=key)


def _keep(payment: Payment, entry: Entry, said: str, *, by: AbstractBaseUser | None, at: datetime) -> Payment:
    entry.paid_amount += payment.amount
    entry.save(update_fields=["paid_amount"])
    values = {"amount": str(abs(payment.amount)), "method": str(payment.method)}
    things = {name: getattr(entry, name) for name in ("client", "card", "vehicle", "zone")}
    Event.objects.record(Event.Kind.PAYMENT, at=at, by=by, said=said, inputs=values, entry=entry, **things)
    payment.entry, payment.by, payment.created_at = entry, by, at  # type: ignore[assignment]
    append([payment])
    return payment


def payment_errors(payment: Payment, at: datetime) -> dict[str, str]:
    """What is wrong with a payment by itself, by the name of the field; it has been signed."""
    errors = {"paid_on": day_error(payment.paid_on, at)}
    if not payment.amount:
        errors["amount"] = _("Indiquez un montant : positif pour un paiement, négatif pour un remboursement.")
    if payment.is_refund and not payment.note:
        errors["note"] = _("Dites pourquoi cette somme est rendue.")
    return {name: error for name, error in errors.items() if error}


def _check(entry: Entry, payment: Payment, at: datetime) -> None:
    if errors := payment_errors(payment, at):
        raise Refused(list(errors.values()))
    if payment.amount > entry.balance:
        message = _("Il reste %(balance)s à payer pour cette entrée.")
        raise Refused([message % {"balance": euros(max(entry.balance, Decimal(0)))}])
    if payment.is_refund and -payment.amount > entry.paid_amount:
        raise Refused([_("Il n’a été payé que %(paid)s pour cette entrée.") % {"paid": euros(entry.paid_amount)}])


@transaction.atomic
def set_amount(
    entry: Entry,
    amount: Decimal,
    *,
    note: str = "",
    reason: str = "",
    by: AbstractBaseUser | None,
    at: datetime | None = None,
) -> Entry:
    """Set what is due for an entry; no tariff changes it any more, unless that is what the tariff said.

    Raises `Refused` as `check_amount` does, and for an amount other than that of a tariff without a reason.
    """
    entry = _lock(entry.pk)
    check_amount(entry, amount)
    if amount == entry.amount_due and note in ("", entry.note):
        return entry
    if entry.pricing and amount != entry.amount_due and not reason:
        raise Refused([_("Un tarif a donné ce montant : dites pourquoi il change.")])
    if entry.is_forgotten and amount != entry.amount_due:
        raise Refused([_("Cette entrée est oubliée : son montant ne change plus.")])
    if amount != entry.amount_due:
        entry.priced_by = PricedBy.PERSON
    entry.amount_due = amount
    entry.note = note or entry.note
    entry.save(update_fields=["amount_due", "note", "priced_by"])
    Event.objects.record_all([amount_event(entry, reason, by=by, at=at or timezone.now())])
    return entry


@transaction.atomic
def return_to_tariff(entry: Entry, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Entry:
    """Set again what the tariff of a stay says, instead of what somebody fixed.

    Raises `Refused` where no tariff priced it, and as `check_amount` does.
    """
    entry = _lock(entry.pk)
    if not (entry.pricing and entry.has_fixed_amount):
        raise Refused([_("Le montant de cette entrée n’a pas été changé à la main.")])
    priced = copy(entry)
    priced.priced_by = PricedBy.TARIFF
    prices.apply([priced])
    check_amount(entry, priced.amount_due)
    priced.save(update_fields=prices.WRITTEN)
    Event.objects.record_all([amount_event(priced, by=by, at=at or timezone.now())])
    return priced


# What says how much is due.
PRICE = ("amount_due", "priced_by", "pricing")


@transaction.atomic
def take_price_back(
    entry: Entry, before: Mapping[str, Any], *, amount: Decimal, by: AbstractBaseUser | None, at: datetime
) -> Entry:
    """Take back what was last said to be due: `before` has the columns of `PRICE`.

    Raises `Stale` where it is no longer `amount` or void meanwhile, and `Refused` as `check_amount` does.
    """
    entry = _lock(entry.pk)
    if entry.amount_due != amount or entry.voided_at is not None:
        raise Stale
    check_amount(entry, before["amount_due"])
    for name in PRICE:
        setattr(entry, name, before[name])
    entry.save(update_fields=prices.WRITTEN)
    Event.objects.record_all([amount_event(entry, _("Changement annulé"), by=by, at=at)])
    return entry


def check_amount(entry: Entry, amount: Decimal) -> None:
    """Raise `Refused` for more than the column holds, for a new amount below what was paid, or on a void stay."""
    if entry.voided_at is not None and amount:
        raise Refused([_("Cette entrée est annulée : rien n’est dû pour elle.")])
    if error := size_error(amount):
        raise Refused([error])
    if amount != entry.amount_due and amount < entry.paid_amount:
        message = _("%(paid)s ont déjà été payés : remboursez d’abord la différence.")
        raise Refused([message % {"paid": euros(entry.paid_amount)}])


def amount_event(entry: Entry, reason: str = "", *, by: AbstractBaseUser | None, at: datetime) -> Event:
    told = {"said": "stay_amount", "inputs": {"amount": str(entry.amount_due)}, "text": reason}
    what: dict[str, Any] = {name: getattr(entry, name) for name in ("client_id", "card_id", "vehicle_id", "zone_id")}
    return Event(kind=Event.Kind.NOTE, at=at, actor=by, entry=entry, **told, **what)  # type: ignore[misc]


def repair_payments() -> int:
    """Put right the paid amounts and balances that the payments contradict; return how many there were."""
    wrong = list(contradicted(Payment, F("amount_due")))
    for entry in wrong:
        with transaction.atomic():
            stored = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
            count_payments(stored)
            stored.save(update_fields=["paid_amount"])
    return len(wrong)
