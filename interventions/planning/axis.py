"""Where a planning draws something: on a scale of quarters of an hour, and beside what overlaps it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from fixaloop.words.dates import local
from interventions.planning.hours import Part

OPENS, CLOSES = 8, 18
QUARTER = 15
DAY = 24 * 60
# Quarters: nothing is drawn shorter, or its words would not fit.
SHORTEST = 5
# What lanes share the width of a day in; style sheets have a class for each.
COLUMNS = 12


class Place(NamedTuple):
    """From which quarter of the axis, counted from one, how many quarters long."""

    quarter: int
    length: int

    @property
    def end(self) -> int:
        return self.quarter + self.length


class Lane(NamedTuple):
    """One of several lanes side by side, counted from zero."""

    number: int = 0
    total: int = 1

    @property
    def width(self) -> int:
        return max(1, COLUMNS // self.total)

    @property
    def column(self) -> int:
        return min(self.number * self.width, COLUMNS - 1) + 1


class Axis(NamedTuple):
    """The hours shown of each day."""

    first: int = OPENS
    last: int = CLOSES

    @property
    def quarters(self) -> int:
        return (self.last - self.first) * 60 // QUARTER

    def covers(self, other: "Axis") -> bool:
        return self.first <= other.first and other.last <= self.last

    def place(self, part: Part) -> Place:
        """Where to draw a part of a day; what would be too short, or end too late, begins earlier than it does."""
        start, end = minutes(part)
        first = start // QUARTER - self.first * 60 // QUARTER
        length = max(-(-end // QUARTER) - start // QUARTER, SHORTEST)
        return Place(max(0, min(first, self.quarters - length)) + 1, min(length, self.quarters))

    def clip(self, part: Part) -> Place | None:
        """Where to draw what may lie outside the axis, as an absence; None if all of it does."""
        start, end = (min(max(minute - self.first * 60, 0), self.quarters * QUARTER) for minute in minutes(part))
        length = -(-end // QUARTER) - start // QUARTER
        return Place(start // QUARTER + 1, length) if length > 0 else None


@lru_cache(maxsize=4096)
def minutes(part: Part) -> tuple[int, int]:
    start, end = local(part.start), local(part.end)
    return start.hour * 60 + start.minute, end.hour * 60 + end.minute if end.date() == part.day else DAY


USUAL = Axis()


def axis_of(parts: Iterable[Part], least: Axis = USUAL) -> Axis:
    """The usual hours, and as many more as parts of days lie outside them."""
    first, last = least
    for part in parts:
        start, end = minutes(part)
        first, last = min(first, start // 60), max(last, -(-end // 60))
    return Axis(first, last)


def clear(place: Place, taken: Sequence[Place]) -> Place:
    """The longest stretch of a place that nothing else covers, or all of it where everything is covered."""
    stretches, at = [], place.quarter
    for other in sorted(taken):
        stretches.append(Place(at, min(other.quarter, place.end) - at))
        at = max(at, other.end)
    longest = max((*stretches, Place(at, place.end - at)), key=lambda stretch: stretch.length)
    return longest if longest.length > 0 else place


def lanes(places: Sequence[Place]) -> list[Lane]:
    """The lane of each place, in the same order. What overlaps, if only through others between, shares the width."""
    found: list[Lane] = [Lane()] * len(places)
    group: list[tuple[int, int]] = []
    ends: list[int] = []
    for index in sorted(range(len(places)), key=lambda index: places[index]):
        place = places[index]
        if ends and place.quarter >= max(ends):
            _close(found, group, len(ends))
            group, ends = [], []
        free = next((lane for lane, end in enumerate(ends) if end <= place.quarter), len(ends))
        ends[free : free + 1] = [place.end]
        group.append((index, free))
    _close(found, group, len(ends))
    return found


def _close(found: list[Lane], group: Iterable[tuple[int, int]], count: int) -> None:
    for index, lane in group:
        found[index] = Lane(lane, count)
