"""What the calendar holds for a zone in the weeks to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from access.calendar.list import said_opening
from access.gate.opening import in_force, zones_around
from access.models import SpecialDay, Zone
from fixaloop.words.dates import say_days
from fixaloop.words.holidays import holiday

AHEAD = 60
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
    """The next of them, those of the zones around included."""
    until = today + timedelta(days=AHEAD)
    days = SpecialDay.objects.during(today, until).of_zones(zone.lineage).order_by("first_day", "pk")
    special = list(days.select_related("zone")[:MOST_READ])
    lines = [_written(day, zone) for day in special[:MOST]] + list(_holidays(zone, today, special))
    return sorted(lines, key=lambda line: line.first_day)[:MOST]


def _written(day: SpecialDay, zone: Zone) -> Upcoming:
    reason = day.reason if day.zone_id in (None, zone.pk) else f"{day.zone} : {day.reason}"
    days = say_days(day.first_day, day.last_day)
    return Upcoming(day.first_day, days, said_opening(day), reason, day.get_absolute_url())


def _holidays(zone: Zone, today: date, special: Sequence[SpecialDay]) -> Iterator[Upcoming]:
    """The public holidays on which a zone is closed, unless a special day says otherwise of them."""
    closed = [one for one in zones_around(zone) if one.closed_on_holidays]
    for day in (today + timedelta(days=number) for number in range(AHEAD + 1)) if closed else ():
        if (name := holiday(day)) and any(in_force(one, day, special) is None for one in closed):
            yield Upcoming(day, say_days(day, day), _("fermé"), name)
