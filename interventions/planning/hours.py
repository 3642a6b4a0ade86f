"""The hours that a slot takes: the same ones every day, or all from its start to its end."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.utils import timezone

from fixaloop.words.dates import end_of, local, start_of


class Part(NamedTuple):
    """What a slot takes of one day, as instants."""

    day: date
    start: datetime
    end: datetime


def is_daily(start: datetime, end: datetime) -> bool:
    """Whether a slot of several days takes the same hours each day: it ends later in the day than it starts.

    From 09:00 to 17:00 two days later are three days of work; from 22:00 to 06:00 the work goes on through the night.
    """
    first, last = local(start), local(end)
    return first.date() < last.date() and first.time() < last.time()


def last_day(end: datetime) -> date:
    """The last day of a slot: one that ends at midnight does not reach into the next day."""
    return local(end - timedelta(microseconds=1)).date()


@lru_cache(maxsize=4096)
def parts(start: datetime, end: datetime) -> tuple[Part, ...]:
    if not is_daily(start, end):
        return by_day(start, end)
    first, last = local(start), local(end)
    return tuple(Part(day, _at(day, first), _at(day, last)) for day in _days(start, end))


def by_day(start: datetime, end: datetime) -> tuple[Part, ...]:
    begin, finish = start.astimezone(UTC), end.astimezone(UTC)
    return tuple(Part(day, max(begin, start_of(day)), min(finish, end_of(day))) for day in _days(start, end))


def _days(start: datetime, end: datetime) -> list[date]:
    first = local(start).date()
    return [first + timedelta(days=number) for number in range((last_day(end) - first).days + 1)]


def _at(day: date, moment: datetime) -> datetime:
    return timezone.make_aware(datetime.combine(day, moment.time())).astimezone(UTC)


def meet(some: Sequence[Part], others: Sequence[Part]) -> bool:
    return any(one.start < other.end and other.start < one.end for one in some for other in others)
