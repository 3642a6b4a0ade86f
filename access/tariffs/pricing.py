"""What a stay costs by a tariff: a pure function of instants (docs/rules.md, Tariffs)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import zip_longest
from typing import Any

MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60
# The most that the column of an entry holds.
MOST_DUE = Decimal("9999999.99")
# A code and its values, as stored with the stay and put into words by access.tariffs.explaining.
Line = dict[str, Any]
Period = tuple[datetime, datetime]


@dataclass(frozen=True)
class Step:
    """From this minute of the stay on, each `every` minutes that begin cost `price`."""

    start: int
    every: int
    price: Decimal

    def begun(self, first: int, minutes: int) -> int:
        """How many of its spans have begun after so many minutes, if the first begins at `first`."""
        return max(0, -(-(minutes - first) // self.every))


@dataclass(frozen=True)
class Rates:
    """The first minutes, which are free, the steps in order, and the most that 24 hours cost."""

    free_minutes: int = 0
    steps: Sequence[Step] = ()
    day_cap: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        steps = [[step.start, step.every, str(step.price)] for step in self.steps]
        cap = None if self.day_cap is None else str(self.day_cap)
        return {"free_minutes": self.free_minutes, "steps": steps, "day_cap": cap}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Rates":
        steps = tuple(Step(start, every, Decimal(price)) for start, every, price in kept["steps"])
        cap = None if kept["day_cap"] is None else Decimal(kept["day_cap"])
        return cls(kept["free_minutes"], steps, cap)

    def bands(self) -> Iterator[tuple[Step, int, int | None]]:
        """Each step with the minutes that it covers: from the first to pay for, up to where the next one begins."""
        for step, following in zip_longest(self.steps, self.steps[1:]):
            yield step, max(step.start, self.free_minutes), following.start if following else None


@dataclass(frozen=True)
class Price:
    """What is due, and why."""

    amount: Decimal
    lines: list[Line]


def minutes_between(start: datetime, end: datetime) -> int:
    """The whole minutes that really went by, whatever clocks did meanwhile; the seconds left over are not counted."""
    return max(0, (end.astimezone(UTC) - start.astimezone(UTC)) // MINUTE)


def price(rates: Rates, start: datetime, end: datetime, *subscribed: Period) -> Price:
    """What a stay costs from its start to its end, without the time in which its client or company is a subscriber."""
    total = minutes_between(start, end)
    minutes = _outside(start, end, subscribed)
    lines: list[Line] = [{"code": "length", "minutes": total}]
    if minutes < total:
        lines.append({"code": "subscribed", "minutes": total - minutes, "whole": not minutes})
    if free := min(minutes, rates.free_minutes):
        lines.append({"code": "free", "minutes": free})
    charged, cut = _charge(rates, minutes)
    lines += [_told(step, count) for step, count in charged if count]
    if cut:
        lines.append({"code": "cap", "cap": str(rates.day_cap), "less": str(cut)})
    amount = sum((step.price * count for step, count in charged), Decimal(0)) - cut
    return Price(min(amount, MOST_DUE), lines)


def _told(step: Step, count: int) -> Line:
    return {
        "code": "step",
        "count": count,
        "every": step.every,
        "price": str(step.price),
        "amount": str(step.price * count),
    }


def _outside(start: datetime, end: datetime, periods: Iterable[Period]) -> int:
    since, until, minutes = start.astimezone(UTC), end.astimezone(UTC), 0
    for first, last in sorted((first.astimezone(UTC), last.astimezone(UTC)) for first, last in periods):
        minutes += minutes_between(since, min(until, first))
        since = max(since, last)
    return minutes + minutes_between(since, until)


def _charge(rates: Rates, minutes: int) -> tuple[list[tuple[Step, int]], Decimal]:
    """How many spans of each step have begun, and how much of it goes beyond the most that 24 hours cost.

    A span belongs to the 24 hours, counted from the start, in which it begins.
    """
    counts = [0] * len(rates.steps)
    cut = Decimal(0)
    for begin in range(0, minutes, DAY_MINUTES):
        end = min(minutes, begin + DAY_MINUTES)
        cost = Decimal(0)
        for number, (step, first, last) in enumerate(rates.bands()):
            upto = end if last is None else min(end, last)
            since = begin if last is None else min(begin, last)
            count = step.begun(first, upto) - step.begun(first, since)
            counts[number] += count
            cost += step.price * count
        if rates.day_cap is not None and cost > rates.day_cap:
            cut += cost - rates.day_cap
    return list(zip(rates.steps, counts, strict=True)), cut
