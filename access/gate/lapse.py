"""How long a stay may last before it counts as over, seen leaving or not (docs/rules.md, Stays).

One rule for a way in, for a door that serves both ways, and for the night: a stay lapses after the longest stay of its
zone, and when the clock passes the hour at which the zone is empty.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from access.models import Entry, Zone

DAY = timedelta(days=1)
# What is said of a stay while its end is a guess; a door that served both ways may have taken it for the wrong one.
GUESSED = ("orphan", "exit_missed", "stay_too_long", "way_unsure")


def longest_stay(zone: Zone) -> timedelta:
    return timedelta(hours=zone.longest_stay or settings.ORPHAN_HOURS)


def lapse_of(stay: Entry) -> datetime:
    """When a stay counts as over if nobody was seen leaving; also its estimated end."""
    end = stay.entered_at + longest_stay(stay.zone)
    if stay.zone.reset_at is None:
        return end
    return min(end, _next_reset(stay.zone.reset_at, stay.entered_at))


def has_lapsed(stay: Entry, at: datetime) -> bool:
    return lapse_of(stay) <= at


def lapsed(zones: Iterable[Zone], at: datetime) -> Q:
    """The condition of `has_lapsed` for the stays in these zones."""
    condition = Q(pk__in=())
    for zone in zones:
        begun = Q(entered_at__lte=at - longest_stay(zone))
        if zone.reset_at is not None:
            begun |= Q(entered_at__lt=_last_reset(zone.reset_at, at))
        condition |= Q(zone=zone) & begun
    return condition


def _next_reset(reset_at: time, moment: datetime) -> datetime:
    today = _reset_on(reset_at, moment)
    return today if today > moment else _reset_on(reset_at, moment + DAY)


def _last_reset(reset_at: time, moment: datetime) -> datetime:
    today = _reset_on(reset_at, moment)
    return today if today <= moment else _reset_on(reset_at, moment - DAY)


def _reset_on(reset_at: time, moment: datetime) -> datetime:
    """The reset on the local day of a moment. An hour that a clock change skips is the one after it."""
    return timezone.make_aware(datetime.combine(timezone.localdate(moment), reset_at)).astimezone(UTC)
