from collections.abc import Iterable, Set
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from access.extensions import plates_changed
from access.models import Driver, Event, FormerPlate, Tag, Vehicle, Zone
from access.services import client_columns
from access.services.events import Told
from clients.models import Client
from fixaloop.records.history import changed_names
from fixaloop.records.refusal import Refused, Stale

MOST_DRIVERS = 10
# A vehicle, the key of the client whose timeline tells of it, and what it says.
Line = tuple[Vehicle, int, Told]


@transaction.atomic
def add_vehicle(
    vehicle: Vehicle,
    *,
    tags: Iterable[Tag] = (),
    zones: Iterable[Zone] = (),
    by: AbstractBaseUser | None,
    at: datetime | None = None,
) -> Vehicle:
    """Save a new vehicle. The database refuses the plate of another vehicle on the road."""
    vehicle.created_at = vehicle.updated_at = at or timezone.now()
    vehicle._history_user = by  # type: ignore[attr-defined]
    vehicle.save(force_insert=True)
    vehicle.tags.set(tags)
    vehicle.zones.set(zones)
    client_columns.index([vehicle.client_id])
    tell_vehicles([(vehicle, vehicle.client_id, Told("vehicle_added"))], by=by, at=vehicle.created_at)
    return vehicle


@transaction.atomic
def update_vehicle(
    vehicle: Vehicle,
    *,
    tags: Iterable[Tag] | None = None,
    zones: Iterable[Zone] | None = None,
    by: AbstractBaseUser | None,
    version: int | None = None,
    at: datetime | None = None,
) -> Vehicle:
    """Save what a form changed on a vehicle, its client included. Raises `Stale` if it is no longer at `version`."""
    stored = Vehicle.objects.select_for_update(of=("self",)).get(pk=vehicle.pk)
    linked: list[tuple[Iterable[Any], Any]] = [
        (new, links) for new, links in ((tags, stored.tags), (zones, stored.zones)) if new is not None
    ]
    names = changed_names(stored, vehicle)
    if not names and all(set(new) == set(links.all()) for new, links in linked):
        return vehicle
    if version is not None and stored.version != version:
        raise Stale
    vehicle.version, vehicle.updated_at = stored.version + 1, at or timezone.now()
    vehicle._history_user = by  # type: ignore[attr-defined]
    vehicle.save()
    for new, links in linked:
        links.set(new)
    if vehicle.plate_display != stored.plate_display:
        plates_changed([vehicle.pk])
    if (stored.client_id, stored.plate_key) != (vehicle.client_id, vehicle.plate_key):
        _remember_plate(stored, vehicle)
    # The buyer has often driven it before.
    vehicle.drivers.filter(client=vehicle.client_id).delete()
    client_columns.index([stored.client_id, vehicle.client_id])
    tell_vehicles(told_of(vehicle, names, stored), by=by, at=vehicle.updated_at)
    return vehicle


def told_of(vehicle: Vehicle, names: Set[str], stored: Vehicle) -> list[Line]:
    """What the timelines of its clients say of a vehicle whose columns `names` have changed."""
    own, lines = vehicle.client_id, []
    if "client_id" in names:
        lines += [(vehicle, stored.client_id, Told("vehicle_left")), (vehicle, own, Told("vehicle_came"))]
    if "plate" in names:
        lines.append((vehicle, own, Told("vehicle_plate", {"was": stored.plate_display, "now": vehicle.plate_display})))
    if "is_active" in names:
        lines.append((vehicle, own, Told("vehicle_returned" if vehicle.is_active else "vehicle_retired")))
    return lines or [(vehicle, own, Told("vehicle_changed"))]


def tell_vehicles(lines: Iterable[Line], *, by: AbstractBaseUser | None, at: datetime) -> None:
    what: dict[str, Any] = {"kind": Event.Kind.VEHICLE, "at": at, "actor": by}
    Event.objects.record_all(
        Event(**what, **told.as_columns(), client_id=client, vehicle=vehicle) for vehicle, client, told in lines
    )


def _remember_plate(stored: Vehicle, vehicle: Vehicle) -> None:
    FormerPlate.objects.get_or_create(vehicle=vehicle, client_id=stored.client_id, plate_key=stored.plate_key)
    # What it has again is no former one.
    vehicle.former_plates.filter(client=vehicle.client_id, plate_key=vehicle.plate_key).delete()


@transaction.atomic
def add_driver(vehicle: Vehicle, client: Client, *, by: AbstractBaseUser | None) -> None:
    """Let the plate enter by the rights of another client too. Raises `Refused` if the client drives it already."""
    vehicle = Vehicle.objects.select_for_update(of=("self",)).get(pk=vehicle.pk)
    if client.pk == vehicle.client_id or vehicle.drivers.filter(client=client).exists():
        raise Refused([_("%(client)s conduit déjà ce véhicule.") % {"client": client.name}])
    if vehicle.drivers.count() >= MOST_DRIVERS:
        raise Refused([_("Un véhicule a au plus %(most)d autres conducteurs.") % {"most": MOST_DRIVERS}])
    Driver.objects.create(vehicle=vehicle, client=client)
    _tell(vehicle, client, "driver_added", by)


@transaction.atomic
def remove_driver(vehicle: Vehicle, client: Client, *, by: AbstractBaseUser | None) -> None:
    gone, _links = vehicle.drivers.filter(client=client).delete()
    if gone:
        _tell(vehicle, client, "driver_removed", by)


def join_drivers(kept: Client, lost: Client) -> None:
    """Take out the drivers that two clients, who become one, would be twice or of their own vehicles."""
    twice = Q(client=lost) & (Q(vehicle__client=kept) | Q(vehicle__drivers__client=kept))
    gone = Driver.objects.filter(twice | Q(client=kept, vehicle__client=lost))
    Driver.objects.filter(pk__in=list(gone.values_list("pk", flat=True))).delete()


def _tell(vehicle: Vehicle, client: Client, said: str, by: AbstractBaseUser | None) -> None:
    Event.objects.record(Event.Kind.NOTE, at=timezone.now(), by=by, said=said, client=client, vehicle=vehicle)
