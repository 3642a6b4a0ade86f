"""Lists of interventions: all of them, and those of one client."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from access.shared.tabs import ClientTab
from fixaloop.lists.figures import Figure, remembered, shares
from fixaloop.lists.page import Column, ListPage
from interventions.models import Intervention
from interventions.pages import cells
from interventions.pages.file_columns import COLUMNS, WITHOUT_MONEY
from interventions.pages.filters import InterventionListFilter
from interventions.pages.tabs import view_tabs
from interventions.states import OPEN, State

ORDERS = {
    "reference": ("number",),
    "planned": ("planned_key", "id"),
    "created": ("created_at", "id"),
    "balance": ("balance", "id"),
}

IDENTITY = Column("reference", _("Intervention"), cells.identity_cell, sort="reference", css="cell-main")
STATE = Column("state", _("État"), cells.state_cell, css="cell-status")
CLIENT = Column("client", _("Client"), cells.client_cell, css="cell-rest")
SLOT = Column("planned", _("Prévue"), cells.slot_cell, sort="planned", css="cell-rest")
TECHNICIAN = Column("technician", _("Technicien"), cells.technician_cell, css="cell-rest")
MONEY = Column("balance", _("Montant"), cells.money_cell, sort="balance", css="cell-wide num")
# What the cells need: reading whole rows would cost more than showing them.
SHOWN = (
    "number", "title", "equipment_brand", "equipment_model", "state", "state_reason", "planned_start", "planned_end",
    "parts_amount", "labor_amount", "balance",
    "client__number", "client__kind", "client__company_name", "client__first_name", "client__last_name",
    "technician__username", "technician__first_name", "technician__last_name", "vehicle__plate", "vehicle__country",
)  # fmt: skip
# Shown as rings, each state with its own tone.
RING = (
    (State.TO_PLAN, _("à planifier"), "warn"),
    (State.PLANNED, _("planifiées"), "brand"),
    (State.IN_PROGRESS, _("en cours"), "ok"),
    (State.ON_HOLD, _("en attente"), "muted"),
)


def count_interventions(count_text: str, count: int) -> str:
    """“5 interventions”."""
    return ngettext("%(count)s intervention", "%(count)s interventions", count) % {"count": count_text}


def state_figures(counts: dict[str, int]) -> Sequence[Figure]:
    """The cards of a list from how many interventions are in each state."""
    return _state_figures(tuple(counts.items()), get_language())


@lru_cache(maxsize=32)
def _state_figures(counted: tuple[tuple[str, int], ...], language: str | None) -> Sequence[Figure]:
    counts = dict(counted)
    opened = sum(counts.get(state, 0) for state in OPEN)
    ended = counts.get(State.DONE, 0) + counts.get(State.CLOSED, 0)
    cancelled = counts.get(State.CANCELLED, 0)
    return (
        Figure(str(_("Total")), number_format(opened + ended + cancelled)),
        Figure(
            str(_("Avancement")),
            parts=shares(
                [
                    (str(_("ouvertes")), opened, "brand"),
                    (str(_("terminées")), ended, "ok"),
                    (str(_("annulées")), cancelled, "muted"),
                ]
            ),
        ),
        Figure(
            str(_("Ouvertes")),
            parts=shares([(str(label), counts.get(state, 0), tone) for state, label, tone in RING]),
        ),
    )


def count_states(interventions: QuerySet[Intervention]) -> dict[str, int]:
    """How many there are in each state."""
    return dict(interventions.order_by().values_list("state").annotate(count=Count("pk")))


class InterventionList(ListPage):
    """All interventions, the latest first; those of a period in the order they are planned."""

    model = Intervention
    filterset_class = InterventionListFilter
    columns: ClassVar[Sequence[Column]] = (IDENTITY, STATE, CLIENT, SLOT, TECHNICIAN, MONEY)
    orders = ORDERS
    default_sort = "-reference"
    title = _("Interventions")
    template_name = "interventions/list.html"
    noun_count = staticmethod(count_interventions)
    export_columns = COLUMNS
    export_permission = "interventions.export_intervention"
    new_page = "interventions:new"
    new_label = _("Nouvelle intervention")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if not request.user.has_perm("interventions.view_interventionpayment"):
            self.columns = [column for column in self.columns if column is not MONEY]  # type: ignore[misc]
            self.orders = {name: order for name, order in self.orders.items() if name != "balance"}  # type: ignore[misc]
            self.export_columns = WITHOUT_MONEY  # type: ignore[misc]
        if any(request.GET.get(name) for name in ("planned_after", "planned_before")):
            self.default_sort = "planned"  # type: ignore[misc]

    def shown(self, queryset: QuerySet[Intervention]) -> QuerySet[Intervention]:
        return queryset.select_related("client", "technician", "vehicle").only(*SHOWN)

    def exported(self, queryset: QuerySet[Intervention]) -> QuerySet[Intervention]:
        rows = queryset.select_related("client", "technician", "vehicle")
        return rows.defer("search_text", "client__search_text", "vehicle__search_text")

    def figures(self) -> Sequence[Figure]:
        return state_figures(remembered("interventions.figures", lambda: count_states(self.base_queryset())))

    def extra_context(self) -> dict[str, Any]:
        return {"tabs": view_tabs(self.request)}


class ClientInterventionList(ClientTab, InterventionList):
    """The interventions of one client: a tab of its page."""

    tab = "client-interventions"
    template_name = "interventions/client_list.html"
    columns = (IDENTITY, STATE, SLOT, TECHNICIAN, MONEY)

    def figures(self) -> Sequence[Figure]:
        return state_figures(count_states(self.base_queryset()))
