"""Lists of entries: all of them, and those of one client."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from access.entries import cells
from access.entries.columns import COLUMNS
from access.entries.filters import SEE_MONEY, ClientEntryFilter, EntryFilter
from access.models import AccessCard, Device, Entry, Vehicle, Zone
from access.services.payments import money
from access.shared.cells import client_cell
from access.shared.deferred_columns import besides
from access.shared.filters import start_of
from access.shared.tabs import ClientTab
from clients.models import Client
from fixaloop.lists.figures import Figure, remembered
from fixaloop.lists.page import Column, ListPage

ORDERS = {"entered": ("entered_at", "id"), "amount": ("amount_due", "id")}

IDENTITY = Column("entered", gettext_lazy("Entrée"), cells.identity_cell, sort="entered", css="cell-main")
PRESENCE = Column("presence", gettext_lazy("Présence"), cells.presence_cell, css="cell-status")
CLIENT = Column("client", gettext_lazy("Client"), client_cell, css="cell-rest")
CARD = Column("card", gettext_lazy("Carte"), cells.means_cell, css="cell-rest cell-spare")
VEHICLE = Column("vehicle", gettext_lazy("Véhicule"), cells.vehicle_cell, css="cell-rest")
PLACE = Column("place", gettext_lazy("Zone"), cells.place_cell, css="cell-rest cell-last")
MONEY = Column("money", gettext_lazy("Montant"), cells.money_cell, sort="amount", css="cell-rest")
UNSHOWN = besides(client=Client, card=AccessCard, vehicle=Vehicle, zone=Zone, device_in=Device, device_out=Device)


def count_entries(count_text: str, count: int) -> str:
    """“5 entrées”."""
    return ngettext("%(count)s entrée", "%(count)s entrées", count) % {"count": count_text}


class EntryList(ListPage):
    """All entries, the latest first."""

    model = Entry
    filterset_class = EntryFilter
    columns: ClassVar[Sequence[Column]] = (IDENTITY, PRESENCE, CLIENT, CARD, VEHICLE, PLACE, MONEY)
    needs = {
        "client": "clients.view_client",
        "card": "access.view_accesscard",
        "vehicle": "access.view_vehicle",
        "money": SEE_MONEY,
    }
    orders = ORDERS
    default_sort = "-entered"
    title = gettext_lazy("Entrées")
    template_name = "access/list.html"
    noun_count = staticmethod(count_entries)
    export_columns = COLUMNS
    export_permission = "access.export_entry"

    def shown(self, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        rows = queryset.select_related("client", "card", "vehicle", "zone", "device_in", "device_out")
        return rows.defer(*UNSHOWN)

    def figures(self) -> Sequence[Figure]:
        """Who is inside, who came today, what is owed."""
        counts = remembered("access.entry_figures", self._counts)
        inside = Figure(_("Sur place"), number_format(counts["inside"]))
        today = Figure(_("Entrées aujourd’hui"), number_format(counts["today"]))
        return (inside, today, *self._owed(counts))

    def _owed(self, counts: dict[str, Any]) -> Sequence[Figure]:
        if not self.request.user.has_perm(SEE_MONEY):
            return ()
        note = count_entries(number_format(counts["unpaid"]), counts["unpaid"])
        return (Figure(_("Reste dû"), money(counts["owed"] or Decimal(0)), note),)

    def _counts(self) -> dict[str, Any]:
        entries = Entry.objects.order_by()
        owed = entries.unpaid().aggregate(unpaid=Count("pk"), owed=Sum("balance"))
        today = entries.filter(entered_at__gte=start_of(timezone.localdate(self.at)))
        return owed | {"inside": entries.open().count(), "today": today.count()}


class ClientEntryList(ClientTab, EntryList):
    """The entries of one client."""

    tab = "client-entries"
    filterset_class = ClientEntryFilter
    columns = (IDENTITY, PRESENCE, CARD, VEHICLE, PLACE, MONEY)

    def figures(self) -> Sequence[Figure]:
        unpaid = Q(balance__gt=0)
        counts = self.base_queryset().aggregate(
            total=Count("pk"), unpaid=Count("pk", filter=unpaid), owed=Sum("balance", filter=unpaid)
        )
        return (Figure(_("Visites"), number_format(counts["total"])), *self._owed(counts))
