"""What the calendar holds for zones in the weeks to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from access.calendar.list import said_opening
from access.gate.opening import in_force, zones_around
from access.models import SpecialDay, Zone
from fixaloop.words.dates import say_days
from fixaloop.words.holidays import holiday

AHEAD = timedelta(days=60)
MOST, MOST_READ = 10, 100


@dataclass(frozen=True)
class Upcoming:
    """Days that differ from the weekly hours, their hours and why; `url` for what somebody wrote."""

    first_day: date
    days: str
    opening: str
    reason: str
    url: str = ""


def upcoming(zone: Zone, today: date) -> list[Upcoming]:
    days = SpecialDay.objects.during(today, today + AHEAD).of_zones(zone.lineage).order_by("first_day", "pk")
    return upcoming_of([zone], today, list(days.select_related("zone")[:MOST_READ]), AHEAD)


def upcoming_of(zones: Sequence[Zone], today: date, special: Sequence[SpecialDay], ahead: timedelta) -> list[Upcoming]:
    """The next of them for several zones: a line names those it is about, unless these are all."""
    around = {key for zone in zones for key in (None, *zone.lineage)}
    written = [_written(day, zones) for day in special if day.zone_id in around]
    lines = [*written[:MOST], *_holidays(zones, today, special, ahead)] if zones else []
    return sorted(lines, key=lambda line: line.first_day)[:MOST]


def _written(day: SpecialDay, zones: Sequence[Zone]) -> Upcoming:
    everywhere = day.zone_id is None or [zone.pk for zone in zones] == [day.zone_id]
    reason = day.reason if everywhere else _named(str(day.zone), day.reason)
    days = say_days(day.first_day, day.last_day)
    return Upcoming(day.first_day, days, said_opening(day), reason, day.get_absolute_url())


def _named(zones: str, reason: str) -> str:
    return _("%(zones)s : %(reason)s") % {"zones": zones, "reason": reason}


def _holidays(
    zones: Sequence[Zone], today: date, special: Sequence[SpecialDay], ahead: timedelta
) -> Iterator[Upcoming]:
    """The public holidays on which zones are closed, unless a special day says otherwise of them."""
    for day in (today + timedelta(days=number) for number in range(ahead.days + 1)):
        name = holiday(day)
        closed = [zone for zone in zones if name and _is_closed(zone, day, special)]
        if closed:
            reason = name if len(closed) == len(zones) else _named(", ".join(zone.name for zone in closed), name)
            yield Upcoming(day, say_days(day, day), _("fermé"), reason)


def _is_closed(zone: Zone, day: date, special: Sequence[SpecialDay]) -> bool:
    around = (one for one in zones_around(zone) if one.closed_on_holidays)
    return any(in_force(one, day, special) is None for one in around)
