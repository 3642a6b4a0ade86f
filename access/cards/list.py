"""Lists of access cards, all of them and those of one client: filters, cells, figures."""

from datetime import date, datetime, timedelta
from html import escape
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _, ngettext, ngettext_lazy, npgettext

from access.cards.batches import CARDS
from access.cards.columns import COLUMNS
from access.models import AccessCard, CardStatus, Zone
from access.models.cards import CARD_STATES, SOON, AccessCardQuerySet, expiring, is_worth
from access.search import named_or_owned
from access.shared.filters import TagFilter, ZoneFilter, without
from access.shared.lists import ClientTab, client_needed_first, day_text, deferred, holder_cell, names
from clients.lists.filters import ClientFilter, SearchFilter
from clients.models import NEVER, Client
from fixaloop.files.columns import exported
from fixaloop.lists.days import DayFilter, SinceFilter
from fixaloop.lists.figures import Figure, remembered, shares
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.page import Column, ListPage
from fixaloop.lists.saved import Saved
from fixaloop.speed.texts import gettext
from fixaloop.web.icons import chip
from fixaloop.words.dates import day_of, end_of, moment_html, say_full

TEN_YEARS = 3660
STATE_CHIPS = {
    "active": ("ok", "check"),
    "inactive": ("muted", "user-x"),
    "expired": ("warn", "calendar-x"),
    "upcoming": ("brand", "calendar-clock"),
    "suspended": ("warn", "pause"),
    "lost": ("stop", "search-x"),
    "revoked": ("muted", "ban"),
}


class DaysFilter(django_filters.Filter):
    field_class = forms.IntegerField

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=TEN_YEARS, **options)


class CardListFilter(ListFilter):
    q = SearchFilter(label=_("Recherche"), method="search_words")
    status = django_filters.ChoiceFilter(
        label=_("Statut"), choices=list(CARD_STATES.items()), empty_label=_("Tous les statuts"), method="by_worth"
    )
    zone = ZoneFilter(_("Ouvre la zone"), method="opening")
    unused = django_filters.ChoiceFilter(
        label=_("Usage"),
        choices=(("true", _("Jamais utilisées")), ("false", _("Déjà utilisées"))),
        empty_label=_("Utilisées ou non"),
        method="by_use",
    )
    expires_within = DaysFilter(label=_("Expire d’ici (jours)"), method="expiring")
    valid_after = DayFilter(label=_("Valable jusqu’au… ou après"), field_name="last_day", lookup_expr="gte")
    valid_before = DayFilter(label=_("Valable jusqu’au… ou avant"), field_name="last_day", lookup_expr="lte")
    used_after = SinceFilter(label=_("Dernier passage depuis le"), field_name="last_used_at")
    used_before = DayFilter(label=_("Dernier passage jusqu’au"), method="used_until")
    kind = django_filters.ChoiceFilter(
        label=_("Type"), choices=AccessCard.Kind.choices, empty_label=_("Tous les types")
    )
    tag = TagFilter()
    client = ClientFilter(label=_("Client"))

    primary = ("status", "zone", "unused")
    search_label = _("Rechercher une carte")
    search_placeholder = _("Nom d’utilisateur, badge, client…")

    def search_words(self, cards: AccessCardQuerySet, name: str, query: str) -> QuerySet[Any]:
        found = named_or_owned(cards.model, query)
        self.only_in_order = found.only_in_order
        return cards.filter(found.condition)

    def by_worth(self, cards: AccessCardQuerySet, name: str, worth: str) -> QuerySet[Any]:
        return cards.filter(is_worth(worth, self.at))

    def opening(self, cards: AccessCardQuerySet, name: str, zones: list[str]) -> QuerySet[Any]:
        """Cards that open one of these zones: those of all zones, of this one, or of one around it."""
        around = {key for zone in Zone.objects.filter(pk__in=zones) for key in zone.lineage}
        through = AccessCard.zones.through.objects.filter(zone__in=around)
        return cards.filter(Q(everywhere=True) | Q(pk__in=through.values("accesscard")))

    def by_use(self, cards: AccessCardQuerySet, name: str, asked: str) -> QuerySet[Any]:
        return cards.unused() if asked == "true" else cards.filter(use_count__gt=0)

    def expiring(self, cards: AccessCardQuerySet, name: str, days: int) -> QuerySet[Any]:
        return cards.expiring(self.at, day_of(self.at) + timedelta(days=days))

    def used_until(self, cards: AccessCardQuerySet, name: str, day: date) -> QuerySet[Any]:
        return cards.filter(last_used_at__lt=end_of(day), last_used_at__gt=NEVER)


def identity_cell(card: AccessCard, at: datetime) -> str:
    below = card.get_kind_display() + (f" · {card.badge_number}" if card.badge_number else "")
    return (
        f'<a class="who" href="/access/cards/{card.pk}/">{escape(card.username)}</a>'
        f' <small class="num">{escape(below)}</small>'
    )


def state_chip(card: AccessCard, at: datetime) -> str:
    worth = card.worth(at)
    return chip(str(CARD_STATES[worth]), *STATE_CHIPS[worth])


def state_cell(card: AccessCard, at: datetime) -> str:
    reason = f" <small>{escape(card.status_reason)}</small>" if card.status_reason else ""
    return state_chip(card, at) + reason


def validity_cell(card: AccessCard, at: datetime) -> str:
    since = escape(gettext("depuis le %(day)s") % {"day": day_text(card.valid_from)})
    if card.periods:
        return _periods(card, at)
    if card.valid_until is None:
        endless = gettext("sans fin")
        return f"{escape(endless)} <small>{since}</small>"
    left = (card.valid_until - day_of(at)).days
    if card.state(at) == "active" and left <= SOON:
        soon = moment_html(card.ends_at, at) if card.ends_at else day_text(card.valid_until)
        return f"{soon} {chip(_expires_in(left), 'warn')}"
    last = _end(card.ends_at) if card.ends_at else day_text(card.valid_until)
    return f"{last} <small>{since}</small>"


def _periods(card: AccessCard, at: datetime) -> str:
    """The last day of a card with several periods, and which one is under way or next."""
    window = card.window(at)
    ends: tuple[Any, ...] = (window.starts_at, window.ends_at) if window.ends_at else (window.first, window.last)
    return f"{day_text(card.last_day)} <small>{' – '.join(map(_end, ends))}</small>"


def _end(end: Any) -> str:
    return escape(say_full(end)) if isinstance(end, datetime) else day_text(end)


def _expires_in(days: int) -> str:
    if not days:
        return gettext("dernier jour")
    return ngettext("expire dans %(days)s jour", "expire dans %(days)s jours", days) % {"days": days}


def zones_cell(card: AccessCard, at: datetime) -> str:
    if card.everywhere:
        return f'<span class="soft">{escape(gettext("toutes"))}</span>'
    return names(card.zones.all())


def use_cell(card: AccessCard, at: datetime) -> str:
    if not card.was_used:
        return f'<span class="soft">{escape(gettext("jamais"))}</span>'
    times = ngettext("%(count)s passage", "%(count)s passages", card.use_count)
    times %= {"count": number_format(card.use_count)}
    return f"{moment_html(card.last_used_at, at)} <small>{escape(times)}</small>"


def _figure(title: str, count: int, url: str) -> Figure:
    return Figure(title, number_format(count), url=url)


class CardList(ListPage):
    model = AccessCard
    filterset_class = CardListFilter
    views = (
        Saved(_("Toutes")),
        Saved(_("Valables"), "status=active"),
        Saved(_("Expirent bientôt"), f"expires_within={SOON}"),
        Saved(_("Jamais utilisées"), "unused=true"),
    )
    columns = (
        Column("username", _("Carte"), identity_cell, sort="username", css="cell-main"),
        Column("state", _("Statut"), state_cell, css="cell-status"),
        Column("client", _("Client"), holder_cell, css="cell-rest cell-name"),
        Column("valid_until", _("Valable jusqu’au"), validity_cell, sort="valid_until", css="cell-rest"),
        Column("zones", _("Zones"), zones_cell, css="cell-wide"),
        Column("last_used", _("Dernier passage"), use_cell, sort="last_used", css="cell-rest cell-last"),
    )
    needs = {"client": "clients.view_client"}
    orders = {
        "username": ("username_key",),
        "created": ("created_at", "id"),
        "valid_until": ("last_day", "id"),
        "last_used": ("last_used_at", "id"),
    }
    default_sort = "-created"
    title = _("Cartes d’accès")
    noun = ngettext_lazy("%(count)s carte", "%(count)s cartes", "number")
    template_name = "access/list.html"
    export_columns = exported(COLUMNS)
    export_permission = "access.export_accesscard"
    batch = CARDS
    new_page = "access:card-new"
    new_label = _("Nouvelle carte")

    def needed_first(self) -> tuple[str, str] | None:
        return client_needed_first(self.request.user)

    def shown(self, queryset: QuerySet[AccessCard]) -> QuerySet[AccessCard]:
        linked = ("zones", "tags") if self.exporting else ("zones",)
        rows = queryset.select_related("client").prefetch_related(*linked)
        return rows.defer("search_text", *deferred(client=Client))

    def figures(self) -> tuple[Figure, ...]:
        counts = remembered("access.card_figures", self._counts)
        usable, expired = counts["usable"], counts["expired"]
        others = counts["total"] - usable - counts["idle"] - expired
        parts = shares(
            [
                (npgettext("chiffre", "valable", "valables", usable), usable, "ok", "?status=active"),
                (gettext("client inactif"), counts["idle"], "brand", "?status=inactive"),
                (npgettext("chiffre", "expirée", "expirées", expired), expired, "warn", "?status=expired"),
                (npgettext("chiffre", "autre", "autres", others), others, "muted", ""),
            ]
        )
        return (
            Figure(gettext("Cartes"), parts=parts),
            _figure(gettext("Expirent d’ici 30 jours"), counts["expiring"], f"?expires_within={SOON}"),
            _figure(gettext("Jamais utilisées"), counts["unused"], "?unused=true"),
        )

    def _counts(self) -> dict[str, int]:
        soon = day_of(self.at) + timedelta(days=SOON)
        return AccessCard.objects.order_by().aggregate(
            total=Count("pk"),
            usable=Count("pk", filter=is_worth("active", self.at)),
            idle=Count("pk", filter=is_worth("inactive", self.at)),
            expired=Count("pk", filter=is_worth("expired", self.at)),
            expiring=Count("pk", filter=expiring(self.at, soon)),
            unused=Count("pk", filter=Q(status=CardStatus.ACTIVE, use_count=0)),
        )


class ClientCardList(ClientTab, CardList):
    tab = "client-cards"
    filterset_class = without(CardListFilter, "client")
