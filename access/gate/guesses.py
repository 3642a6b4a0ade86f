"""Which registered vehicle a plate may be that nobody has as it was read (docs/rules.md, Decision)."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from access.gate.misreads import neighbours, readings
from access.gate.plates import plate_key
from access.models import Entry, Vehicle, Zone

# More vehicles are never looked at for one misread plate.
_MANY = 50


def misread(text: str) -> str:
    """The only registered plate that this one can have been; empty where that is not certain."""
    possible = readings(plate_key(text))
    if not possible:
        return ""
    registered = Vehicle.objects.filter(plate_key__in=possible, is_active=True).order_by()
    plates = registered.values_list("plate_key", "plate", "country")[:_MANY]
    found = {key: plate for key, plate, country in plates if country in possible[key]}
    return next(iter(found.values())) if len(found) == 1 else ""


def near_inside(text: str, zone: Zone, then: datetime | None) -> str:
    """The only plate of a vehicle inside that differs from this one in one character; empty for none or several.

    A vehicle without a stay of its own counts where its client is inside on foot, if none has one.
    """
    near = vehicles_near(text, zone, then)
    by_car = {vehicle.plate_key: vehicle.plate for vehicle in near if vehicle.inside}
    on_foot = {vehicle.plate_key: vehicle.plate for vehicle in near if vehicle.with_holder and vehicle.is_active}
    found = by_car or on_foot
    return next(iter(found.values())) if len(found) == 1 else ""


def vehicles_near(text: str, zone: Zone, then: datetime | None = None) -> list[Any]:
    """Vehicles whose plate differs from this one in one character, with `inside` and `with_holder`.

    They say whether the vehicle, or its client without a vehicle, has an open stay on the site of the zone, or had one
    `then`.
    """
    keys = neighbours(plate_key(text))
    if not keys:
        return []
    stays = Entry.objects.open() if then is None else Entry.objects.under_way(then)
    site = stays.filter(zone__path__startswith=zone.site_path)
    near = Vehicle.objects.filter(plate_key__in=keys).select_related("client__company")
    return list(
        near.annotate(
            inside=Exists(site.filter(vehicle=OuterRef("pk"))),
            with_holder=Exists(site.filter(client=OuterRef("client"), vehicle=None)),
        ).order_by("pk")[:_MANY]
    )
