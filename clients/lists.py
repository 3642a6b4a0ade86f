"""Lists of clients: all of them, and the members of a company."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients import cells
from clients.columns import EXPORT_COLUMNS
from clients.filters import ClientListFilter
from clients.models import Client
from fixaloop.figures import Figure, remembered, shares
from fixaloop.lists import Column, ListPage
from interventions import activity

ORDERS = {
    "status": ("-active_until", "sort_name", "id"),
    "name": ("sort_name", "id"),
    "reference": ("number",),
    "city": ("city_key", "sort_name", "id"),
    "created": ("created_at", "id"),
}

IDENTITY = Column("name", _("Client"), cells.identity_cell, sort="name", css="cell-main")
STATUS = Column("status", _("Statut"), cells.status_cell, sort="status", css="cell-status")
COMPANY = Column("company", _("Entreprise"), cells.company_cell, css="cell-wide")
CONTACT = Column("contact", _("Contact"), cells.contact_cell, css="cell-rest num")
TOWN = Column("city", _("Ville"), cells.town_cell, sort="city", css="cell-rest")
CREATED = Column("created", _("Créé le"), cells.created_cell, sort="created", css="cell-wide num")


def count_clients(count_text: str, count: int) -> str:
    """“5 clients”."""
    return ngettext("%(count)s client", "%(count)s clients", count) % {"count": count_text}


class ClientList(ListPage):
    """All clients, the active first."""

    model = Client
    filterset_class = ClientListFilter
    columns = (IDENTITY, STATUS, COMPANY, CONTACT, TOWN, CREATED)
    orders = ORDERS
    default_sort = "status"
    title = _("Clients")
    template_name = "clients/list.html"
    noun_count = staticmethod(count_clients)
    export_columns = EXPORT_COLUMNS
    export_permission = "clients.export_client"

    def shown(self, queryset: QuerySet[Client]) -> QuerySet[Client]:
        return queryset.select_related("company", "status_by").defer("description", "search_text")

    @property
    def new_url(self) -> str | None:  # type: ignore[override]
        return reverse("clients:new") if self.request.user.has_perm("clients.add_client") else None

    new_label = _("Nouveau client")

    def figures(self) -> Sequence[Figure]:
        """The total and the shares by status and kind."""
        counts = remembered("clients.figures", self._counts)
        total, active, companies = (
            counts["total"],
            counts["active"],
            counts["companies"],
        )
        return (
            Figure(str(_("Total de clients")), number_format(total)),
            Figure(
                str(_("Statut")),
                parts=shares(
                    [
                        (_("actifs"), active, "ok"),
                        (_("inactifs"), total - active, "muted"),
                    ]
                ),
            ),
            Figure(
                str(_("Type")),
                parts=shares(
                    [
                        (_("particuliers"), total - companies, "brand"),
                        (_("entreprises"), companies, "warn"),
                    ]
                ),
            ),
        )

    def _counts(self) -> dict[str, Any]:
        return self.base_queryset().aggregate(
            total=Count("pk"),
            active=Count("pk", filter=activity.active(self.at)),
            companies=Count("pk", filter=Q(kind=Client.Kind.COMPANY)),
        )
