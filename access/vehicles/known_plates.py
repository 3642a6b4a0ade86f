"""What is known of a plate before its vehicle is registered: whose it is, what it was, that it looks odd."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.http import QueryDict

from access.gate.plates import parse_plate, plate_key
from access.models import Vehicle

DESCRIBED = ("make", "model", "year", "color")
SHORTEST = 4
LONGEST_KEY = 19


@dataclass(frozen=True)
class Known:
    """What may be said of a plate: a remark on its form, the vehicle that has it, the one that had it."""

    notes: list[str]
    active: Vehicle | None
    former: Vehicle | None


def known_about(typed: str, country: str, vehicle: int | None = None) -> Known | None:
    """What is known of a plate as typed; nothing before there is enough of it."""
    key = plate_key(typed)
    if len(key) < SHORTEST:
        return None
    try:
        notes = list(parse_plate(typed, country).notes)
    except ValidationError as error:
        notes = list(error.messages)
    vehicles = Vehicle.objects.filter(plate_key=key).exclude(pk=vehicle or 0).select_related("client")
    found = list(vehicles.order_by("-is_active", "-updated_at")[:2])
    active = next((vehicle for vehicle in found if vehicle.is_active), None)
    former = next((vehicle for vehicle in found if not vehicle.is_active), None)
    return Known(notes, active, former) if notes or found else None


def fill_in(data: QueryDict) -> QueryDict:
    """The form with what is known of its plate in the fields that were left empty."""
    filled = data.copy()
    asked = str(data["take"])
    former = Vehicle.objects.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < LONGEST_KEY else None
    for name in DESCRIBED if former else ():
        if not filled.get(name):
            filled[name] = str(getattr(former, name) or "")
    return filled
