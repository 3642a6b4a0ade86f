"""The list of clients, and the members of a company as a tab of its page.

Cells are plain strings with `escape` around every value: `format_html` alone would take longer than the rest of a page.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from html import escape
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _, ngettext_lazy, npgettext

from clients.extensions import extensions
from clients.lists.file_columns import COLUMNS
from clients.lists.filters import ClientListFilter
from clients.models import NAMED_BY, Client, named_by
from clients.pages.page import client_context, known_as
from clients.search import matching
from clients.spelling import near_queries
from clients.status import Status, active, explain
from clients.values.phones import show_phone
from fixaloop.lists.counting import COUNT_CAP, Culprit, capped_count, say_count
from fixaloop.lists.figures import Figure, Part, remembered, shares
from fixaloop.lists.markup import NOTHING
from fixaloop.lists.page import Column, ListPage
from fixaloop.lists.saved import Saved
from fixaloop.speed.texts import gettext, language
from fixaloop.web.icons import icon


def identity_cell(client: Client, at: datetime) -> str:
    reference = client.reference
    return (
        f'{_kind(client.kind, language())}<a class="who" href="/clients/{reference}/">{escape(client.name)}</a>'
        f' <small class="num">{reference}</small>'
    )


def status_cell(client: Client, at: datetime) -> str:
    status = explain(client, at)
    return f"{_status_chip(status.is_active, language())} <small>{escape(status.reason)}</small>"


def company_cell(client: Client, at: datetime) -> str:
    if client.company is None:
        return NOTHING
    return f'<a href="/clients/{client.company.reference}/">{escape(client.company.name)}</a>'


def contact_cell(client: Client, at: datetime) -> str:
    phone, email = client.phone, escape(client.email)
    if not phone and not email:
        return NOTHING
    write = f'<a href="mailto:{email}">{email}</a>' if email else NOTHING
    return f"{_call(phone, client.country_code) if phone else NOTHING} <small>{write}</small>"


def town_cell(client: Client, at: datetime) -> str:
    if not client.city and not client.postal_code:
        return NOTHING
    abroad = "" if client.country_code == "FR" else f" {client.country.name}"
    return f'{escape(client.city) or "—"} <small class="num">{escape(client.postal_code + abroad)}</small>'


def _call(phone: str, country: str) -> str:
    return f'<a href="tel:{escape(phone)}">{escape(show_phone(phone, country))}</a>'


@lru_cache(maxsize=16)
def _status_chip(active: bool, language: str | None) -> str:
    status = Status(active, "")
    return f'<span class="chip" data-tone="{status.tone}">{icon(status.icon, 14)}{escape(status.label)}</span>'


@lru_cache(maxsize=32)
def _kind(kind: str, language: str | None) -> str:
    label = escape(str(Client.Kind(kind).label))
    drawn = icon("building-2" if kind == Client.Kind.COMPANY else "user-round", 16)
    return f'<span class="kind-mark" title="{label}">{drawn}<span class="sr-only">{label} : </span></span>'


ORDERS = {
    "status": ("-active_until", "sort_name", "id"),
    "name": ("sort_name", "id"),
    "reference": ("number",),
    "city": ("city_key", "sort_name", "id"),
    "created": ("created_at", "id"),
    "open": ("-open_interventions", "sort_name", "id"),
    "last_visit": ("-last_visit_at", "sort_name", "id"),
}

IDENTITY = Column("name", _("Client"), identity_cell, sort="name", css="cell-main")
STATUS = Column("status", _("Statut"), status_cell, sort="status", css="cell-status")
COMPANY = Column("company", _("Entreprise"), company_cell, css="cell-wide")
CONTACT = Column("contact", _("Contact"), contact_cell, css="cell-rest num")
TOWN = Column("city", _("Ville"), town_cell, sort="city", css="cell-rest cell-roomy")
ADDED = tuple(column for extension in extensions() for column in extension.columns)
FILTERS = tuple(extension.filters for extension in extensions() if extension.filters)

# What cells read of a client: half of a row's columns would be fetched for nothing.
READ = (
    *NAMED_BY,
    *named_by("company"),
    *("email", "phone", "postal_code", "city", "country"),
    *("status_mode", "status_until", "status_reason", "status_at", "active_until", "resumes_at", "resumes_until"),
    *("deciding_number", "deciding_state", "deciding_end"),
    *("open_interventions", "last_visit_at", "inside_since", "last_card_day", "card_suspended"),
)
# What the columns of a file read besides.
EXPORTED = (
    *READ,
    *(
        "siret",
        "other_contacts",
        "street",
        "street_extra",
        "language",
        "channel",
        "no_messages",
        "payer",
        "payer_since",
        "subscribed_from",
        "subscribed_until",
        "description",
        "external_reference",
        "created_at",
        "reviewed_at",
    ),
)


class ClientList(ListPage):
    model = Client
    filterset_class = type("ClientFilters", (*FILTERS, ClientListFilter), {})
    columns: ClassVar[Sequence[Column]] = (IDENTITY, STATUS, COMPANY, CONTACT, TOWN, *ADDED)
    needs = {name: permission for extension in extensions() for name, permission in extension.needs.items()}
    orders = ORDERS
    default_sort = "status"
    addressed_by = "number"
    views: ClassVar[Sequence[Saved]] = (
        Saved(_("Tous")),
        Saved(_("Actifs"), "status=active"),
        Saved(_("Sur place"), "inside=true"),
        Saved(_("Jamais venus"), "never_visited=true"),
    )
    title = _("Clients")
    noun = ngettext_lazy("%(count)s client", "%(count)s clients", "number")
    export_columns = COLUMNS
    export_permission = "clients.export_client"
    read: ClassVar[Sequence[str]] = READ

    def shown(self, queryset: QuerySet[Client]) -> QuerySet[Client]:
        return queryset.select_related("company").only(*self.read)

    def exported(self, queryset: QuerySet[Client]) -> QuerySet[Client]:
        clients = queryset.select_related("company").only(*EXPORTED)
        for extension in extensions():
            clients = extension.completed(clients, self.at)
        return clients

    def complete(self, rows: Sequence[Client]) -> None:
        for extension in extensions():
            extension.complete(rows, self.at)

    def told_beside(self, row: Client) -> Sequence[tuple[Any, str]]:
        address = "\n".join(filter(None, (row.street, row.street_extra, f"{row.postal_code} {row.city}".strip())))
        return ((_("Adresse"), address), (_("Description"), row.description))

    new_page = "clients:new"
    new_label = _("Nouveau client")

    def proposals(self) -> Sequence[tuple[str, str]]:
        query = self.request.GET.get("q", "")
        return [(words, self.query.url(q=words)) for words in near_queries(query, self.base_queryset())]

    def removal_label(self, name: str) -> str:
        if name == "status" and self.request.GET["status"] == "active":
            return gettext("Chercher aussi parmi les inactifs")
        return gettext("Chercher dans toutes les entreprises") if name == "company" else super().removal_label(name)

    @property
    def caption(self) -> str:
        """The number of clients; exact without filters, and the order when it is the default one."""
        counted = super().caption
        if not self.filterset.active:
            total = self.counts["total"]
            counted = self.noun_count(number_format(total), total)
        if self.sort == "status":
            counted = gettext("%(count)s · les actifs d’abord") % {"count": counted}
        return format_html('{} · <a href="{}">{}</a>', counted, *self.mending) if self.mending else counted

    @property
    def mending(self) -> Sequence[str]:
        """The address and words of the link to mend what the filter of quality finds."""
        is_here = self.list_path == reverse("clients:list") and "quality" in self.filterset.active
        if self.errors or not is_here or not self.request.user.has_perm("clients.change_client"):
            return ()
        return self.query.url(path=reverse("clients:quality")), gettext("Corriger l’écriture…")

    @property
    def is_long(self) -> bool:
        return super().is_long if self.filterset.active else self.counts["total"] > COUNT_CAP

    @cached_property
    def unfiltered_count(self) -> int:
        return min(self.counts["total"], COUNT_CAP + 1)

    def figures(self) -> Sequence[Figure]:
        counts = self.counts
        own = _figures(counts["total"], counts["active"], counts["companies"], language())
        return (*own, *self.added_figures())

    def added_figures(self) -> Iterator[Figure]:
        for extension in extensions():
            yield from extension.figures(self.counts, self.request.user)

    @cached_property
    def counts(self) -> dict[str, int]:
        return remembered("clients.figures", self._count)

    def _count(self, *, of_members: bool = False) -> dict[str, Any]:
        added = (extension.counts(self.at, of_members=of_members) for extension in extensions())
        return self.base_queryset().aggregate(
            total=Count("pk"),
            active=Count("pk", filter=active(self.at)),
            companies=Count("pk", filter=Q(kind=Client.Kind.COMPANY)),
            **{name: aggregate for counts in added for name, aggregate in counts.items()},
        )


@lru_cache(maxsize=8)
def _figures(total: int, active: int, companies: int, language: str | None) -> tuple[Figure, ...]:
    people = total - companies
    kinds = (
        (npgettext("chiffre", "particulier", "particuliers", people), people, "brand", "?kind=individual"),
        (npgettext("chiffre", "entreprise", "entreprises", companies), companies, "calm", "?kind=company"),
    )
    return (
        Figure(gettext("Total de clients"), number_format(total)),
        Figure(gettext("Statut"), parts=_by_status(total, active)),
        Figure(gettext("Type"), parts=shares(kinds)),
    )


def _by_status(total: int, active: int) -> tuple[Part, ...]:
    idle = total - active
    return shares(
        (
            (npgettext("chiffre", "actif", "actifs", active), active, "ok", "?status=active"),
            (npgettext("chiffre", "inactif", "inactifs", idle), idle, "muted", "?status=inactive"),
        )
    )


class MemberList(ClientList):
    template_name = "clients/list_tab.html"
    title = _("Membres")
    columns = (IDENTITY, STATUS, CONTACT, TOWN, *ADDED)
    new_label = _("Nouveau membre")

    @cached_property
    def client(self) -> Client:
        return known_as(self.kwargs["number"])

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if self.client.number != kwargs["number"] and request.resolver_match:
            return redirect(request.resolver_match.view_name, self.client.reference)
        if not self.client.is_company:
            return redirect(self.client)
        return super().get(request, **kwargs)

    def base_queryset(self) -> QuerySet[Client]:
        return self.client.members.all()

    def wider(self) -> Sequence[Culprit]:
        query = self.request.GET.get("q", "")
        count = capped_count(Client.objects.filter(matching(query))) if query else 0
        url = f"{reverse('clients:list')}?{urlencode({'q': query})}"
        label, action = gettext("Tous les clients"), gettext("Chercher dans toutes les entreprises")
        text = self.noun_count(say_count(count), count)
        return [Culprit(label, url, text, action, leaves=True)] if count else []

    def is_indexed(self, sort: str) -> bool:
        return super().is_indexed(sort) or (sort == "status" and not self.filterset.is_searched)

    def scope(self) -> Sequence[tuple[str, str]]:
        return [(str(_("Entreprise")), str(self.client))]

    @property
    def new_url(self) -> str | None:
        url = super().new_url
        return f"{url}?kind=individual&company={self.client.reference}" if url else None

    @cached_property
    def counts(self) -> dict[str, int]:
        return self._count(of_members=True)

    def figures(self) -> Sequence[Figure]:
        total, active = self.counts["total"], self.counts["active"]
        return (
            Figure(str(_("Membres")), number_format(total)),
            Figure(gettext("Statut"), parts=_by_status(total, active)),
            *self.added_figures(),
            *self._totals(has_members=total > 0),
        )

    def _totals(self, *, has_members: bool) -> Iterator[Figure]:
        for extension in extensions():
            yield from extension.member_figures(self.client, self.request.user, has_members=has_members)

    def extra_context(self) -> dict[str, Any]:
        return client_context(self.request, self.client, "clients:members")
