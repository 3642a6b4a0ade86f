"""What lists of clients tell and filter: last visit, card, presence."""

from collections.abc import Mapping
from datetime import date, datetime
from html import escape
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from access.client.worth import WORTHS, cards_worth
from access.models import Entry
from access.models.cards import SOON
from clients.models import NEVER, Client
from fixaloop.lists.days import DayFilter
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.markup import NOTHING
from fixaloop.speed.texts import gettext
from fixaloop.web.icons import chip
from fixaloop.words.dates import day_of, end_of, moment_html, start_of

SEE_ENTRIES, SEE_CARDS = "access.view_entry", "access.view_accesscard"
TONES = {
    "active": "ok",
    "inactive": "muted",
    "upcoming": "brand",
    "suspended": "stop",
    "expired": "warn",
    "lost": "stop",
    "revoked": "muted",
}
FEW = 4_000
FEW_BY_VISIT = 20_000
STAY = ("entered_after", "entered_before", "exited_after", "exited_before")
VISITS = ("last_visit_after", "last_visit_before", "never_visited", "inside", *STAY)


def visit_cell(client: Client, at: datetime) -> str:
    if client.last_visit_at <= NEVER:
        return f'<span class="soft">{escape(gettext("jamais"))}</span>'
    inside = f" {chip(gettext('Sur place'), 'ok')}" if client.inside_since else ""
    return f"{moment_html(client.last_visit_at, at)}{inside}"


def card_cell(client: Client, at: datetime) -> str:
    worth = client.card_worth
    if worth == "none":
        return NOTHING
    if worth == "active" and client.last_card_day:
        left = (client.last_card_day - day_of(at)).days
        if left <= SOON:
            return chip(gettext("Expire dans %(days)s j") % {"days": left} if left else gettext("Dernier jour"), "warn")
    return chip(str(WORTHS[worth]), TONES[worth])


class StandingFilter(ListFilter):
    """The four filters by days must all fit one and the same stay."""

    card = django_filters.ChoiceFilter(
        label=_("Carte d’accès"),
        choices=list(WORTHS.items()),
        empty_label=_("Toutes les cartes"),
        method="by_card",
    )
    inside = django_filters.ChoiceFilter(
        label=_("Présence"),
        choices=(("true", _("Sur place")), ("false", _("Absents"))),
        empty_label=_("Tous"),
        method="by_presence",
    )
    last_visit_after = DayFilter(label=_("Dernière visite depuis le"), method="visited_from")
    last_visit_before = DayFilter(label=_("Dernière visite jusqu’au, ou jamais"), method="visited_until")
    never_visited = django_filters.ChoiceFilter(
        label=_("Jamais venus"),
        choices=(("true", _("Jamais venus")), ("false", _("Déjà venus"))),
        empty_label=_("Tous"),
        method="by_first_visit",
    )
    entered_after = DayFilter(label=_("Entrés depuis le"))
    entered_before = DayFilter(label=_("Entrés jusqu’au"))
    exited_after = DayFilter(label=_("Sortis depuis le"))
    exited_before = DayFilter(label=_("Sortis jusqu’au"))

    needs = dict.fromkeys(VISITS, SEE_ENTRIES) | {"card": SEE_CARDS}

    def by_card(self, clients: QuerySet[Any], name: str, worth: str) -> QuerySet[Any]:
        return clients.filter(cards_worth(worth, self.at))

    def by_presence(self, clients: QuerySet[Any], name: str, asked: str) -> QuerySet[Any]:
        return clients.filter(inside_since__isnull=asked == "false")

    def visited_from(self, clients: QuerySet[Any], name: str, day: date) -> QuerySet[Any]:
        return clients.filter(last_visit_at__gte=start_of(day))

    def visited_until(self, clients: QuerySet[Any], name: str, day: date) -> QuerySet[Any]:
        return clients.filter(last_visit_at__lt=end_of(day))

    def by_first_visit(self, clients: QuerySet[Any], name: str, asked: str) -> QuerySet[Any]:
        return clients.filter(last_visit_at__lte=NEVER) if asked == "true" else clients.filter(last_visit_at__gt=NEVER)

    def narrow(self, rows: QuerySet[Any], values: Mapping[str, Any]) -> QuerySet[Any]:
        rows = super().narrow(rows, {name: value for name, value in values.items() if name not in STAY})
        stay = _stay({name: values[name] for name in STAY if values.get(name)})
        if not stay:
            return rows
        if self.data.get("sort", "").removeprefix("-") != "last_visit":
            return rows.filter(pk__in=_who(stay, FEW))
        # Who came in since a day has a last visit since: a list by last visits is not walked through all the others.
        since = values.get("entered_after")
        visited = Q(last_visit_at__gte=start_of(since)) if since else Q(last_visit_at__gt=NEVER)
        return rows.filter(visited, pk__in=_who(stay, FEW_BY_VISIT))


def _who(stay: Q, most: int) -> QuerySet[Any]:
    """The clients of such a stay.

    With few stays, the limit makes the planner sort their clients. With many, it walks the clients in list order and
    looks up a stay of each; at a million clients that is faster from four thousand stays on.
    """
    entries = Entry.objects.visits().filter(stay).order_by()
    few = entries[: most + 1].count() <= most
    return entries.values("client")[:most] if few else entries.values("client")


def _stay(days: Mapping[str, date]) -> Q:
    stay = Q()
    for name, day in days.items():
        column = "entered_at" if name.startswith("entered") else "exited_at"
        stay &= Q(**{f"{column}__gte": start_of(day)} if name.endswith("after") else {f"{column}__lt": end_of(day)})
    return stay
