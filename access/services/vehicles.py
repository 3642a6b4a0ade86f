from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from access.extensions import plates_changed
from access.models import Tag, Vehicle
from access.services import client_columns
from fixaloop.records.history import has_changed
from fixaloop.records.refusal import Stale


@transaction.atomic
def add_vehicle(
    vehicle: Vehicle, *, tags: Iterable[Tag] = (), by: AbstractBaseUser | None, at: datetime | None = None
) -> Vehicle:
    """Save a new vehicle. The database refuses the plate of another vehicle on the road."""
    vehicle.created_at = vehicle.updated_at = at or timezone.now()
    vehicle._history_user = by  # type: ignore[attr-defined]
    vehicle.save(force_insert=True)
    vehicle.tags.set(tags)
    client_columns.index([vehicle.client_id])
    return vehicle


@transaction.atomic
def update_vehicle(
    vehicle: Vehicle,
    *,
    tags: Iterable[Tag] | None = None,
    by: AbstractBaseUser | None,
    version: int | None = None,
    at: datetime | None = None,
) -> Vehicle:
    """Save what a form changed on a vehicle, its client included. Raises `Stale` if it is no longer at `version`."""
    stored = Vehicle.objects.select_for_update(of=("self",)).get(pk=vehicle.pk)
    if not has_changed(stored, vehicle) and (tags is None or set(tags) == set(stored.tags.all())):
        return vehicle
    if version is not None and stored.version != version:
        raise Stale
    vehicle.version, vehicle.updated_at = stored.version + 1, at or timezone.now()
    vehicle._history_user = by  # type: ignore[attr-defined]
    vehicle.save()
    if tags is not None:
        vehicle.tags.set(tags)
    if vehicle.plate_display != stored.plate_display:
        plates_changed([vehicle.pk])
    client_columns.index([stored.client_id, vehicle.client_id])
    return vehicle
