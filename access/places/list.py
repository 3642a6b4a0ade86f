"""Lists of zones, devices and tags: filters, cells, columns of files."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from access.gate import persons
from access.hours import Hours, say_hours, show_hours
from access.models import Device, Direction, Tag, Zone
from access.models.places import silence
from access.shared.filters import ZoneFilter
from access.shared.lists import zone_cell
from clients.lists.filters import SearchFilter
from fixaloop.files.columns import FileColumn
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.markup import NOTHING
from fixaloop.lists.page import Column, ListPage
from fixaloop.speed.texts import gettext
from fixaloop.web.icons import chip
from fixaloop.words.dates import moment_html

BY_NAME = {"name": ("name", "id")}
DEVICE_STATES = (
    ("enabled", _("En service")),
    ("disabled", _("Hors service")),
    ("silent", _("Silencieux")),
)


class NameFilter(ListFilter):
    q = SearchFilter(label=_("Recherche"), method="search_words")
    search_placeholder = _("Nom")

    def search_words(self, rows: QuerySet[Any], name: str, query: str) -> QuerySet[Any]:
        for word in query.split():
            rows = rows.filter(name__icontains=word)
        return rows


# Zones


class ZoneListFilter(NameFilter):
    within = ZoneFilter(_("Dans la zone"), field_name="pk")
    primary = ("within",)
    search_label = _("Rechercher une zone")


def zone_identity_cell(zone: Zone, at: datetime) -> str:
    below = f" <small>{escape(gettext('dans %(zone)s') % {'zone': zone.parent.name})}</small>" if zone.parent else ""
    return f'<a class="who" href="/access/zones/{zone.pk}/">{escape(zone.name)}</a>{below}'


def occupancy_cell(zone: Any, at: datetime) -> str:
    inside = number_format(zone.inside)
    if zone.capacity is None:
        return inside
    full = zone.inside >= zone.capacity
    shown = gettext("%(inside)s sur %(capacity)s") % {"inside": inside, "capacity": number_format(zone.capacity)}
    return chip(shown, "stop" if full else "ok")


def hours_cell(zone: Zone, at: datetime) -> str:
    return escape(said_hours(zone))


def said_hours(zone: Zone, say: Callable[[Hours], str] = say_hours) -> str:
    hours = say(zone.hours) or gettext("toujours")
    return gettext("%(hours)s, sauf jours fériés") % {"hours": hours} if zone.closed_on_holidays else hours


def passback_cell(zone: Zone, at: datetime) -> str:
    return escape(zone.get_anti_passback_display())


class ZoneList(ListPage):
    model = Zone
    filterset_class = ZoneListFilter
    columns = (
        Column("name", _("Zone"), zone_identity_cell, sort="name", css="cell-main"),
        Column("inside", _("Sur place"), occupancy_cell, css="cell-status num"),
        Column("hours", _("Ouverture"), hours_cell, css="cell-rest"),
        Column("open_to", _("Ouverte"), lambda zone, at: escape(zone.get_open_to_display()), css="cell-wide"),
        Column("passback", _("Seconde entrée sans sortie"), passback_cell, css="cell-wide"),
    )
    orders = BY_NAME
    default_sort = "name"
    title = _("Zones")
    noun = ngettext_lazy("%(count)s zone", "%(count)s zones", "number")
    template_name = "access/list.html"
    export_columns = (
        FileColumn("Zone", lambda zone, at: zone.name, 24),
        FileColumn("Dans la zone", lambda zone, at: zone.parent.name if zone.parent else "", 24),
        FileColumn("Capacité", lambda zone, at: zone.capacity, 10),
        FileColumn("Sur place", lambda zone, at: zone.inside, 10),
        FileColumn("Ouverture", lambda zone, at: said_hours(zone, show_hours), 32),
        FileColumn("Ouverte", lambda zone, at: zone.get_open_to_display(), 28),
        FileColumn("Seconde entrée sans sortie", lambda zone, at: zone.get_anti_passback_display(), 24),
        FileColumn("Lecture répétée (s)", lambda zone, at: zone.repeat_seconds, 12),
        FileColumn("Délai avant de repartir (s)", lambda zone, at: zone.turn_seconds, 16),
        FileColumn("Visite la plus longue (h)", lambda zone, at: zone.longest_stay, 16),
        FileColumn("Vide à", lambda zone, at: f"{zone.reset_at:%H:%M}" if zone.reset_at else "", 10),
    )
    # The lists of this file have no export permission of their own: it goes with the right to change.
    export_permission = "access.change_zone"
    new_page = "access:zone-new"
    new_label = _("Nouvelle zone")

    def shown(self, queryset: QuerySet[Zone]) -> QuerySet[Zone]:
        return queryset.select_related("parent").annotate(inside=persons.counted())


# Devices


class DeviceListFilter(NameFilter):
    zone = ZoneFilter()
    direction = django_filters.ChoiceFilter(label=_("Sens"), choices=Direction.choices, empty_label=_("Tous les sens"))
    state = django_filters.ChoiceFilter(
        label=_("État"), choices=DEVICE_STATES, empty_label=_("Tous les états"), method="in_state"
    )
    primary = ("zone", "direction", "state")
    search_label = _("Rechercher un appareil")

    def in_state(self, devices: QuerySet[Any], name: str, state: str) -> QuerySet[Any]:
        if state != "silent":
            return devices.filter(enabled=state == "enabled")
        since = self.at - silence()
        quiet = Q(last_seen_at__lt=since) | Q(last_seen_at__isnull=True, token_at__lt=since)
        return devices.filter(quiet, enabled=True).exclude(token_hash="")


def device_identity_cell(device: Device, at: datetime) -> str:
    below = escape(device.get_direction_display())
    return f'<a class="who" href="/access/devices/{device.pk}/">{escape(device.name)}</a> <small>{below}</small>'


def device_state_cell(device: Device, at: datetime) -> str:
    if not device.enabled:
        return chip(gettext("Hors service"), "muted", "power-off")
    if device.is_silent(at):
        return chip(gettext("Silencieux"), "stop", "wifi-off")
    return chip(gettext("En service"), "ok", "check")


def seen_cell(device: Device, at: datetime) -> str:
    return moment_html(device.last_seen_at, at) if device.last_seen_at else NOTHING


class DeviceList(ListPage):
    model = Device
    filterset_class = DeviceListFilter
    columns = (
        Column("name", _("Appareil"), device_identity_cell, sort="name", css="cell-main"),
        Column("state", _("État"), device_state_cell, css="cell-status"),
        Column("zone", _("Zone"), zone_cell, css="cell-rest"),
        Column("seen", _("Dernier appel"), seen_cell, css="cell-rest"),
    )
    orders = BY_NAME
    default_sort = "name"
    title = _("Appareils")
    noun = ngettext_lazy("%(count)s appareil", "%(count)s appareils", "number")
    template_name = "access/list.html"
    export_columns = (
        FileColumn("Appareil", lambda device, at: device.name, 24),
        FileColumn("Zone", lambda device, at: device.zone.name, 24),
        FileColumn("Sens", lambda device, at: device.get_direction_display(), 16),
        FileColumn("En service", lambda device, at: gettext("oui") if device.enabled else gettext("non"), 12),
        FileColumn("Vu le", lambda device, at: device.last_seen_at, 18),
        FileColumn("Lecture répétée (s)", lambda device, at: device.repeat_seconds, 12),
        FileColumn("Délai avant de repartir (s)", lambda device, at: device.turn_seconds, 16),
    )
    export_permission = "access.change_device"
    new_page = "access:device-new"
    new_label = _("Nouvel appareil")
    nothing = _("Un appareil lit les cartes ou les plaques dans une zone ; son jeton va dans le lecteur.")

    def needed_first(self) -> tuple[str, str] | None:
        missing = self.request.user.has_perm("access.add_zone") and not Zone.objects.exists()
        return (gettext("D’abord une zone"), reverse("access:zone-new")) if missing else None

    def shown(self, queryset: QuerySet[Device]) -> QuerySet[Device]:
        return queryset.select_related("zone")


# Tags


class TagListFilter(NameFilter):
    search_label = _("Rechercher un tag")


def tag_identity_cell(tag: Tag, at: datetime) -> str:
    return f'<a class="who" href="/access/tags/{tag.pk}/edit/">{escape(tag.name)}</a>'


def tag_name_cell(tag: Tag, at: datetime) -> str:
    return f'<span class="who">{escape(tag.name)}</span>'


def tagged_cell(tag: Tag, at: datetime) -> str:
    cards, vehicles = escape(gettext("cartes")), escape(gettext("véhicules"))
    return (
        f'<a href="/access/cards/?tag={tag.pk}">{cards}</a> · <a href="/access/vehicles/?tag={tag.pk}">{vehicles}</a>'
    )


class TagList(ListPage):
    model = Tag
    filterset_class = TagListFilter
    columns: ClassVar[Sequence[Column]] = (
        Column("name", _("Tag"), tag_identity_cell, sort="name", css="cell-main"),
        Column("used", _("Utilisé par"), tagged_cell, css="cell-rest"),
    )
    orders = BY_NAME
    default_sort = "name"
    title = _("Tags")
    noun = ngettext_lazy("%(count)s tag", "%(count)s tags", "number")
    template_name = "access/list.html"
    export_columns = (FileColumn("Tag", lambda tag, at: tag.name, 24),)
    export_permission = "access.change_tag"
    new_page = "access:tag-new"
    new_label = _("Nouveau tag")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        # A tag has no page but its form.
        if not request.user.has_perm("access.change_tag"):
            self.columns = [replace(self.columns[0], cell=tag_name_cell), *self.columns[1:]]  # type: ignore[misc]
