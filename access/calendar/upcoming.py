"""What the calendar holds for a zone in the weeks to come."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from access.calendar.list import said_opening
from access.gate.opening import zones_around
from access.models import SpecialDay, Zone
from fixaloop.words.dates import say_days
from fixaloop.words.holidays import holiday

AHEAD = 60
MOST = 10


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
    special = SpecialDay.objects.during(today, until).of_zones(zone.lineage).order_by("first_day", "pk")
    written = [_written(day, zone) for day in special.select_related("zone")[:MOST]]
    lines = written + (_holidays(today) if any(one.closed_on_holidays for one in zones_around(zone)) else [])
    return sorted(lines, key=lambda line: line.first_day)[:MOST]


def _written(day: SpecialDay, zone: Zone) -> Upcoming:
    reason = day.reason if day.zone_id in (None, zone.pk) else f"{day.zone} : {day.reason}"
    days = say_days(day.first_day, day.last_day)
    return Upcoming(day.first_day, days, said_opening(day), reason, day.get_absolute_url())


def _holidays(today: date) -> list[Upcoming]:
    days = (today + timedelta(days=number) for number in range(AHEAD + 1))
    return [Upcoming(day, say_days(day, day), _("fermé"), name) for day in days if (name := holiday(day))]
