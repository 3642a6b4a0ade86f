"""The filters of lists of interventions, named as contract.md names them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

import django_filters
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.shared.filters import VehicleFilter
from clients.lists.filters import ClientFilter, SearchFilter
from fixaloop.forms.fields import DayField
from fixaloop.lists.figures import remembered
from fixaloop.lists.filters import ListFilter
from fixaloop.words.people import person_name
from interventions.models import InterventionQuerySet
from interventions.pages.fields import team
from interventions.search import matching
from interventions.states import State

MINE, NOBODY, OPEN = "me", "none", "open"


def technicians() -> Iterable[tuple[str, Any]]:
    """Whose interventions one may ask for: one's own, nobody's, or those of somebody who is or was in the team."""
    people = remembered("interventions.technicians", lambda: [(str(user.pk), person_name(user)) for user in _people()])
    return [(MINE, _("Moi")), (NOBODY, _("Personne")), *people]


def _people() -> Iterable[User]:
    former = (
        User.objects.filter(is_active=False, interventions__isnull=False).distinct().order_by("last_name", "username")
    )
    return [*team(), *former]


class DayFilter(django_filters.Filter):
    """A day, in figures or as the browser's picker sends it."""

    field_class = DayField


class InterventionListFilter(ListFilter):
    """Search and filters over interventions."""

    q = SearchFilter(label=_("Recherche"), method="search_words")
    state = django_filters.ChoiceFilter(
        label=_("État"),
        choices=[(OPEN, _("Ouvertes")), *State.choices],
        empty_label=_("Tous les états"),
        method="by_state",
    )
    technician = django_filters.ChoiceFilter(
        label=_("Technicien"), choices=technicians, empty_label=_("Tous les techniciens"), method="by_technician"
    )
    late = django_filters.ChoiceFilter(
        label=_("Retard"),
        choices=(("true", _("En retard seulement")),),
        empty_label=_("Toutes"),
        method="only_late",
    )
    client = ClientFilter(label=_("Client"))
    vehicle = VehicleFilter(label=_("Véhicule"))
    planned_after = DayFilter(label=_("Prévue à partir du"), method="planned_from")
    planned_before = DayFilter(label=_("Prévue jusqu’au"), method="planned_until")
    unpaid = django_filters.ChoiceFilter(
        label=_("Paiement"),
        choices=(("true", _("Impayées seulement")),),
        empty_label=_("Toutes"),
        method="only_unpaid",
    )

    primary = ("state", "technician", "late")
    gathered = ("late",)
    needs: ClassVar = {"unpaid": "interventions.view_interventionpayment", "vehicle": "access.view_vehicle"}
    search_label = _("Rechercher une intervention")
    search_placeholder = _("Objet, appareil, plaque, client, référence…")

    def search_words(self, rows: InterventionQuerySet, name: str, query: str) -> QuerySet[Any]:
        return rows.filter(matching(query))

    def by_state(self, rows: InterventionQuerySet, name: str, state: str) -> QuerySet[Any]:
        return rows.open() if state == OPEN else rows.filter(state=state)

    def by_technician(self, rows: InterventionQuerySet, name: str, who: str) -> QuerySet[Any]:
        if who == NOBODY:
            return rows.filter(technician__isnull=True)
        return rows.filter(technician=self.request.user.pk if who == MINE else int(who))

    def only_late(self, rows: InterventionQuerySet, name: str, asked: str) -> QuerySet[Any]:
        return rows.late(self.at)

    def planned_from(self, rows: InterventionQuerySet, name: str, day: date) -> QuerySet[Any]:
        return rows.planned_from(start_of(day))

    def planned_until(self, rows: InterventionQuerySet, name: str, day: date) -> QuerySet[Any]:
        return rows.planned_until(start_of(day + timedelta(days=1)))

    def only_unpaid(self, rows: InterventionQuerySet, name: str, asked: str) -> QuerySet[Any]:
        return rows.unpaid()


def start_of(day: date) -> datetime:
    """The instant a day begins in the firm's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))
