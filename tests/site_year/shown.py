"""What Fixaloop shows of who is inside. The only place of the simulation that reads stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from access.gate.doubts import doubts_about
from access.gate.unread import Unread
from access.models import Entry
from tests.site_year.place import WITHIN


@dataclass
class Registry:
    """Whose is what: numbers of the simulation by the keys of rows."""

    cards: dict[int, int]
    vehicles: dict[int, int]
    clients: dict[int, int]
    vans: set[int]

    def person(self, stay: Entry) -> int | None:
        """The person that a stay shows inside; None for a van, and for a car whose driver is away."""
        if stay.parked:
            return None
        if stay.card_id is not None:
            return self.cards.get(stay.card_id)
        if stay.vehicle_id is not None:
            number = self.vehicles.get(stay.vehicle_id)
            return None if number in self.vans else number
        return self.clients.get(stay.client_id)

    def vehicle(self, stay: Entry) -> int | None:
        return self.vehicles.get(stay.vehicle_id) if stay.vehicle_id is not None else None


Shown = dict[tuple[int, str], Entry]


def shown(registry: Registry) -> tuple[Shown, Shown]:
    """The stays that show people and vehicles inside, by number and zone; a stay counts in the zones around it."""
    people: Shown = {}
    vehicles: Shown = {}
    for stay in Entry.objects.filter(exited_at=None).select_related("zone", "client").order_by("entered_at", "pk"):
        for kept, number in ((people, registry.person(stay)), (vehicles, registry.vehicle(stay))):
            if number is not None:
                kept.update({(number, zone): stay for zone in _around(stay.zone.name)})
    return people, vehicles


def _around(name: str) -> Iterator[str]:
    return (zone for zone, inside in WITHIN.items() if name in inside)


def last_stay(registry: Registry, number: int, zone: str, *, vehicle: bool) -> Entry | None:
    """The last stay of a person or a vehicle in a zone or inside it, which says that they are not there now."""
    known = Entry.objects.filter(zone__name__in=WITHIN[zone]).select_related("zone", "client")
    stays = known.order_by("-entered_at", "-pk")
    vehicles = _keys(registry.vehicles, number)
    if vehicle:
        return stays.filter(vehicle__in=vehicles).first()
    stays = stays.filter(parked=False)
    cards, clients = _keys(registry.cards, number), _keys(registry.clients, number)
    last = [stays.filter(card__in=cards).first(), stays.filter(vehicle__in=vehicles).first()]
    last.append(stays.filter(client__in=clients, card=None, vehicle=None).first())
    return max(filter(None, last), key=lambda stay: stay.entered_at, default=None)


def _keys(known: dict[int, int], number: int) -> list[int]:
    return [key for key, owner in known.items() if owner == number]


def doubtful(stay: Entry | None, at: datetime, unread: Unread) -> bool:
    """Whether Fixaloop says that it is not sure of this stay: it is estimated, to check, or told with doubts."""
    if stay is None:
        return False
    return stay.estimated or stay.to_check or bool(doubts_about(stay, at, unread))
