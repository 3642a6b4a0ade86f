"""What is put right on an entry afterwards: its amount."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from access.events import record
from access.models import Entry, Event
from access.services.payments import money
from clients.services import Refused


@transaction.atomic
def set_amount(
    entry: Entry, amount: Decimal, *, note: str = "", by: AbstractBaseUser | None, at: datetime | None = None
) -> Entry:
    """Set what is due for an entry. Raises `Refused` for less than was paid already."""
    entry = Entry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if amount < entry.paid_amount:
        message = _("%(paid)s ont déjà été payés : remboursez d’abord la différence.")
        raise Refused([message % {"paid": money(entry.paid_amount)}])
    entry.amount_due = amount
    entry.note = note or entry.note
    entry.save(update_fields=["amount_due", "note"])
    text = _("Montant dû : %(amount)s") % {"amount": money(amount)}
    what: dict[str, Any] = {
        "client": entry.client,
        "card": entry.card,
        "vehicle": entry.vehicle,
        "zone": entry.zone,
        "entry": entry,
    }
    record(Event.Kind.NOTE, at=at or timezone.now(), by=by, text=text, **what)
    return entry
