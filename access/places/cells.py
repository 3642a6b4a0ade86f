"""The cells of zones, devices and tags."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from django.utils.formats import number_format

from access.hours import show_hours
from access.models import Device, Tag, Zone
from access.shared.cells import chip
from clients.lists.cells import NOTHING
from fixaloop.speed.translation import gettext as _
from fixaloop.words.moments import moment_html


def zone_identity_cell(zone: Zone, at: datetime) -> str:
    """The name, as the link to the zone, over the one it is in."""
    below = f" <small>{escape(_('dans %(zone)s') % {'zone': zone.parent.name})}</small>" if zone.parent else ""
    return f'<a class="who" href="/access/zones/{zone.pk}/">{escape(zone.name)}</a>{below}'


def occupancy_cell(zone: Any, at: datetime) -> str:
    """How many are inside, of how many places."""
    inside = number_format(zone.inside)
    if zone.capacity is None:
        return inside
    full = zone.inside >= zone.capacity
    shown = _("%(inside)s sur %(capacity)s") % {"inside": inside, "capacity": number_format(zone.capacity)}
    return chip(shown, "stop" if full else "ok")


def hours_cell(zone: Zone, at: datetime) -> str:
    """When it is open."""
    return escape(show_hours(zone.hours) or _("toujours"))


def passback_cell(zone: Zone, at: datetime) -> str:
    """What a second entry without an exit does."""
    return escape(zone.get_anti_passback_display())


def device_identity_cell(device: Device, at: datetime) -> str:
    """The name, as the link to the device, over its direction."""
    below = escape(device.get_direction_display())
    return f'<a class="who" href="/access/devices/{device.pk}/">{escape(device.name)}</a> <small>{below}</small>'


def device_state_cell(device: Device, at: datetime) -> str:
    """In service and heard of, silent, or out of service."""
    if not device.enabled:
        return chip(_("Hors service"), "muted", "power-off")
    if device.is_silent(at):
        return chip(_("Silencieux"), "stop", "wifi-off")
    return chip(_("En service"), "ok", "check")


def seen_cell(device: Device, at: datetime) -> str:
    """When it last said something."""
    return moment_html(device.last_seen_at, at) if device.last_seen_at else NOTHING


def tag_identity_cell(tag: Tag, at: datetime) -> str:
    """The name, as the link to the tag."""
    return f'<a class="who" href="/access/tags/{tag.pk}/edit/">{escape(tag.name)}</a>'


def tagged_cell(tag: Tag, at: datetime) -> str:
    """The lists of what has it."""
    cards, vehicles = escape(_("cartes")), escape(_("véhicules"))
    return (
        f'<a href="/access/cards/?tag={tag.pk}">{cards}</a> · <a href="/access/vehicles/?tag={tag.pk}">{vehicles}</a>'
    )
