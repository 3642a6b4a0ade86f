"""Which way somebody goes by a door that serves both (docs/rules.md, Stays)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from access.gate.credentials import Subject
from access.gate.decision import OUT, Door, concerned
from access.gate.lapse import lapse_of, lapse_of_people, longest_stay
from access.gate.stays import LATE_TURN, ended_at, just_left, stays_begun
from access.models import Entry

# Whoever is read so long after a stay should have ended may leave late, as well as come back.
REST = timedelta(hours=3)


@dataclass(frozen=True)
class Way:
    """Out or in, and whether it may as well be the other way."""

    out: bool
    unsure: bool = False


def way_of(subject: Subject, door: Door, inside: Sequence[Entry], at: datetime, *, late: bool, turn: timedelta) -> Way:
    """Which way a person goes by a door that serves both; `inside` are their open stays.

    Not out where the stay has only just begun, and out again where it has only just ended: the camera reads the car of
    who has presented a badge.
    """
    stays = stays_begun(subject, at) if late or not inside else inside
    current = [stay for stay in stays if stay.entered_at <= at < ended_at(stay) and _may_leave(stay, at)]
    current = [stay for stay in current if not _was_elsewhere(stay, subject, at)]
    under_way = concerned(current, subject, Door(door.zone, OUT))
    if under_way:
        # Nobody was seen coming back to a car that stands there alone: it may as well have left, and come in again.
        out = all(at - stay.entered_at >= turn for stay in under_way)
        return Way(out, out and all(stay.parked for stay in under_way))
    out = bool(just_left(stays, subject, door, at, turn))
    return Way(out, not out and _may_leave_late(stays, subject, door, at))


def _may_leave_late(stays: Sequence[Entry], subject: Subject, door: Door, at: datetime) -> bool:
    """Whether the last stay should have ended only just now, or a turn that was unsure ended it."""
    begun = [stay for stay in stays if stay.entered_at <= at and not stay.parked]
    last = max(concerned(begun, subject, Door(door.zone, OUT)), key=lambda stay: stay.entered_at, default=None)
    if last is None:
        return False
    lapse = lapse_of_people(last)
    too_long = (last.is_open or last.estimated) and lapse <= at < lapse + REST
    doubted = last.to_check and LATE_TURN in last.anomalies
    turned = doubted and at < min(ended_at(last), lapse) + longest_stay(last.zone)
    return too_long or turned


def _may_leave(stay: Entry, at: datetime) -> bool:
    """Whether a way out is likely: within the longest stay of people; later, of a car that its driver left there."""
    left_there = stay.parked and "car_unsure" not in stay.anomalies
    return lapse_of(stay) > at if left_there else lapse_of_people(stay) > at


def _was_elsewhere(stay: Entry, subject: Subject, at: datetime) -> bool:
    """Whether the person has come in at another site since, so that their way out of this one was missed."""
    if "two_sites" not in stay.anomalies:
        return False
    since = [other for other in stays_begun(subject, at) if other.entered_at > stay.entered_at]
    return any(other.zone.site_path != stay.zone.site_path for other in since)
