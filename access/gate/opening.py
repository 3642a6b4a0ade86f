"""When a zone is open around a moment: weekly hours, public holidays, and the special days of the calendar.

A special day of the zone wins over one of all zones, and what was written last wins; both win over a public holiday. A
zone is open while the zones around it are open too. Several zones are read with one query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from access.hours import NEVER, Hours, Spans, is_open
from access.models import SpecialDay, Zone
from fixaloop.lists.counting import read
from fixaloop.words.holidays import holiday

# The night before goes on into a day; and somebody who is refused is told when to come back within a week.
BEFORE, AFTER = timedelta(days=1), timedelta(days=8)


@dataclass(frozen=True)
class Opening:
    """The hours of a zone and of those around it, with the days that differ from them.

    `reason` is why today does, where a special day closes the zone; with `any_card_hour`, the hours of cards do not
    count now.
    """

    hours: tuple[Hours, ...]
    reason: str = ""
    any_card_hour: bool = False

    def is_open(self, at: datetime) -> bool:
        return all(is_open(hours, at) for hours in self.hours)


def opening_of(zone: Zone, at: datetime) -> Opening:
    today = timezone.localdate(at)
    first, last = today - BEFORE, today + AFTER
    coming = SpecialDay.objects.during(first, last).of_zones(zone.lineage or [zone.pk])
    special = read(coming.order_by("pk"))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    around = zones_around(zone)
    hours = [one.hours | _different(one, days, special) for one in around]
    closing = (in_force(one, today, special) for one, its in zip(around, hours, strict=True) if not is_open(its, at))
    return Opening(
        tuple(filter(None, hours)),
        next((day.reason for day in closing if day is not None), ""),
        any(_any_card_hour(one, at, special) for one in around),
    )


def zones_around(zone: Zone) -> list[Zone]:
    zones = [zone]
    while (outer := zones[-1].parent) is not None and len(zones) < len(zone.lineage):
        zones.append(outer)
    return zones


def _different(zone: Zone, days: Sequence[date], special: Sequence[SpecialDay]) -> Hours:
    found = {day.isoformat(): _spans(zone, day, special) for day in days}
    return {day: spans for day, spans in found.items() if spans is not None}


def _spans(zone: Zone, day: date, special: Sequence[SpecialDay]) -> Spans | None:
    """The hours of this very day; None if the weekly ones hold."""
    found = in_force(zone, day, special)
    if found is not None:
        return found.spans
    return [] if zone.closed_on_holidays and holiday(day) else None


def in_force(zone: Zone, day: date, special: Sequence[SpecialDay]) -> SpecialDay | None:
    found = [one for one in special if one.zone_id in (None, zone.pk) and one.covers(day)]
    return max(found, key=lambda one: (one.zone_id is not None, one.pk), default=None)


def _any_card_hour(zone: Zone, at: datetime, special: Sequence[SpecialDay]) -> bool:
    today = timezone.localdate(at)
    opened = {
        day.isoformat(): found.spans
        for day in (today - timedelta(days=1), today)
        if (found := in_force(zone, day, special)) is not None and found.any_card_hour
    }
    return bool(opened) and is_open(NEVER | opened, at)
