"""How long a stay may last before it counts as over, seen leaving or not (docs/rules.md, Stays).

One rule for a way in, for a door that serves both ways, and for the night: a stay lapses after the longest stay of its
zone, and when the clock passes the hour at which the zone is empty. A car without a known driver may stand longer.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import F, Q
from django.db.models.lookups import Exact
from django.utils import timezone

from access.models import Entry, Zone
from access.models.entries import CAR, KINDS
from fixaloop.installation.firm import rule

DAY = timedelta(days=1)
# The anomalies of a stay whose end is a guess, or whose direction is, at a door that serves both ways.
GUESSED = (
    *("orphan", "exit_missed", "stay_too_long", "emptied", "left_unnamed"),
    *("way_unsure", "late_turn", "car_unsure", "owner_unsure", "two_sites", "entered_again"),
)
# What an exit settles that is seen or written.
SETTLED = (*GUESSED, "exit_corrected")


def longest_stay(zone: Zone) -> timedelta:
    return timedelta(hours=zone.longest_stay or rule("ORPHAN_HOURS"))


def longest_parked(zone: Zone) -> timedelta:
    return max(timedelta(days=rule("PARKED_DAYS")), longest_stay(zone))


def is_car(stay: Entry) -> bool:
    """Whether it is the stay of a car without a known driver: a company’s, or one whose driver left on foot."""
    driven = stay.vehicle_id is None or stay.card_id is not None
    return stay.parked or not (driven or stay.is_of_person)


OF_COMPANIES = Q(Exact(F("person") % KINDS, CAR))
CARS = Q(parked=True) | OF_COMPANIES


def lapse_of(stay: Entry) -> datetime:
    """When a stay counts as over if nobody was seen leaving; also its estimated end."""
    return stay.entered_at + longest_parked(stay.zone) if is_car(stay) else lapse_of_people(stay)


def lapse_of_people(stay: Entry) -> datetime:
    """When nobody can be there any more."""
    return lapse_in(stay.zone, stay.entered_at)


def lapse_in(zone: Zone, entered_at: datetime) -> datetime:
    end = entered_at + longest_stay(zone)
    return end if zone.reset_at is None else min(end, _next_reset(zone.reset_at, entered_at))


def has_lapsed(stay: Entry, at: datetime) -> bool:
    return lapse_of(stay) <= at


def is_empty(stay: Entry, at: datetime) -> bool:
    """Whether at most the car is still there."""
    return stay.parked or lapse_of_people(stay) <= at


def lapsed(zones: Iterable[Zone], at: datetime) -> Q:
    alike: dict[tuple[timedelta, time | None], list[Zone]] = {}
    for zone in zones:
        alike.setdefault((longest_stay(zone), zone.reset_at), []).append(zone)
    condition = Q(pk__in=())
    for (longest, reset_at), some in alike.items():
        begun = Q(entered_at__lte=at - longest)
        if reset_at is not None:
            begun |= Q(entered_at__lt=_last_reset(reset_at, at))
        stood = Q(entered_at__lte=at - longest_parked(some[0]))
        condition |= Q(zone__in=[zone.pk for zone in some]) & (~CARS & begun | CARS & stood)
    return condition


def _next_reset(reset_at: time, moment: datetime) -> datetime:
    today = timezone.localdate(moment)
    reset = _reset_on(today, reset_at)
    return reset if reset > moment else _reset_on(today + DAY, reset_at)


def _last_reset(reset_at: time, moment: datetime) -> datetime:
    today = timezone.localdate(moment)
    reset = _reset_on(today, reset_at)
    return reset if reset <= moment else _reset_on(today - DAY, reset_at)


def _reset_on(day: date, reset_at: time) -> datetime:
    """The reset of a local day. An hour that a clock change skips is the one after it."""
    return timezone.make_aware(datetime.combine(day, reset_at)).astimezone(UTC)
