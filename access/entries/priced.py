"""Imported stays without an amount: they cost what the tariff of their zone says, as those that the gate sees."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from access.models import Entry, PricedBy, Tariff
from access.models.tariffs import rates_of
from access.services import prices
from access.tariffs.pricing import price
from fixaloop.imports.money import FREE, PAID
from fixaloop.records.bulk import BATCH

# In the values of a row: whatever its stay costs is paid.
IN_FULL = "paid_in_full"


class KnownTariffs:
    """The tariffs of zones by their lower-case names, those that began last first."""

    def __init__(self) -> None:
        self.by_zone: dict[str, list[Tariff]] = defaultdict(list)
        links = Tariff.zones.through.objects.select_related("tariff", "zone").order_by("-tariff__starts_on", "-tariff")
        for link in links:
            self.by_zone[link.zone.name.lower()].append(link.tariff)

    def cost(self, zone: str, entered: datetime, exited: datetime) -> Decimal:
        """What a stay costs at most: without tags and subscriptions."""
        day = timezone.localdate(entered)
        begun = (tariff for tariff in self.by_zone.get(zone.lower(), ()) if tariff.starts_on <= day)
        tariff = next(begun, None)
        return price(rates_of(tariff), entered, exited).amount if tariff else Decimal(0)

    def understand(self, values: dict[str, Any]) -> None:
        """Read “Gratuit” and “Payé” of a row without an amount."""
        if "amount_due" in values or values.get("zone", "").lower() not in self.by_zone:
            return
        for name in ("payment_status", "paid_amount"):
            if values.get(name) == FREE:
                values["amount_due"] = Decimal(0)
            elif values.get(name) == PAID:
                del values[name]
                values[IN_FULL] = True


def price_new(entries: Sequence[Entry], rows: Sequence[Mapping[str, Any]]) -> None:
    """Price those that have no amount of their own; what a file says of an amount stays."""
    silent = [entry for entry, row in zip(entries, rows, strict=True) if "amount_due" not in row]
    paid = {entry.pk for entry, row in zip(entries, rows, strict=True) if row.get(IN_FULL)}
    changed = prices.apply(silent)
    for entry in changed:
        if entry.pk in paid:
            entry.paid_amount = entry.amount_due
            entry.derive()
    Entry.objects.bulk_update(changed, [*prices.WRITTEN, "paid_amount"], batch_size=BATCH)


def fixed_by(row: Mapping[str, Any]) -> str:
    """Who says what a stay costs: the file, where it gives an amount."""
    return PricedBy.PERSON if row.get("exited_at") and "amount_due" in row else ""
