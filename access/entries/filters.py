"""The filters of lists of entries."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from access.models import PaymentStatus
from access.models.entries import EntryQuerySet
from access.search import owned_by
from access.shared.filters import (
    AmountFilter,
    CardFilter,
    DayFilter,
    VehicleFilter,
    device_choices,
    end_of,
    start_of,
    zone_choices,
    zones_within,
)
from clients.lists.filters import ClientFilter, SearchFilter
from fixaloop.lists.filters import ListFilter

SEE_MONEY = "access.view_payment"
MONEY = ("payment", "amount_min", "amount_max")


class EntryFilter(ListFilter):
    """Search and filters over entries."""

    q = SearchFilter(label=_("Recherche"), method="search_words")
    open = django_filters.ChoiceFilter(
        label=_("Présence"),
        choices=(("true", _("Sur place")), ("false", _("Sortis"))),
        empty_label=_("Tous"),
        method="by_presence",
    )
    zone = django_filters.ChoiceFilter(
        label=_("Zone"), choices=zone_choices, empty_label=_("Toutes les zones"), method="in_zone"
    )
    payment = django_filters.ChoiceFilter(
        label=_("Paiement"),
        choices=PaymentStatus.choices,
        empty_label=_("Tous les paiements"),
        field_name="payment_status",
    )
    entered_after = DayFilter(label=_("Entrées depuis le"), method="entered_from")
    entered_before = DayFilter(label=_("Entrées jusqu’au"), method="entered_until")
    exited_after = DayFilter(label=_("Sorties depuis le"), method="exited_from")
    exited_before = DayFilter(label=_("Sorties jusqu’au"), method="exited_until")
    device = django_filters.ChoiceFilter(
        label=_("Appareil"), choices=device_choices, empty_label=_("Tous les appareils"), method="by_device"
    )
    amount_min = AmountFilter(label=_("Montant minimum (€)"), field_name="amount_due", lookup_expr="gte")
    amount_max = AmountFilter(label=_("Montant maximum (€)"), field_name="amount_due", lookup_expr="lte")
    client = ClientFilter(label=_("Client"))
    card = CardFilter(label=_("Carte"))
    vehicle = VehicleFilter(label=_("Véhicule"))

    primary = ("open", "zone", "payment")
    needs = dict.fromkeys(MONEY, SEE_MONEY) | {"card": "access.view_accesscard", "vehicle": "access.view_vehicle"}
    search_label = _("Rechercher une entrée")
    search_placeholder = _("Client, plaque, carte, téléphone…")

    def search_words(self, entries: EntryQuerySet, name: str, query: str) -> QuerySet[Any]:
        return entries.filter(owned_by(query))

    def by_presence(self, entries: EntryQuerySet, name: str, asked: str) -> QuerySet[Any]:
        return entries.open() if asked == "true" else entries.filter(exited_at__isnull=False)

    def in_zone(self, entries: EntryQuerySet, name: str, zone: str) -> QuerySet[Any]:
        return entries.filter(zone__in=zones_within(zone))

    def by_device(self, entries: EntryQuerySet, name: str, device: str) -> QuerySet[Any]:
        return entries.filter(Q(device_in=device) | Q(device_out=device))

    def entered_from(self, entries: EntryQuerySet, name: str, day: date) -> QuerySet[Any]:
        return entries.filter(entered_at__gte=start_of(day))

    def entered_until(self, entries: EntryQuerySet, name: str, day: date) -> QuerySet[Any]:
        return entries.filter(entered_at__lt=end_of(day))

    def exited_from(self, entries: EntryQuerySet, name: str, day: date) -> QuerySet[Any]:
        return entries.filter(exited_at__gte=start_of(day))

    def exited_until(self, entries: EntryQuerySet, name: str, day: date) -> QuerySet[Any]:
        return entries.filter(exited_at__lt=end_of(day))


class ClientEntryFilter(EntryFilter):
    """The same over the entries of one client."""

    client = None  # type: ignore[assignment]
    q = None  # type: ignore[assignment]
