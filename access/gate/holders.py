"""Who had a badge, a plate or a car at an instant: by a passage that is told late, it may be somebody else’s since."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from access.models import AccessCard, CardStatus, Vehicle

# The newest lines of history of cards or vehicles: nobody changes one more often within days.
MOST_LINES = 200


def was_in_use(card: AccessCard, at: datetime) -> bool:
    """Whether a card had been issued and not revoked yet."""
    return card.created_at <= at and (card.status != CardStatus.REVOKED or card.status_at > at)


def on_the_road_at(vehicles: Sequence[Vehicle], at: datetime) -> list[Vehicle]:
    """Those of these vehicles that were registered and on the road."""
    lines = _lines_of(vehicles, at) if len(vehicles) > 1 else {}
    return [vehicle for vehicle in vehicles if vehicle.pk in lines and lines[vehicle.pk].is_active]


def owner_at(vehicle: Vehicle, at: datetime) -> int:
    """The key of the client whose the vehicle was; its client’s if it is newer than that."""
    line = _lines_of([vehicle], at).get(vehicle.pk)
    return vehicle.client_id if line is None else line.client_id


def _lines_of(vehicles: Iterable[Vehicle], at: datetime) -> dict[int, Any]:
    """The lines of history that held then, by the key of the vehicle."""
    history = Vehicle.history.filter(id__in=[vehicle.pk for vehicle in vehicles], history_date__lte=at)
    return {line.id: line for line in reversed(history.order_by("-history_date", "-history_id")[:MOST_LINES])}
