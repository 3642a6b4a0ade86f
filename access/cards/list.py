"""Lists of access cards: all of them, and those of one client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from access.cards import cells
from access.cards.columns import COLUMNS
from access.cards.filters import CardListFilter, ClientCardFilter
from access.models import AccessCard, CardStatus
from access.shared.cells import holder_cell
from access.shared.deferred_columns import besides
from access.shared.tabs import ClientTab
from clients.models import Client
from fixaloop.files.columns import exported
from fixaloop.lists.figures import Figure, remembered, shares
from fixaloop.lists.page import Column, ListPage

ORDERS = {
    "username": ("username_key",),
    "created": ("created_at", "id"),
    "valid_until": ("last_day", "id"),
    "last_used": ("last_used_at", "id"),
}

IDENTITY = Column("username", gettext_lazy("Carte"), cells.identity_cell, sort="username", css="cell-main")
STATE = Column("state", gettext_lazy("Statut"), cells.state_cell, css="cell-status")
CLIENT = Column("client", gettext_lazy("Client"), holder_cell, css="cell-rest")
VALIDITY = Column(
    "valid_until", gettext_lazy("Valable jusqu’au"), cells.validity_cell, sort="valid_until", css="cell-rest"
)
ZONES = Column("zones", gettext_lazy("Zones"), cells.zones_cell, css="cell-wide")
USE = Column("last_used", gettext_lazy("Dernier passage"), cells.use_cell, sort="last_used", css="cell-rest cell-last")


def count_cards(count_text: str, count: int) -> str:
    """“5 cartes”."""
    return ngettext("%(count)s carte", "%(count)s cartes", count) % {"count": count_text}


class CardList(ListPage):
    """All cards, those issued last first."""

    model = AccessCard
    filterset_class = CardListFilter
    columns: ClassVar[Sequence[Column]] = (IDENTITY, STATE, CLIENT, VALIDITY, ZONES, USE)
    needs = {"client": "clients.view_client"}
    orders = ORDERS
    default_sort = "-created"
    title = gettext_lazy("Cartes d’accès")
    template_name = "access/list.html"
    noun_count = staticmethod(count_cards)
    export_columns = exported(COLUMNS)
    export_permission = "access.export_accesscard"
    new_page = "access:card-new"
    new_label = gettext_lazy("Nouvelle carte")

    def shown(self, queryset: QuerySet[AccessCard]) -> QuerySet[AccessCard]:
        unshown = ("search_text", *besides(client=Client))
        things = ("zones", "tags") if self.exporting else ("zones",)
        return queryset.select_related("client").prefetch_related(*things).defer(*unshown)

    def figures(self) -> Sequence[Figure]:
        """The valid ones among all, those that expire soon, those never used."""
        counts = remembered("access.card_figures", self._counts)
        return (
            Figure(
                _("Cartes"),
                parts=shares(
                    [
                        (_("valables"), counts["usable"], "ok"),
                        (_("expirées"), counts["expired"], "warn"),
                        (_("autres"), counts["total"] - counts["usable"] - counts["expired"], "muted"),
                    ]
                ),
            ),
            Figure(_("Expirent d’ici 30 jours"), number_format(counts["expiring"])),
            Figure(_("Jamais utilisées"), number_format(counts["unused"])),
        )

    def _counts(self) -> dict[str, int]:
        today = timezone.localdate(self.at)
        live, soon = Q(status=CardStatus.ACTIVE), today + timedelta(days=cells.SOON)
        return AccessCard.objects.order_by().aggregate(
            total=Count("pk"),
            usable=Count("pk", filter=live & Q(valid_from__lte=today, last_day__gte=today)),
            expired=Count("pk", filter=live & Q(last_day__lt=today)),
            expiring=Count("pk", filter=live & Q(last_day__gte=today, last_day__lte=soon)),
            unused=Count("pk", filter=live & Q(use_count=0)),
        )


class ClientCardList(ClientTab, CardList):
    """The cards of one client."""

    tab = "client-cards"
    filterset_class = ClientCardFilter
    columns = (IDENTITY, STATE, VALIDITY, ZONES, USE)

    def figures(self) -> Sequence[Figure]:
        return ()
