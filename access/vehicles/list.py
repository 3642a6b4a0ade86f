"""Lists of vehicles: all of them, and those of one client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.db.models import Count, Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from access.models import Vehicle
from access.shared.cells import holder_cell, tags_cell
from access.shared.deferred_columns import besides
from access.shared.tabs import ClientTab
from access.vehicles import cells
from access.vehicles.columns import COLUMNS
from access.vehicles.filters import ClientVehicleFilter, VehicleListFilter
from clients.models import Client
from fixaloop.lists.figures import Figure, remembered
from fixaloop.lists.page import Column, ListPage

ORDERS = {
    "plate": ("plate_key", "id"),
    "make": ("make_key", "model_key", "id"),
    "created": ("created_at", "id"),
}

IDENTITY = Column("plate", gettext_lazy("Immatriculation"), cells.identity_cell, sort="plate", css="cell-main")
STATE = Column("state", gettext_lazy("Circulation"), cells.state_cell, css="cell-status")
CLIENT = Column("client", gettext_lazy("Client"), holder_cell, css="cell-rest")
MAKE = Column("make", gettext_lazy("Marque et modèle"), cells.make_cell, sort="make", css="cell-wide")
COLOR = Column("color", gettext_lazy("Couleur"), cells.color_cell, css="cell-wide")
YEAR = Column("year", gettext_lazy("Année"), cells.year_cell, css="cell-rest")
TAGS = Column("tags", gettext_lazy("Tags"), tags_cell, css="cell-rest cell-last")


def count_vehicles(count_text: str, count: int) -> str:
    """“5 véhicules”."""
    return ngettext("%(count)s véhicule", "%(count)s véhicules", count) % {"count": count_text}


class VehicleList(ListPage):
    """All vehicles, by plate."""

    model = Vehicle
    filterset_class = VehicleListFilter
    columns: ClassVar[Sequence[Column]] = (IDENTITY, STATE, CLIENT, MAKE, COLOR, YEAR, TAGS)
    needs = {"client": "clients.view_client"}
    orders = ORDERS
    default_sort = "plate"
    title = gettext_lazy("Véhicules")
    template_name = "access/list.html"
    noun_count = staticmethod(count_vehicles)
    export_columns = COLUMNS
    export_permission = "access.export_vehicle"
    new_page = "access:vehicle-new"
    new_label = gettext_lazy("Nouveau véhicule")

    def shown(self, queryset: QuerySet[Vehicle]) -> QuerySet[Vehicle]:
        unshown = ("search_text", *besides(client=Client))
        return queryset.select_related("client").prefetch_related("tags").defer(*unshown)

    def figures(self) -> Sequence[Figure]:
        """How many are on the road, how many were taken off it."""
        counts = remembered("access.vehicle_figures", self._counts)
        retired = count_vehicles(number_format(counts["retired"]), counts["retired"])
        note = _("%(vehicles)s hors circulation") % {"vehicles": retired} if counts["retired"] else ""
        return (Figure(_("En circulation"), number_format(counts["active"]), note),)

    def _counts(self) -> dict[str, int]:
        active = Q(is_active=True)
        counts = {"active": Count("pk", filter=active), "retired": Count("pk", filter=~active)}
        return Vehicle.objects.order_by().aggregate(**counts)


class ClientVehicleList(ClientTab, VehicleList):
    """The vehicles of one client."""

    tab = "client-vehicles"
    filterset_class = ClientVehicleFilter
    columns = (IDENTITY, STATE, MAKE, COLOR, YEAR, TAGS)

    def figures(self) -> Sequence[Figure]:
        return ()
