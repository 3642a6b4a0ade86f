"""What is put right on an entry afterwards: its amount."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import Entry, Event
from access.services.payments import amount_error, money
from fixaloop.records.refusal import Refused


@transaction.atomic
def set_amount(
    entry: Entry, amount: Decimal, *, note: str = "", by: AbstractBaseUser | None, at: datetime | None = None
) -> Entry:
    """Set what is due for an entry. Raises `Refused` for less than was paid already, and for more than can be kept."""
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    check_amount(entry, amount)
    entry.amount_due = amount
    entry.note = note or entry.note
    entry.save(update_fields=["amount_due", "note"])
    Event.objects.record_all([amount_event(entry, by=by, at=at or timezone.now())])
    return entry


def check_amount(entry: Entry, amount: Decimal) -> None:
    """Raises `Refused` for more than can be kept, and where another amount than now would be less than was paid."""
    if error := amount_error(amount):
        raise Refused([error])
    if amount != entry.amount_due and amount < entry.paid_amount:
        message = _("%(paid)s ont déjà été payés : remboursez d’abord la différence.")
        raise Refused([message % {"paid": money(entry.paid_amount)}])


def amount_event(entry: Entry, *, by: AbstractBaseUser | None, at: datetime) -> Event:
    """What is told of an entry whose amount has been set; to be recorded."""
    text = _("Montant dû : %(amount)s") % {"amount": money(entry.amount_due)}
    what: dict[str, Any] = {name: getattr(entry, name) for name in ("client_id", "card_id", "vehicle_id", "zone_id")}
    return Event(kind=Event.Kind.NOTE, at=at, actor=by, text=text, entry=entry, **what)  # type: ignore[misc]
