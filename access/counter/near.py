"""Candidates for a plate that nobody owns: cars with a near plate, cars inside, plates that readers just refused."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

from access.gate.credentials import Subject
from access.gate.guesses import vehicles_near
from access.gate.misreads import looks_like_plate
from access.gate.plates import plate_key
from access.models import Entry, Event, Vehicle, Zone
from clients.status import Status, explain
from fixaloop.words.dates import say_since

SHOWN = 8
# Of more cars inside than that, the first ones are compared; the guard may still type the plate of any.
COMPARED = 1_000
HELD_FOR = timedelta(minutes=10)
_HELD_SHOWN = 3
_PASSAGES = (Event.Kind.ENTRY, Event.Kind.EXIT, Event.Kind.REFUSED)


@dataclass(frozen=True)
class Candidate:
    """A car, its owner and since when it is inside; `key` is what a click sends, `drawn` marks what was read else."""

    key: str
    plate: str
    drawn: SafeString
    car: str
    owner: str
    reference: str
    status: Status
    inside: str
    near: bool = True


@dataclass(frozen=True)
class Held:
    """A plate that a reader refused just now, with the cars it may be of."""

    plate: str
    at: datetime
    where: str
    way_out: bool
    candidates: list[Candidate]
    submission: uuid.UUID = field(default_factory=uuid.uuid4)


def typed_plate(text: str) -> str:
    """What was typed if it may be a plate, tidied; else empty, since it may be a code that nobody is to see."""
    shown = " ".join(text.split())
    plain = shown.replace(" ", "").replace("-", "").replace(".", "")
    return shown.upper() if plain.isalnum() and looks_like_plate(plate_key(text)) else ""


def with_read(subject: Subject, read: str) -> Subject:
    """The subject that a guard chose for the plate that was read; the passage will tell of both."""
    plate = typed_plate(read)
    if subject.vehicle is None or plate_key(plate) in ("", plate_key(subject.vehicle.plate)):
        return subject
    return replace(subject, read_as=plate)


def candidates(text: str, zone: Zone, at: datetime) -> list[Candidate]:
    """Registered cars of a near plate, then cars inside: the most alike first, of those alike the ones inside."""
    key = plate_key(text)
    if not looks_like_plate(key):
        return []
    inside = _stays_of_cars(zone)
    near = [vehicle for vehicle in vehicles_near(text, zone) if vehicle.is_active or vehicle.pk in inside]
    near.sort(key=lambda vehicle: (-_likeness(key, vehicle), vehicle.pk not in inside))
    known = {vehicle.pk for vehicle in near}
    others = [stay.vehicle for stay in inside.values() if stay.vehicle_id not in known]
    others.sort(key=lambda vehicle: -_likeness(key, vehicle))
    shown = [(vehicle, True) for vehicle in near[:SHOWN]] + [(vehicle, False) for vehicle in others[:SHOWN]]
    return [_candidate(key, vehicle, is_near, inside.get(vehicle.pk), at) for vehicle, is_near in shown]


def _stays_of_cars(zone: Zone) -> dict[int | None, Any]:
    stays = Entry.objects.open().filter(zone__path__startswith=zone.site_path, vehicle__isnull=False)
    stays = stays.select_related("vehicle__client__company").order_by("-entered_at", "-pk")
    return {stay.vehicle_id: stay for stay in stays[:COMPARED]}


def _likeness(key: str, vehicle: Vehicle) -> float:
    return SequenceMatcher(None, key, vehicle.plate_key, autojunk=False).ratio()


def _candidate(read: str, vehicle: Any, near: bool, stay: Entry | None, at: datetime) -> Candidate:
    client = vehicle.client
    inside = say_since(stay.entered_at, at) if stay is not None else ""
    key = f"vehicle-{vehicle.pk}"
    plate = vehicle.plate_display
    drawn = mark_differences(read, plate) if near else SafeString(escape(plate))
    return Candidate(key, plate, drawn, vehicle.name, client.name, client.reference, explain(client, at), inside, near)


def mark_differences(read: str, plate: str) -> SafeString:
    """The plate as HTML, with those of its letters and digits marked that were not read so."""
    places = [at for at, character in enumerate(plate) if character.isalnum()]
    blocks = SequenceMatcher(None, read, "".join(plate[at] for at in places), autojunk=False).get_matching_blocks()
    same = {places[block.b + step] for block in blocks for step in range(block.size)}
    marked = {at for at in places if at not in same}
    drawn = (f"<mark>{escape(one)}</mark>" if at in marked else escape(one) for at, one in enumerate(plate))
    return SafeString("".join(drawn))


def held(zone: Zone, at: datetime) -> list[Held]:
    """The plates that readers of the site refused in the last minutes and that nothing has happened to since."""
    recent = Event.objects.filter(at__gte=at - HELD_FOR, at__lte=at, kind__in=_PASSAGES).exclude(plate_read="")
    recent = recent.filter(zone__path__startswith=zone.site_path)
    recent = recent.select_related("device", "zone").order_by("at", "pk")
    last = {event.plate_read: event for event in recent[:COMPARED]}
    waiting = [event for event in last.values() if event.kind == Event.Kind.REFUSED and event.vehicle_id is None]
    waiting.sort(key=lambda event: event.at, reverse=True)
    return list(_waiting(waiting[:_HELD_SHOWN], at))


def _waiting(events: Iterable[Event], at: datetime) -> Iterable[Held]:
    for event in events:
        if event.device is not None and event.zone is not None:
            out = event.direction == "out"
            found = candidates(event.plate_read, event.zone, at)
            shown = [each for each in found if each.near or (out and each.inside)][:_HELD_SHOWN]
            yield Held(event.plate_read, timezone.localtime(event.at), event.device.name, out, shown)
