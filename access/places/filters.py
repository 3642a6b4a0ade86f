"""The filters of lists of zones, devices and tags."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from access.models import Direction
from access.models.places import silence
from access.shared.filters import zone_choices, zones_within
from clients.lists.filters import SearchFilter
from fixaloop.lists.filters import ListFilter

DEVICE_STATES = (
    ("enabled", _("En service")),
    ("disabled", _("Hors service")),
    ("silent", _("Silencieux")),
)


class NameFilter(ListFilter):
    """Search by name."""

    q = SearchFilter(label=_("Recherche"), method="search_words")
    search_placeholder = _("Nom")

    def search_words(self, rows: QuerySet[Any], name: str, query: str) -> QuerySet[Any]:
        for word in query.split():
            rows = rows.filter(name__icontains=word)
        return rows


class ZoneFilter(NameFilter):
    """Search and filters over zones."""

    within = django_filters.ChoiceFilter(
        label=_("Dans la zone"), choices=zone_choices, empty_label=_("Toutes les zones"), method="inside"
    )
    primary = ("within",)
    search_label = _("Rechercher une zone")

    def inside(self, zones: QuerySet[Any], name: str, zone: str) -> QuerySet[Any]:
        return zones.filter(pk__in=zones_within(zone))


class DeviceFilter(NameFilter):
    """Search and filters over devices."""

    zone = django_filters.ChoiceFilter(
        label=_("Zone"), choices=zone_choices, empty_label=_("Toutes les zones"), method="in_zone"
    )
    direction = django_filters.ChoiceFilter(label=_("Sens"), choices=Direction.choices, empty_label=_("Tous les sens"))
    state = django_filters.ChoiceFilter(
        label=_("État"), choices=DEVICE_STATES, empty_label=_("Tous les états"), method="in_state"
    )
    primary = ("zone", "direction", "state")
    search_label = _("Rechercher un appareil")

    def in_zone(self, devices: QuerySet[Any], name: str, zone: str) -> QuerySet[Any]:
        return devices.filter(zone__in=zones_within(zone))

    def in_state(self, devices: QuerySet[Any], name: str, state: str) -> QuerySet[Any]:
        if state != "silent":
            return devices.filter(enabled=state == "enabled")
        since = self.at - silence()
        quiet = Q(last_seen_at__lt=since) | Q(last_seen_at__isnull=True, token_at__lt=since)
        return devices.filter(quiet, enabled=True).exclude(token_hash="")


class TagFilter(NameFilter):
    """Search over tags."""

    search_label = _("Rechercher un tag")
