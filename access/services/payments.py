"""Money for entries: several payments each, a refund as a negative amount with its reason."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from access.models import Entry, Event, Payment
from fixaloop.records.refusal import Refused

# What the columns of an entry and of its payments hold.
MOST = Decimal(10_000_000)


def amount_error(amount: Decimal) -> str:
    """What is wrong with the size of an amount; empty when nothing is."""
    return _("C’est plus que ce qui peut être enregistré (9 999 999,99 €).") if abs(amount) >= MOST else ""


@transaction.atomic
def record_payment(payment: Payment, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Payment:
    """Keep money received for an entry, or given back.

    Raises `Refused` for more than is due, for a refund of more than was paid, or for one without its reason.
    """
    at = at or timezone.now()
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=payment.entry_id)
    _check(entry, payment)
    payment.by = by  # type: ignore[assignment]
    payment.created_at = at
    payment._history_user = by  # type: ignore[attr-defined]
    payment.save(force_insert=True)
    entry.paid_amount = entry.payments.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    entry.save(update_fields=["paid_amount"])
    payment.entry = entry
    shown = {"amount": money(abs(payment.amount)), "method": payment.get_method_display().lower()}
    text = _("%(amount)s reçus (%(method)s)") if payment.amount > 0 else _("%(amount)s rendus (%(method)s)")
    what: dict[str, Any] = {
        "client": entry.client,
        "card": entry.card,
        "vehicle": entry.vehicle,
        "zone": entry.zone,
        "entry": entry,
    }
    Event.objects.record(Event.Kind.PAYMENT, at=at, by=by, text=text % shown, inputs={"payment": payment.pk}, **what)
    return payment


def _check(entry: Entry, payment: Payment) -> None:
    if not payment.amount:
        raise Refused([_("Indiquez un montant : positif pour un paiement, négatif pour un remboursement.")])
    if payment.amount > entry.balance:
        message = _("Il reste %(balance)s à payer pour cette entrée.")
        raise Refused([message % {"balance": money(max(entry.balance, Decimal(0)))}])
    if payment.amount < 0 and -payment.amount > entry.paid_amount:
        raise Refused([_("Il n’a été payé que %(paid)s pour cette entrée.") % {"paid": money(entry.paid_amount)}])
    if payment.amount < 0 and not payment.note:
        raise Refused([_("Dites pourquoi cette somme est rendue.")])


def money(amount: Decimal) -> str:
    """1 234,50 €."""
    return _("%(amount)s €") % {"amount": number_format(amount, 2, force_grouping=True)}
