"""What the app above adds to a vehicle: a `VehicleExtension`, named `extension`, in its module `on_vehicles`."""

from collections.abc import Collection
from functools import cache

from fixaloop.discovery import modules


class VehicleExtension:
    def plates_changed(self, vehicle_ids: Collection[int]) -> None:
        """Update what copies the plates of these vehicles."""


@cache
def vehicle_extensions() -> tuple[VehicleExtension, ...]:
    return tuple(module.extension for module in modules("on_vehicles").values())


def plates_changed(vehicle_ids: Collection[int]) -> None:
    for extension in vehicle_extensions():
        extension.plates_changed(vehicle_ids)
