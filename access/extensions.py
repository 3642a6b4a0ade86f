"""What the app above adds to a vehicle: it declares a `VehicleExtension`, named `extension`, in `on_vehicles`."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from fixaloop.discovery import modules


class VehicleExtension:
    def plates_changed(self, vehicle_ids: Collection[int]) -> None:
        """Bring in step what copies the plates of these vehicles."""


@cache
def vehicle_extensions() -> tuple[VehicleExtension, ...]:
    return tuple(module.extension for module in modules("on_vehicles").values())


def plates_changed(vehicle_ids: Collection[int]) -> None:
    """Tell every extension."""
    for extension in vehicle_extensions():
        extension.plates_changed(vehicle_ids)
