"""Where everybody really is: moved by steps, never by answers."""

import hashlib
from collections import defaultdict
from datetime import datetime

from tests.site_year.people import Person
from tests.site_year.place import IN, PARENT, WITHIN
from tests.site_year.rhythm import WHEEL, Step

REMEMBERED = 20


class Truth:
    """Zones of people and of vehicles, with since when; the last steps of each, with what went wrong."""

    def __init__(self) -> None:
        self.people: dict[int, dict[str, datetime]] = defaultdict(dict)
        self.vehicles: dict[int, dict[str, datetime]] = defaultdict(dict)
        self.past: dict[int, list[tuple[Step, str]]] = defaultdict(list)
        self._digest = hashlib.sha256()
        self.steps = 0

    def move(self, step: Step, fault: str) -> None:
        """Take a step. Raises ValueError for one that nobody can take."""
        number = step.who.number
        if not step.who.is_van:
            _move(self.people[number], step)
        if step.by == WHEEL:
            _move(self.vehicles[number], step)
        self.past[number] = [*self.past[number][1 - REMEMBERED :], (step, fault)]
        self._digest.update(f"{number} {step.at:%m%d%H%M%S} {step.zone} {step.way} {step.by} {bool(fault)}".encode())
        self.steps += 1

    @property
    def digest(self) -> str:
        """The same for the same steps, with faults at the same ones."""
        return self._digest.hexdigest()[:12]

    def park(self, van: Person, zone: str, at: datetime) -> None:
        self.vehicles[van.number][zone] = at


def _move(zones: dict[str, datetime], step: Step) -> None:
    if (step.way == IN) == (step.zone in zones):
        raise ValueError(f"{step.who}: {step} from {list(zones)}")
    if step.way == IN:
        outer = PARENT.get(step.zone)
        if zones and list(zones) != [outer]:
            raise ValueError(f"{step.who}: {step} from {list(zones)}")
        zones[step.zone] = step.at
        return
    for zone in WITHIN[step.zone]:
        zones.pop(zone, None)
