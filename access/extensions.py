"""What the app above does to vehicles, in its module `on_vehicles`."""

from collections.abc import Collection

from fixaloop.discovery import modules


def plates_changed(vehicle_ids: Collection[int]) -> None:
    """Update what copies the plates of these vehicles."""
    for module in modules("on_vehicles").values():
        module.plates_changed(vehicle_ids)
