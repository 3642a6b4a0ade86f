"""Where a counter stands: the door at which it records passages."""

import re
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from access.gate import persons
from access.gate.decision import OUT, Door
from access.models import Device, Direction, Zone

REMEMBERED = "gate_place"
_DEVICE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Place:
    """A device that serves the counter, or a zone where no device does. Forms send `key`."""

    key: str
    label: str
    zone: Zone
    device: Device | None = None

    def door(self, direction: str) -> Door:
        serves = self.device is not None and self.device.direction in (direction, Direction.BOTH)
        return Door(self.zone, direction, self.device if serves else None, ends_any=direction == OUT)

    @property
    def room(self) -> str:
        return room(persons.inside(self.zone), self.zone.capacity)


def room(inside: int, capacity: int | None) -> str:
    """« 12 présents, 28 places libres », or « 40 présents, complet »."""
    # French says « 0 présent ».
    present = ngettext("%(count)s présent", "%(count)s présents", max(inside, 1))
    said = present % {"count": number_format(inside, force_grouping=True)}
    return said if capacity is None else f"{said}, {places_left(inside, capacity)}"


def places_left(inside: int, capacity: int) -> str:
    left = max(capacity - inside, 0)
    if not left:
        return _("complet")
    free = ngettext("%(count)s place libre", "%(count)s places libres", left)
    return free % {"count": number_format(left, force_grouping=True)}


class UnknownPlace(Exception):
    """The form names a counter that does not exist."""


def places() -> list[Place]:
    counters = Device.objects.select_related("zone").filter(at_counter=True)
    return [_at_device(device) for device in counters] or [_in_zone(zone) for zone in Zone.objects.all()]


def _at_device(device: Device) -> Place:
    return Place(str(device.pk), f"{device.name} · {device.zone.name}", device.zone, device)


def _in_zone(zone: Zone) -> Place:
    return Place(f"zone-{zone.pk}", zone.name, zone)


def place_of(request: HttpRequest, known: list[Place]) -> Place | None:
    """The place the form names, else the one used last, else the first; None without any zone.

    Raises `UnknownPlace`.
    """
    asked = request.POST.get("device", "")
    place = _named(asked, known) if asked else _named(request.session.get(REMEMBERED, ""), known)
    if asked and place is None:
        raise UnknownPlace
    if place is not None and asked and request.session.get(REMEMBERED) != place.key:
        request.session[REMEMBERED] = place.key
    return place or next(iter(known), None)


def _named(key: str, known: list[Place]) -> Place | None:
    listed = next((place for place in known if place.key == key), None)
    if listed is not None or not _DEVICE.fullmatch(key):
        return listed
    device = Device.objects.select_related("zone").filter(pk=int(key)).first()
    return _at_device(device) if device is not None else None
