"""Presence compared with the truth, an hour at a time."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from access.gate.unread import Unread, unread_exits
from access.models import Entry
from tests.site_year.causes import Past, of_missing, of_phantom
from tests.site_year.people import Person
from tests.site_year.place import DEPOT, WITHIN, YARD
from tests.site_year.rhythm import WHEEL, clock
from tests.site_year.shown import Registry, Shown, doubtful, last_stay, shown
from tests.site_year.truth import Truth

PEOPLE_ON_SITE, VEHICLES_ON_SITE = "people, whole site", "vehicles, whole site"
ROWS = (PEOPLE_ON_SITE, *(f"people, {zone}" for zone in WITHIN), VEHICLES_ON_SITE)
TREES = (YARD, DEPOT)
EXAMPLES = 3


@dataclass(frozen=True)
class Question:
    """Is somebody, or their vehicle, in this zone?"""

    row: str
    number: int
    zone: str

    @property
    def of_vehicle(self) -> bool:
        return self.row == VEHICLES_ON_SITE


@dataclass
class Tally:
    """Person-hours by row. A cause counts the hours that are wrong from where they begin to where they end."""

    registry: Registry
    subjects: dict[int, Person]
    truth: Truth
    rows: dict[str, Counter[str]] = field(default_factory=lambda: {row: Counter() for row in ROWS})
    causes: dict[tuple[str, str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    examples: dict[tuple[str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    # When the server last heard of each.
    heard: dict[int, datetime] = field(default_factory=dict)
    _unread: Unread = field(default_factory=Unread)
    _wrong: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)

    def compare(self, at: datetime) -> None:
        """Count one hour."""
        people, vehicles = shown(self.registry)
        self._unread = unread_exits(at)
        for number in self._about(people, self.truth.people):
            self._site(PEOPLE_ON_SITE, number, self.truth.people[number], people, at)
            for zone in WITHIN:
                asked = Question(f"people, {zone}", number, zone)
                self._count(asked, self.truth.people[number].get(zone), people.get((number, zone)), at)
        for number in self._about(vehicles, self.truth.vehicles):
            self._site(VEHICLES_ON_SITE, number, self.truth.vehicles[number], vehicles, at)

    def _about(self, known: Shown, really: dict[int, dict[str, datetime]]) -> list[int]:
        """Those who are inside or shown inside, and those who were wrong an hour ago."""
        inside = {number for number, zones in really.items() if zones}
        return sorted(inside | {number for number, _zone in known} | {number for _row, number in self._wrong})

    def _site(self, row: str, number: int, really: dict[str, datetime], known: Shown, at: datetime) -> None:
        """Anywhere on the site: a stay in the wrong tree still shows that somebody is inside."""
        stays = [stay for zone in TREES if (stay := known.get((number, zone))) is not None]
        stay = min(stays, key=lambda stay: (doubtful(stay, at, self._unread), stay.pk), default=None)
        tree = next((zone for zone in TREES if zone in really), "")
        self._count(Question(row, number, tree), really.get(tree), stay, at)

    def _count(self, asked: Question, since: datetime | None, stay: Entry | None, at: datetime) -> None:
        counts = self.rows[asked.row]
        counts["inside"] += since is not None
        counts["shown"] += stay is not None
        if since is None and stay is not None:
            self._phantom(asked, stay, at)
        elif since is not None and stay is None:
            self._missing(asked, since, at)
        else:
            self._wrong.pop((asked.row, asked.number), None)

    def _phantom(self, asked: Question, stay: Entry, at: datetime) -> None:
        sure = not doubtful(stay, at, self._unread)
        self.rows[asked.row].update(phantom=1, phantom_sure=int(sure))
        self._blame(asked, "phantom", sure, at, lambda: of_phantom(stay, self._past(asked)))

    def _missing(self, asked: Question, since: datetime, at: datetime) -> None:
        last = last_stay(self.registry, asked.number, asked.zone, vehicle=asked.of_vehicle)
        heard = asked.number in self.heard and self.heard[asked.number] >= since
        sure = not doubtful(last, at, self._unread)
        self.rows[asked.row].update(missing=1, missing_sure=int(sure), missing_sure_heard=int(sure and heard))
        past = self.truth.past[asked.number]
        self._blame(asked, "missing", sure and heard, at, lambda: of_missing(since, last, past))

    def _blame(self, asked: Question, kind: str, sure: bool, at: datetime, why: Callable[[], str]) -> None:
        """Count the hour for its cause, which is looked for when somebody begins to be wrong."""
        key = (asked.row, asked.number)
        before = self._wrong.get(key)
        begins = before is None or before[0] != kind
        if begins:
            self._wrong[key] = (kind, why())
        cause = (asked.row, *self._wrong[key])
        self.causes[cause].update(hours=1, times=int(begins), sure=int(sure))
        if begins and len(self.examples[cause]) < EXAMPLES:
            told = "; ".join(f"{step}{f' [{fault}]' if fault else ''}" for step, fault in self._past(asked)[-6:])
            self.examples[cause].append(f"{self.subjects[asked.number]}, wrong from {clock(at)}: {told}")

    def _past(self, asked: Question) -> Past:
        past = self.truth.past[asked.number]
        return [(step, fault) for step, fault in past if step.by == WHEEL] if asked.of_vehicle else past


def as_json(tally: Tally) -> dict[str, Any]:
    """Rows and causes, as merged and reported."""
    causes = [
        {"row": row, "kind": kind, "cause": cause, **counts, "examples": tally.examples[row, kind, cause]}
        for (row, kind, cause), counts in tally.causes.items()
    ]
    return {"rows": {row: dict(counts) for row, counts in tally.rows.items()}, "causes": causes}
