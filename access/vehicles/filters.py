"""The filters of lists of vehicles."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from access.models import Vehicle
from access.search import SHORT, vehicles_matching
from access.shared.filters import PlateFilter, WordsFilter, YearFilter, tag_choices
from clients.lists.filters import ClientFilter, SearchFilter
from fixaloop.lists.filters import ListFilter


class VehicleListFilter(ListFilter):
    """Search and filters over vehicles."""

    q = SearchFilter(label=_("Recherche"), method="search_words")
    make = WordsFilter(label=_("Marque"), field_name="make_key")
    model = WordsFilter(label=_("Modèle"), field_name="model_key")
    color = WordsFilter(label=_("Couleur"), field_name="color_key")
    year_min = YearFilter(label=_("Année à partir de"), field_name="year", lookup_expr="gte")
    year_max = YearFilter(label=_("Année jusqu’à"), field_name="year", lookup_expr="lte")
    plate = PlateFilter(label=_("Immatriculation"), method="by_plate", max_length=40)
    tag = django_filters.ChoiceFilter(
        label=_("Tag"), choices=tag_choices, empty_label=_("Tous les tags"), method="with_tag"
    )
    active = django_filters.ChoiceFilter(
        label=_("Circulation"),
        choices=(("true", _("En circulation")), ("false", _("Retirés"))),
        empty_label=_("Tous"),
        method="on_the_road",
    )
    client = ClientFilter(label=_("Client"))

    primary = ("make", "color", "tag")
    search_label = _("Rechercher un véhicule")
    search_placeholder = _("Plaque, marque, modèle, client…")

    def search_words(self, vehicles: QuerySet[Any], name: str, query: str) -> QuerySet[Any]:
        found = vehicles_matching(query)
        self.is_plentiful = found.is_plentiful
        return vehicles.filter(found.condition)

    def by_plate(self, vehicles: QuerySet[Any], name: str, key: str) -> QuerySet[Any]:
        if len(key) < SHORT:
            return vehicles.filter(plate_key__startswith=key)
        # The search text has the index for what lies in the middle of a plate.
        return vehicles.filter(search_text__contains=key.lower(), plate_key__contains=key)

    def with_tag(self, vehicles: QuerySet[Any], name: str, tag: str) -> QuerySet[Any]:
        return vehicles.filter(pk__in=Vehicle.tags.through.objects.filter(tag=int(tag)).values("vehicle"))

    def on_the_road(self, vehicles: QuerySet[Any], name: str, asked: str) -> QuerySet[Any]:
        return vehicles.filter(is_active=asked == "true")


class ClientVehicleFilter(VehicleListFilter):
    """The same over the vehicles of one client."""

    client = None  # type: ignore[assignment]
