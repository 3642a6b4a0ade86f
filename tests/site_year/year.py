"""The year itself: steps, reads, answers, nights and hours in the order of time."""

import heapq
import io
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import time_machine
from django.core.management import call_command

from tests.site_year.people import Person, population
from tests.site_year.place import WAY_IN, WAY_OUT, WORKSHOP_DOOR, YARD, Door
from tests.site_year.reads import Outage, Reading, reading_of
from tests.site_year.rhythm import PARIS, WHEEL, Life, Step, steps
from tests.site_year.tally import PEOPLE_ON_SITE, Tally, as_json
from tests.site_year.truth import Truth
from tests.site_year.world import World, make_guard, make_world

# A Monday. The year that follows has both changes of the clocks.
START = date(2025, 1, 6)
OUTAGES = (
    Outage(WAY_OUT, 9, 0, 24, keeps=False),
    Outage(WAY_IN, 16, 7, 11, keeps=True),
    Outage(WORKSHOP_DOOR, 23, 13, 17, keeps=True),
)
NIGHTLY = timedelta(hours=3, minutes=15)
# How long the driver waits until the guard has looked.
WAITING = timedelta(minutes=1)
SENT_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Options:
    """What is simulated."""

    seed: int = 1
    days: int = 365
    people: int = 200
    part: int = 0


@dataclass
class Passing:
    """One passage on its way through a door; `granted` once an answer opened it."""

    step: Step
    reading: Reading
    granted: bool = False


@dataclass
class Year:
    """The loop. The truth is drawn before any answer, so it is the same whatever the rules say."""

    options: Options
    world: World
    tally: Tally
    clock: Any
    guard: Any
    counts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    anomalies: Counter[str] = field(default_factory=Counter)
    kept: dict[Door, list[tuple[datetime, str, Person]]] = field(default_factory=lambda: defaultdict(list))
    _agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    _order: Any = field(default_factory=count)

    def run(self, lives: list[Life], tell: Callable[[str], None]) -> None:
        started = time.perf_counter()
        for number in range(self.options.days):
            day = START + timedelta(days=number)
            for step in steps(lives, day):
                self._plan(step, number)
            self._plan_hours(day, number)
            self._go_on(midnight(day + timedelta(days=1)))
            if day.day == 1 or number == self.options.days - 1:
                wrong = self.tally.rows[PEOPLE_ON_SITE]
                tell(
                    f"{day}  {self.counts['reads']:>7} reads  {wrong['missing']:>6} missing  {wrong['phantom']:>6} "
                    f"phantom person-hours  {time.perf_counter() - started:>5.0f} s"
                )

    def park(self, lives: list[Life], at: datetime) -> None:
        """The vans that sleep here are here on the first morning, let in by the guard."""
        for life in lives:
            if life.car_at:
                self.tally.truth.park(life.who, YARD, at)
                self.world.guard(life.who, YARD, "in", self.guard, plate=True)

    def told(self) -> list[tuple[str, Counter[str]]]:
        return [("counts", self.counts), ("refusals", self.refusals), ("anomalies", self.anomalies)]

    def _at(self, at: datetime, act: Callable[[datetime], None]) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), act))

    def _go_on(self, until: datetime) -> None:
        while self._agenda and self._agenda[0][0] < until:
            at, _order, act = heapq.heappop(self._agenda)
            self.clock.move_to(at)
            act(at)

    def _plan_hours(self, day: date, number: int) -> None:
        start, end = midnight(day), midnight(day + timedelta(days=1))
        self._at(start + NIGHTLY, self._night)
        for outage in OUTAGES:
            if outage.keeps and outage.day == number:
                self._at(start + timedelta(hours=outage.last) + SENT_AFTER, partial(self._send, outage.door))
        hour = start
        while hour < end:
            self._at(hour, self.tally.compare)
            hour += timedelta(hours=1)

    # --- a passage ---------------------------------------------------------------------------------------------------

    def _plan(self, step: Step, day: int) -> None:
        reading = reading_of(step, self.options.seed)
        outage = next((one for one in OUTAGES if one.door == reading.door and one.covers(step, day)), None)
        if outage is None:
            self._at(step.at, partial(self._pass, Passing(step, reading)))
        elif outage.keeps:
            self._at(step.at, partial(self._keep, Passing(step, reading)))
        else:
            fault = f"reader dead, {outage.door.name}"
            self._at(step.at, lambda _at: self.tally.truth.move(step, fault))

    def _pass(self, passing: Passing, at: datetime) -> None:
        """Somebody goes through; the reads of it follow, and the guard where none of them opened."""
        reading = passing.reading
        self.tally.truth.move(passing.step, reading.fault)
        self.counts["forgotten"] += not reading.offsets
        for offset in reading.offsets:
            self._at(at + offset, partial(self._ask, passing))
        if reading.offsets:
            self._at(at + reading.offsets[-1] + WAITING, partial(self._help, passing))

    def _ask(self, passing: Passing, at: datetime) -> None:
        door, value = passing.reading.door, passing.reading.value
        if door is None:
            self._by_guard(passing, at)
            return
        answer = self.world.read(door, value)
        self.counts["reads"] += 1
        self.anomalies.update(answer["anomalies"])
        if answer["decision"] == "granted":
            passing.granted = True
            self.tally.heard[passing.step.who.number] = at
        elif not passing.granted:
            self.refusals[f"{door.direction} {answer['reason']}"] += 1

    def _help(self, passing: Passing, at: datetime) -> None:
        if not passing.granted:
            self._by_guard(passing, at)

    def _by_guard(self, passing: Passing, at: datetime) -> None:
        step = passing.step
        passing.granted = True
        self.counts["helped by the guard" if passing.reading.door else "at the counter"] += 1
        if self.world.guard(step.who, step.zone, step.way, self.guard, plate=step.by == WHEEL):
            self.tally.heard[step.who.number] = at
        else:
            self.counts["refused by the counter"] += 1

    def _keep(self, passing: Passing, at: datetime) -> None:
        """The reader decides for itself and keeps its reads."""
        reading = passing.reading
        door: Any = reading.door
        self.tally.truth.move(passing.step, reading.fault or f"reader offline, {door.name}")
        self.kept[door] += [(at + offset, reading.value, passing.step.who) for offset in reading.offsets]

    def _send(self, door: Door, at: datetime) -> None:
        kept = self.kept.pop(door, [])
        for answer in self.world.batch(door, [(moment, value) for moment, value, _who in kept], at):
            self.counts["reads"] += 1
            self.anomalies.update(answer["anomalies"])
        self.tally.heard |= {who.number: moment for moment, _value, who in kept}

    def _night(self, _at: datetime) -> None:
        call_command("nightly", stdout=io.StringIO())


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC)


def simulate(options: Options, tell: Callable[[str], None]) -> dict[str, Any]:
    """Live through it in the empty database that is connected; return what was measured."""
    started = time.perf_counter()
    people = [one for one in population(options.people, options.seed) if one.part == options.part]
    first = midnight(START)
    with time_machine.travel(first, tick=False) as clock:
        world = make_world(people)
        guard, truth = make_guard(), Truth()
        lives = [Life(person, options.seed) for person in people]
        year = Year(
            options, world, Tally(world.registry, {person.number: person for person in people}, truth), clock, guard
        )
        year.park(lives, first)
        year.run(lives, tell)
    return {
        "seconds": round(time.perf_counter() - started),
        "truth": truth.digest,
        "steps": truth.steps,
        **{name: dict(counted) for name, counted in year.told()},
        **as_json(year.tally),
    }
