"""Lists of zones, devices and tags."""

from __future__ import annotations

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy, ngettext

from access.models import Device, Entry, Tag, Zone
from access.places import cells
from access.places.columns import DEVICE_COLUMNS, TAG_COLUMNS, ZONE_COLUMNS
from access.places.filters import DeviceFilter, TagFilter, ZoneFilter
from access.shared.cells import zone_cell
from fixaloop.lists.page import Column, ListPage

BY_NAME = {"name": ("name", "id")}


def count_zones(count_text: str, count: int) -> str:
    """“5 zones”."""
    return ngettext("%(count)s zone", "%(count)s zones", count) % {"count": count_text}


def count_devices(count_text: str, count: int) -> str:
    """“5 appareils”."""
    return ngettext("%(count)s appareil", "%(count)s appareils", count) % {"count": count_text}


def count_tags(count_text: str, count: int) -> str:
    """“5 tags”."""
    return ngettext("%(count)s tag", "%(count)s tags", count) % {"count": count_text}


class ZoneList(ListPage):
    """All zones, by name, with how many are inside."""

    model = Zone
    filterset_class = ZoneFilter
    columns = (
        Column("name", gettext_lazy("Zone"), cells.zone_identity_cell, sort="name", css="cell-main"),
        Column("inside", gettext_lazy("Sur place"), cells.occupancy_cell, css="cell-status num"),
        Column("hours", gettext_lazy("Ouverture"), cells.hours_cell, css="cell-rest"),
        Column("passback", gettext_lazy("Seconde entrée sans sortie"), cells.passback_cell, css="cell-wide"),
    )
    orders = BY_NAME
    default_sort = "name"
    title = gettext_lazy("Zones")
    template_name = "access/list.html"
    noun_count = staticmethod(count_zones)
    export_columns = ZONE_COLUMNS
    # Who arranges the places may take their list along: there is no right of its own for it.
    export_permission = "access.change_zone"
    new_page = "access:zone-new"
    new_label = gettext_lazy("Nouvelle zone")

    def shown(self, queryset: QuerySet[Zone]) -> QuerySet[Zone]:
        inside = Entry.objects.open().filter(zone=OuterRef("pk")).order_by().values("zone")
        counted = Coalesce(Subquery(inside.annotate(count=Count("pk")).values("count")), 0)
        return queryset.select_related("parent").annotate(inside=counted)


class DeviceList(ListPage):
    """All devices, by name."""

    model = Device
    filterset_class = DeviceFilter
    columns = (
        Column("name", gettext_lazy("Appareil"), cells.device_identity_cell, sort="name", css="cell-main"),
        Column("state", gettext_lazy("État"), cells.device_state_cell, css="cell-status"),
        Column("zone", gettext_lazy("Zone"), zone_cell, css="cell-rest"),
        Column("seen", gettext_lazy("Vu"), cells.seen_cell, css="cell-rest"),
    )
    orders = BY_NAME
    default_sort = "name"
    title = gettext_lazy("Appareils")
    template_name = "access/list.html"
    noun_count = staticmethod(count_devices)
    export_columns = DEVICE_COLUMNS
    export_permission = "access.change_device"
    new_page = "access:device-new"
    new_label = gettext_lazy("Nouvel appareil")

    def shown(self, queryset: QuerySet[Device]) -> QuerySet[Device]:
        return queryset.select_related("zone")


class TagList(ListPage):
    """All tags, by name."""

    model = Tag
    filterset_class = TagFilter
    columns = (
        Column("name", gettext_lazy("Tag"), cells.tag_identity_cell, sort="name", css="cell-main"),
        Column("used", gettext_lazy("Porté par"), cells.tagged_cell, css="cell-rest"),
    )
    orders = BY_NAME
    default_sort = "name"
    title = gettext_lazy("Tags")
    template_name = "access/list.html"
    noun_count = staticmethod(count_tags)
    export_columns = TAG_COLUMNS
    export_permission = "access.change_tag"
    new_page = "access:tag-new"
    new_label = gettext_lazy("Nouveau tag")
