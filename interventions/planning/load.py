"""How much work is placed on a day, and how much one has time for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.conf import settings

from access.hours import DAYS, Hours, parse_hours
from fixaloop.installation.firm import firm, is_given
from fixaloop.speed.texts import gettext as _
from interventions.planning.axis import DAY, minutes
from interventions.planning.hours import Part

Span = tuple[int, int]


@dataclass(frozen=True)
class Load:
    """Minutes placed and available."""

    placed: int = 0
    available: int = 0

    def __add__(self, other: "Load") -> "Load":
        return Load(self.placed + other.placed, self.available + other.available)

    @property
    def over(self) -> int:
        return max(0, self.placed - self.available)

    @property
    def percent(self) -> int:
        if not self.available:
            return 100 if self.placed else 0
        return min(100, self.placed * 100 // self.available)


def work_hours() -> Hours:
    """The operator’s, else those that the firm is open, else the usual ones."""
    open_hours = "" if is_given("WORK_HOURS") else firm()["hours"]
    return _parsed(open_hours or settings.WORK_HOURS)


@lru_cache(maxsize=8)
def _parsed(text: str) -> Hours:
    return parse_hours(text)


def worked_spans(day: date) -> list[Span]:
    """The minutes of a usual day of work, from midnight; none on a day that is not worked."""
    spans = work_hours().get(DAYS[day.weekday()], [])
    found = [(_minute(start), _minute(end)) for start, end in spans]
    return [(start, end if start < end else DAY) for start, end in found]


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def placed(parts: Iterable[Part]) -> int:
    return sum(end - start for start, end in map(minutes, parts))


def available(free: Sequence[Span], away: Iterable[Part]) -> int:
    for start, end in map(minutes, away):
        free = [piece for span in free for piece in _without(span, start, end)]
    return sum(end - start for start, end in free)


def _without(span: Span, start: int, end: int) -> list[Span]:
    pieces = ((span[0], min(span[1], start)), (max(span[0], end), span[1]))
    return [(first, last) for first, last in pieces if first < last]


def say_hours(length: int) -> str:
    """“31 h 30”, “40 h”, “45 min” of so many minutes."""
    hours, rest = divmod(length, 60)
    if not rest:
        return _("%(hours)s h") % {"hours": hours}
    if not hours:
        return _("%(minutes)s min") % {"minutes": rest}
    return _("%(hours)s h %(minutes)s") % {"hours": hours, "minutes": f"{rest:02d}"}
