"""Further periods of a card after its first validity, to the minute: `[["2026-12-01T07:00:00+00:00", "…"], …]`.

They are kept in order and in UTC. None of them overlaps another, nor the first validity, which then has an end.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.imports.cells import parse_date
from fixaloop.words.dates import day_of, end_of, local

Stored = list[list[str]]
MOST = 50
_APART = re.compile(r"[|;\n]")
_BETWEEN = re.compile(r"\s+(?:–|-|au|à|to)\s+")


@dataclass(frozen=True, order=True)
class Period:
    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{_minute(self.start)} – {_minute(self.end)}"


@dataclass(frozen=True)
class Window:
    """When something is valid: from a day to a day, and from a moment to a moment; None where there is no end."""

    first: date | None
    last: date | None
    starts_at: datetime | None
    ends_at: datetime | None

    def has_begun(self, at: datetime, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.starts_at is None or self.starts_at <= at)

    def is_over(self, at: datetime, day: date) -> bool:
        return (self.last is not None and self.last < day) or (self.ends_at is not None and self.ends_at <= at)


def window_at(first: Window, stored: Stored, at: datetime) -> Window:
    """Of a card with this first validity, the window that is under way or comes next; else its last one."""
    if not stored or not first.is_over(at, day_of(at)):
        return first
    periods = read_periods(stored)
    found = next((period for period in periods if period.end > at), periods[-1])
    return Window(day_of(found.start), day_of(found.end), found.start, found.end)


def read_periods(stored: Stored) -> list[Period]:
    return [Period(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in stored]


def store_periods(periods: Iterable[Period]) -> Stored:
    return [[_kept(period.start), _kept(period.end)] for period in sorted(periods)]


def _kept(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(second=0, microsecond=0).isoformat()


def show_periods(stored: Stored) -> str:
    """“01/12/2026 08:00 – 05/12/2026 18:00 | …”, as `parse_periods` reads it."""
    return " | ".join(map(str, read_periods(stored)))


def _minute(moment: datetime) -> str:
    return f"{local(moment):%d/%m/%Y %H:%M}"


def parse_periods(text: str) -> Stored:
    return store_periods(_parse(part.strip()) for part in _APART.split(text) if part.strip())


def _parse(text: str) -> Period:
    ends = _BETWEEN.split(text)
    if len(ends) != 2:
        message = _("« %(value)s » n’est pas une période : écrivez 01/12/2026 08:00 – 05/12/2026 18:00.")
        raise ValidationError(message % {"value": text[:60]}, "period")
    start, end = map(parse_date, ends)
    if start is None or end is None:
        raise ValidationError(_("Une période a un début et une fin."), "period")
    return Period(start, end)


def validate_periods(value: Any) -> None:
    try:
        read_periods(value)
    except (TypeError, ValueError):
        raise ValidationError(_("Ces périodes ne sont pas lisibles."), "periods") from None


def check_periods(stored: Stored, last: date | None, ends_at: datetime | None) -> None:
    """Raise ValidationError unless the periods follow each other after a first validity that ends so."""
    if not stored:
        return
    if len(stored) > MOST:
        raise ValidationError(_("Une carte a %(most)s périodes au plus.") % {"most": MOST}, "periods")
    end = ends_at or (end_of(last) if last else None)
    if end is None:
        message = _("La carte est valable sans fin : donnez un dernier jour avant d’ajouter des périodes.")
        raise ValidationError(message, "periods")
    _check_order(read_periods(stored), end)


def _check_order(periods: Sequence[Period], end: datetime) -> None:
    for period in periods:
        if period.end <= period.start:
            raise ValidationError(
                _("La période du %(period)s finit avant de commencer.") % {"period": period}, "periods"
            )
        if period.start < end:
            message = _("La période du %(period)s commence avant la fin de celle d’avant (%(end)s).")
            raise ValidationError(message % {"period": period, "end": _minute(end)}, "periods")
        end = period.end


def extended(card: Any, day: date | None) -> dict[str, Any]:
    """The columns of a card whose last period goes on until the end of a day; None is without end.

    Raises ValidationError where that period begins later, or where only a first validity can be without end.
    """
    if not card.periods:
        return {"valid_until": day} | ({"ends_at": day and end_of(day)} if card.ends_at is not None else {})
    if day is None:
        raise ValidationError(_("Cette carte a plusieurs périodes : la dernière a une fin."), "periods")
    *others, last = read_periods(card.periods)
    if end_of(day) <= last.start:
        message = _("Sa dernière période commence le %(day)s : choisissez un jour après.")
        raise ValidationError(message % {"day": _minute(last.start)}, "periods")
    return {"periods": store_periods([*others, Period(last.start, end_of(day))])}


def advanced(card: Any, at: datetime) -> dict[str, Any]:
    """The columns of a card that is not valid yet, and now is: its next period begins at once."""
    today = timezone.localdate(at)
    if card.valid_from > today or (card.starts_at is not None and card.starts_at > at) or not card.periods:
        return {"valid_from": today} | ({"starts_at": at} if card.starts_at is not None else {})
    periods = read_periods(card.periods)
    following = next((period for period in periods if period.start > at), None)
    return {"periods": store_periods(Period(at, each.end) if each is following else each for each in periods)}
