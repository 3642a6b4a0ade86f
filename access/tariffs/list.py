"""The list of tariffs: filters, cells, columns of the file."""

from datetime import datetime
from html import escape
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from access.models import Tariff
from access.places.list import BY_NAME, NameFilter
from access.shared.filters import ZoneFilter, inside_zones
from access.shared.lists import names
from access.tariffs.explaining import say_rates
from fixaloop.files.columns import FileColumn
from fixaloop.lists.page import Column, ListPage
from fixaloop.words.dates import short_day


class TariffListFilter(NameFilter):
    zone = ZoneFilter(method="of_zone")
    primary = ("zone",)
    search_label = _("Rechercher un tarif")

    def of_zone(self, tariffs: QuerySet[Any], name: str, zones: list[str]) -> QuerySet[Any]:
        given = Tariff.zones.through.objects.filter(inside_zones(zones, "zone__path"))
        return tariffs.filter(pk__in=given.values("tariff"))


def name_cell(tariff: Tariff, at: datetime) -> str:
    return f'<a class="who" href="/access/tariffs/{tariff.pk}/">{escape(tariff.name)}</a>'


def rates_cell(tariff: Tariff, at: datetime) -> str:
    return escape(" · ".join(say_rates(tariff.rates)))


class TariffList(ListPage):
    model = Tariff
    filterset_class = TariffListFilter
    columns = (
        Column("name", _("Tarif"), name_cell, sort="name", css="cell-main"),
        Column("zones", _("Zones"), lambda tariff, at: names(tariff.zones.all()), css="cell-rest"),
        Column("rates", _("Prix"), rates_cell, css="cell-wide"),
        Column(
            "starts", _("À partir du"), lambda tariff, at: short_day(tariff.starts_on, year=True), css="cell-rest num"
        ),
    )
    orders = BY_NAME
    default_sort = "name"
    title = _("Tarifs")
    subtitle = _("Ce que coûte une visite ; sans tarif, rien n’est dû.")
    noun = ngettext_lazy("%(count)s tarif", "%(count)s tarifs", "number")
    template_name = "access/list.html"
    export_columns = (
        FileColumn("Tarif", lambda tariff, at: tariff.name, 24),
        FileColumn("Zones", lambda tariff, at: ", ".join(map(str, tariff.zones.all())), 32),
        FileColumn("À partir du", lambda tariff, at: tariff.starts_on, 14),
        FileColumn("Prix", lambda tariff, at: ", ".join(say_rates(tariff.rates)), 60),
        FileColumn("Tags gratuits", lambda tariff, at: ", ".join(map(str, tariff.free_tags.all())), 24),
    )
    export_permission = "access.change_tariff"
    new_page = "access:tariff-new"
    new_label = _("Nouveau tarif")

    def shown(self, queryset: QuerySet[Tariff]) -> QuerySet[Tariff]:
        return queryset.prefetch_related(*(("zones", "free_tags") if self.exporting else ("zones",)))
