"""The list of clients without contact, with what keeps some of them from being forgotten."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from clients.lists.clients import COMPANY, TOWN, identity_cell
from clients.lists.filters import SearchFilter
from clients.models import NAMED_BY, Client, ForgettingJob, named_by
from clients.search import matching
from clients.services.due import kept_for, quiet, ready, with_keeps
from fixaloop.files.columns import FileColumn
from fixaloop.lists.batches import Bar, Offer
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.page import Column, ListPage
from fixaloop.speed.texts import gettext
from fixaloop.web.icons import chip
from fixaloop.words.dates import moment_html

FORGET = "clients.forget_client"
ALL = "all"
READ = ("last_contact_at", "postal_code", "city", "country")


class DueFilter(ListFilter):
    q = SearchFilter(label=_("Recherche"), method="search_words")
    kind = django_filters.ChoiceFilter(label=_("Type"), choices=Client.Kind.choices, empty_label=_("Tous les types"))
    ready = django_filters.ChoiceFilter(
        label=_("Obstacles"),
        choices=(("true", _("Sans obstacle")),),
        empty_label=_("Avec ou sans obstacle"),
        method="without_obstacle",
    )

    primary = ("kind", "ready")
    search_label = _("Rechercher un client")
    search_placeholder = _("Nom, e-mail, téléphone, référence, SIRET, plaque, carte…")

    def search_words(self, clients: QuerySet[Client], name: str, query: str) -> QuerySet[Client]:
        return clients.filter(matching(query))

    def without_obstacle(self, clients: QuerySet[Client], name: str, asked: str) -> QuerySet[Client]:
        return ready(clients, self.at)


def _contact_cell(client: Any, at: datetime) -> str:
    return str(moment_html(client.last_contact_at, at))


def _obstacle_cell(client: Client, at: datetime) -> str:
    found = kept_for(client)
    return " ".join(chip(words, "warn") for words in found) or chip(gettext("Aucun obstacle"), "ok", "check")


class DueList(ListPage):
    model = Client
    has_all_rows = False
    filterset_class = DueFilter
    columns: ClassVar[Sequence[Column]] = (
        Column("name", _("Client"), identity_cell, css="cell-main"),
        Column("contact", _("Dernier contact"), _contact_cell, sort="contact", css="cell-rest num"),
        Column("obstacles", _("Ce qui s’y oppose"), _obstacle_cell, css="cell-status"),
        COMPANY,
        Column(TOWN.name, TOWN.label, TOWN.cell, css=TOWN.css),
    )
    orders: ClassVar = {"contact": ("last_contact_at", "id")}
    default_sort = "contact"
    title = _("Clients sans contact")
    nothing = _("Personne n’est à oublier.")
    template_name = "clients/due.html"
    noun = ngettext_lazy("%(count)s client", "%(count)s clients", "number")
    export_columns = (
        FileColumn("Identifiant", lambda client, at: client.reference, 14),
        FileColumn("Nom", lambda client, at: client.name, 28),
        FileColumn("Dernier contact", lambda client, at: client.last_contact_at, 18),
        FileColumn("Ce qui s’y oppose", lambda client, at: ", ".join(kept_for(client)), 40),
    )
    export_permission = "clients.export_client"
    batch = Bar(
        page="clients:forget",
        offers=(Offer(name="forget", label=_("Anonymiser"), icon="eye-off", right=FORGET, tone="stop"),),
    )

    def get_permission_required(self) -> Sequence[str]:
        return [*super().get_permission_required(), FORGET]

    def base_queryset(self) -> QuerySet[Client]:
        return quiet(self.at)

    def shown(self, queryset: QuerySet[Client]) -> QuerySet[Client]:
        rows = queryset.select_related("company").only(*NAMED_BY, *named_by("company"), *READ)
        return with_keeps(rows, self.at)

    def exported(self, queryset: QuerySet[Client]) -> QuerySet[Client]:
        return self.shown(queryset)

    def may_tick(self, row: Any) -> bool:
        return not kept_for(row)

    def extra_context(self) -> dict[str, Any]:
        return {"last": ForgettingJob.objects.filter(by=self.request.user.pk).first()}
