"""Lists of vehicles, all of them and those of one client: filters, cells, figures."""

from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from access.gate.plates import FIRST_YEAR, plate_key
from access.models import Vehicle
from access.search import SHORT, named_or_owned
from access.shared.filters import TagFilter, without
from access.shared.lists import ClientTab, client_needed_first, deferred, holder_cell, tags_cell
from access.vehicles.columns import COLUMNS
from clients.lists.filters import ClientFilter, SearchFilter
from clients.models import Client
from fixaloop.files.columns import exported
from fixaloop.lists.figures import Figure, remembered
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.markup import NOTHING
from fixaloop.lists.page import Column, ListPage
from fixaloop.speed.texts import gettext
from fixaloop.web.icons import chip
from fixaloop.words.text import normalise

LAST_YEAR = 2100


class WordsField(forms.CharField):
    """Text without accents, case and punctuation."""

    simplify: Callable[[str], str] = staticmethod(normalise)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        simple = self.simplify(text)
        if text and not simple:
            message = gettext("« %(text)s » n’a ni lettre ni chiffre.")
            raise ValidationError(message % {"text": text[:20]})
        return simple


class PlateField(WordsField):
    simplify = staticmethod(plate_key)


class WordsFilter(django_filters.Filter):
    field_class = WordsField

    def __init__(self, **options: Any) -> None:
        super().__init__(lookup_expr="startswith", max_length=60, **options)


class PlateFilter(django_filters.Filter):
    field_class = PlateField


class YearFilter(django_filters.Filter):
    field_class = forms.IntegerField

    def __init__(self, **options: Any) -> None:
        super().__init__(field_name="year", min_value=FIRST_YEAR, max_value=LAST_YEAR, **options)


class VehicleListFilter(ListFilter):
    q = SearchFilter(label=_("Recherche"), method="search_words")
    make = WordsFilter(label=_("Marque"), field_name="make_key")
    model = WordsFilter(label=_("Modèle"), field_name="model_key")
    color = WordsFilter(label=_("Couleur"), field_name="color_key")
    year_min = YearFilter(label=_("Année à partir de"), lookup_expr="gte")
    year_max = YearFilter(label=_("Année jusqu’à"), lookup_expr="lte")
    plate = PlateFilter(label=_("Immatriculation"), method="by_plate", max_length=40)
    tag = TagFilter()
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
        found = named_or_owned(vehicles.model, query)
        self.only_in_order = found.only_in_order
        return vehicles.filter(found.condition)

    def by_plate(self, vehicles: QuerySet[Any], name: str, key: str) -> QuerySet[Any]:
        if len(key) < SHORT:
            return vehicles.filter(plate_key__startswith=key)
        # Only the search text has an index for what is inside a plate.
        return vehicles.filter(search_text__contains=key.lower(), plate_key__contains=key)

    def on_the_road(self, vehicles: QuerySet[Any], name: str, asked: str) -> QuerySet[Any]:
        return vehicles.filter(is_active=asked == "true")


def identity_cell(vehicle: Vehicle, at: datetime) -> str:
    below = " · ".join(filter(None, (vehicle.name, "" if vehicle.country.code == "FR" else vehicle.country.code)))
    return (
        f'<a class="who num" href="/access/vehicles/{vehicle.pk}/">{escape(vehicle.plate_display)}</a>'
        f" <small>{escape(below)}</small>"
    )


def state_cell(vehicle: Vehicle, at: datetime) -> str:
    if vehicle.is_active:
        return chip(gettext("En circulation"), "ok", "check")
    return chip(gettext("Retiré"), "muted", "archive")


def make_cell(vehicle: Vehicle, at: datetime) -> str:
    below = f" <small>{escape(vehicle.model)}</small>" if vehicle.model else ""
    return f"{escape(vehicle.make) or NOTHING}{below}"


class VehicleList(ListPage):
    model = Vehicle
    filterset_class = VehicleListFilter
    columns = (
        Column("plate", _("Immatriculation"), identity_cell, sort="plate", css="cell-main"),
        Column("state", _("Circulation"), state_cell, css="cell-status"),
        Column("client", _("Client"), holder_cell, css="cell-rest cell-name"),
        Column("make", _("Marque et modèle"), make_cell, sort="make", css="cell-wide"),
        Column("color", _("Couleur"), lambda vehicle, at: escape(vehicle.color) or NOTHING, css="cell-wide"),
        Column("year", _("Année"), lambda vehicle, at: str(vehicle.year or NOTHING), css="cell-rest"),
        Column("tags", _("Tags"), tags_cell, css="cell-rest cell-last"),
    )
    needs = {"client": "clients.view_client"}
    orders = {
        "plate": ("plate_key", "id"),
        "make": ("make_key", "model_key", "id"),
        "created": ("created_at", "id"),
    }
    default_sort = "plate"
    title = _("Véhicules")
    noun = ngettext_lazy("%(count)s véhicule", "%(count)s véhicules", "number")
    template_name = "access/list.html"
    export_columns = exported(COLUMNS)
    export_permission = "access.export_vehicle"
    new_page = "access:vehicle-new"
    new_label = _("Nouveau véhicule")

    def needed_first(self) -> tuple[str, str] | None:
        return client_needed_first(self.request.user)

    def shown(self, queryset: QuerySet[Vehicle]) -> QuerySet[Vehicle]:
        rows = queryset.select_related("client").prefetch_related("tags", "zones")
        return rows.defer("search_text", *deferred(client=Client))

    def figures(self) -> tuple[Figure, ...]:
        counts = remembered("access.vehicle_figures", self._counts)
        retired = self.noun_count(number_format(counts["retired"]), counts["retired"])
        note = gettext("%(vehicles)s hors circulation") % {"vehicles": retired} if counts["retired"] else ""
        return (Figure(gettext("En circulation"), number_format(counts["active"]), note),)

    def _counts(self) -> dict[str, int]:
        active = Q(is_active=True)
        counts = {"active": Count("pk", filter=active), "retired": Count("pk", filter=~active)}
        return Vehicle.objects.order_by().aggregate(**counts)


class ClientVehicleList(ClientTab, VehicleList):
    tab = "client-vehicles"
    filterset_class = without(VehicleListFilter, "client")
