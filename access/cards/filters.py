"""The filters of lists of cards."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.models import AccessCard, CardStatus
from access.models.cards import AccessCardQuerySet
from access.search import cards_matching
from access.shared.filters import DayFilter, DaysFilter, end_of, start_of, tag_choices, zone_choices, zones_around
from clients.lists.filters import ClientFilter, SearchFilter
from clients.models import NEVER
from fixaloop.lists.filters import ListFilter

# What a card shows on a day: its status, or what the calendar makes of an active one.
STATES = (
    ("active", _("Valable")),
    ("expired", _("Expirée")),
    ("upcoming", _("Pas encore valable")),
    ("suspended", _("Suspendue")),
    ("lost", _("Perdue")),
    ("revoked", _("Révoquée")),
)


class CardListFilter(ListFilter):
    """Search and filters over cards."""

    q = SearchFilter(label=_("Recherche"), method="search_words")
    status = django_filters.ChoiceFilter(
        label=_("Statut"), choices=STATES, empty_label=_("Tous les statuts"), method="in_state"
    )
    zone = django_filters.ChoiceFilter(
        label=_("Ouvre la zone"), choices=zone_choices, empty_label=_("Toutes les zones"), method="opening"
    )
    unused = django_filters.ChoiceFilter(
        label=_("Usage"),
        choices=(("true", _("Jamais utilisées")), ("false", _("Déjà utilisées"))),
        empty_label=_("Toutes"),
        method="by_use",
    )
    expires_within = DaysFilter(label=_("Expire d’ici (jours)"), method="expiring")
    valid_after = DayFilter(label=_("Valable jusqu’au… ou après"), field_name="last_day", lookup_expr="gte")
    valid_before = DayFilter(label=_("Valable jusqu’au… ou avant"), field_name="last_day", lookup_expr="lte")
    used_after = DayFilter(label=_("Dernier passage depuis le"), method="used_from")
    used_before = DayFilter(label=_("Dernier passage jusqu’au"), method="used_until")
    kind = django_filters.ChoiceFilter(
        label=_("Type"), choices=AccessCard.Kind.choices, empty_label=_("Tous les types")
    )
    tag = django_filters.ChoiceFilter(
        label=_("Tag"), choices=tag_choices, empty_label=_("Tous les tags"), method="with_tag"
    )
    client = ClientFilter(label=_("Client"))

    primary = ("status", "zone", "unused")
    search_label = _("Rechercher une carte")
    search_placeholder = _("Nom d’utilisateur, badge, client…")

    @property
    def today(self) -> date:
        """The day the whole list is true on."""
        return timezone.localdate(self.at)

    def search_words(self, cards: AccessCardQuerySet, name: str, query: str) -> QuerySet[Any]:
        found = cards_matching(query)
        self.is_plentiful = found.is_plentiful
        return cards.filter(found.condition)

    def in_state(self, cards: AccessCardQuerySet, name: str, state: str) -> QuerySet[Any]:
        if state == "active":
            return cards.usable(self.today)
        if state == "expired":
            return cards.expired(self.today)
        if state == "upcoming":
            return cards.filter(status=CardStatus.ACTIVE, valid_from__gt=self.today, last_day__gte=self.today)
        return cards.filter(status=state)

    def opening(self, cards: AccessCardQuerySet, name: str, zone: str) -> QuerySet[Any]:
        """Those that open a zone: all of them, this one, or one around it."""
        through = AccessCard.zones.through.objects.filter(zone__in=zones_around(zone))
        return cards.filter(Q(everywhere=True) | Q(pk__in=through.values("accesscard")))

    def by_use(self, cards: AccessCardQuerySet, name: str, asked: str) -> QuerySet[Any]:
        return cards.unused() if asked == "true" else cards.filter(use_count__gt=0)

    def expiring(self, cards: AccessCardQuerySet, name: str, days: int) -> QuerySet[Any]:
        return cards.expiring(self.today, self.today + timedelta(days=days))

    def used_from(self, cards: AccessCardQuerySet, name: str, day: date) -> QuerySet[Any]:
        return cards.filter(last_used_at__gte=start_of(day))

    def used_until(self, cards: AccessCardQuerySet, name: str, day: date) -> QuerySet[Any]:
        return cards.filter(last_used_at__lt=end_of(day), last_used_at__gt=NEVER)

    def with_tag(self, cards: AccessCardQuerySet, name: str, tag: str) -> QuerySet[Any]:
        return cards.filter(pk__in=AccessCard.tags.through.objects.filter(tag=int(tag)).values("accesscard"))


class ClientCardFilter(CardListFilter):
    """The same over the cards of one client."""

    client = None  # type: ignore[assignment]
