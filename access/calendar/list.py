"""The list of special days: filters, cells, columns of the file."""

from datetime import datetime
from html import escape
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from access.hours import say_spans, show_spans
from access.models import SpecialDay
from access.shared.filters import ZoneFilter, inside_zones
from clients.lists.filters import SearchFilter
from fixaloop.files.columns import FileColumn
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.page import Column, ListPage
from fixaloop.speed.texts import gettext
from fixaloop.web.icons import chip
from fixaloop.words.dates import day_of, say_days

STATES = (("coming", _("En cours et à venir")), ("past", _("Passés")), ("withdrawn", _("Retirés")))


class SpecialDayListFilter(ListFilter):
    q = SearchFilter(label=_("Recherche"), method="search_words")
    zone = ZoneFilter(method="of_zone")
    state = django_filters.ChoiceFilter(
        label=_("État"), choices=STATES, empty_label=_("Tous les états"), method="in_state"
    )
    primary = ("zone", "state")
    search_label = _("Rechercher un jour exceptionnel")
    search_placeholder = _("Motif")

    def search_words(self, days: QuerySet[Any], name: str, query: str) -> QuerySet[Any]:
        for word in query.split():
            days = days.filter(reason__icontains=word)
        return days

    def of_zone(self, days: QuerySet[Any], name: str, zones: list[str]) -> QuerySet[Any]:
        return days.filter(inside_zones(zones, "zone__path") | Q(zone=None))

    def in_state(self, days: QuerySet[Any], name: str, state: str) -> QuerySet[Any]:
        if state == "withdrawn":
            return days.filter(withdrawn=True)
        today = day_of(self.at)
        past = Q(last_day__lt=today)
        return days.filter(past if state == "past" else ~past, withdrawn=False)


def days_cell(day: SpecialDay, at: datetime) -> str:
    return f'<a class="who" href="/access/calendar/{day.pk}/">{escape(say_days(day.first_day, day.last_day))}</a>'


def said_zone(day: SpecialDay) -> str:
    return day.zone.name if day.zone is not None else gettext("Toutes les zones")


def zone_cell(day: SpecialDay, at: datetime) -> str:
    return escape(said_zone(day))


def said_opening(day: SpecialDay) -> str:
    return say_spans(day.spans) or gettext("fermé")


def opening_cell(day: SpecialDay, at: datetime) -> str:
    if day.withdrawn:
        return chip(gettext("Retiré"), "muted", "archive")
    return chip(say_spans(day.spans), "ok", "clock") if day.spans else chip(gettext("Fermé"), "stop", "ban")


def reason_cell(day: SpecialDay, at: datetime) -> str:
    return escape(day.reason)


class SpecialDayList(ListPage):
    model = SpecialDay
    filterset_class = SpecialDayListFilter
    columns = (
        Column("days", _("Jours"), days_cell, sort="days", css="cell-main num"),
        Column("opening", _("Ouverture"), opening_cell, css="cell-status num"),
        Column("zone", _("Zone"), zone_cell, css="cell-rest"),
        Column("reason", _("Motif"), reason_cell, css="cell-rest"),
    )
    orders = {"days": ("first_day", "id")}
    default_sort = "-days"
    title = _("Calendrier")
    subtitle = _("Jours où une zone n’a pas ses horaires habituels.")
    noun = ngettext_lazy("%(count)s jour exceptionnel", "%(count)s jours exceptionnels", "number")
    template_name = "access/list.html"
    export_columns = (
        FileColumn("Du", lambda day, at: day.first_day, 14),
        FileColumn("Au", lambda day, at: day.last_day, 14),
        FileColumn("Zone", lambda day, at: said_zone(day), 24),
        FileColumn("Ouverture", lambda day, at: show_spans(day.spans) or gettext("fermé"), 24),
        FileColumn("Motif", lambda day, at: day.reason, 40),
        FileColumn("Retiré", lambda day, at: gettext("oui") if day.withdrawn else gettext("non"), 10),
    )
    export_permission = "access.change_specialday"
    new_page = "access:special-day-new"
    new_label = _("Nouveau jour exceptionnel")

    def shown(self, queryset: QuerySet[SpecialDay]) -> QuerySet[SpecialDay]:
        return queryset.select_related("zone")
