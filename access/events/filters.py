"""The filters of lists of events."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from access.models import Event
from access.models.events import EventQuerySet
from access.search import owned_by
from access.shared.filters import (
    CardFilter,
    DayFilter,
    VehicleFilter,
    device_choices,
    end_of,
    start_of,
    tag_choices,
    zone_choices,
    zones_within,
)
from clients.lists.filters import ClientFilter, SearchFilter
from fixaloop.lists.filters import ListFilter


class EventFilter(ListFilter):
    """Search and filters over events."""

    q = SearchFilter(label=_("Recherche"), method="search_words")
    kind = django_filters.ChoiceFilter(label=_("Type"), choices=Event.Kind.choices, empty_label=_("Tous les types"))
    after = DayFilter(label=_("Depuis le"), method="from_day")
    before = DayFilter(label=_("Jusqu’au"), method="until_day")
    device = django_filters.ChoiceFilter(
        label=_("Appareil"), choices=device_choices, empty_label=_("Tous les appareils")
    )
    zone = django_filters.ChoiceFilter(
        label=_("Zone"), choices=zone_choices, empty_label=_("Toutes les zones"), method="in_zone"
    )
    tag = django_filters.ChoiceFilter(
        label=_("Tag"), choices=tag_choices, empty_label=_("Tous les tags"), method="with_tag"
    )
    card = CardFilter(label=_("Carte"))
    vehicle = VehicleFilter(label=_("Véhicule"))
    client = ClientFilter(label=_("Client"))

    primary = ("kind", "after", "before", "device")
    needs = {"card": "access.view_accesscard", "vehicle": "access.view_vehicle"}
    search_label = _("Rechercher un événement")
    search_placeholder = _("Client, plaque, carte, téléphone…")

    def search_words(self, events: EventQuerySet, name: str, query: str) -> QuerySet[Any]:
        return events.filter(owned_by(query))

    def from_day(self, events: EventQuerySet, name: str, day: date) -> QuerySet[Any]:
        return events.filter(at__gte=start_of(day))

    def until_day(self, events: EventQuerySet, name: str, day: date) -> QuerySet[Any]:
        return events.filter(at__lt=end_of(day))

    def in_zone(self, events: EventQuerySet, name: str, zone: str) -> QuerySet[Any]:
        return events.filter(zone__in=zones_within(zone))

    def with_tag(self, events: EventQuerySet, name: str, tag: str) -> QuerySet[Any]:
        return events.filter(pk__in=Event.tags.through.objects.filter(tag=int(tag)).values("event"))


class ClientEventFilter(EventFilter):
    """The same over the events of one client."""

    client = None  # type: ignore[assignment]
    q = None  # type: ignore[assignment]
