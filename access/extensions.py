"""What the app above does to vehicles and shows of them, in its module `on_vehicles`."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from access.models import Vehicle
from clients.extensions import Action, Block
from fixaloop.discovery import modules


def plates_changed(vehicle_ids: Collection[int]) -> None:
    for module in modules("on_vehicles").values():
        module.plates_changed(vehicle_ids)


def under_way(vehicle: Vehicle, user: Any, at: datetime) -> list[Block]:
    return [block for module in modules("on_vehicles").values() for block in module.under_way(vehicle, user, at)]


def actions(user: Any) -> list[Action]:
    """Buttons at the head of its page; the page that one opens takes `client` and `vehicle`."""
    declared = (action for module in modules("on_vehicles").values() for action in module.ACTIONS)
    return [action for action in declared if user.has_perm(action.permission)]
