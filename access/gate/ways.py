"""Which way somebody goes by a door that serves both (docs/rules.md, Stays)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from access.gate.credentials import Subject
from access.gate.decision import OUT, Door, concerned
from access.gate.lapse import lapse_of, lapse_of_people
from access.gate.stays import ended_at, just_left, stays_begun
from access.models import Entry


def goes_out(
    subject: Subject, door: Door, inside: Sequence[Entry], at: datetime, *, late: bool, turn: timedelta
) -> bool:
    """Whether a person leaves by a door that serves both ways; `inside` are their open stays.

    Not where the stay has only just begun, and again where it has only just ended: the camera reads the car of who
    has presented a badge.
    """
    stays = stays_begun(subject, at) if late or not inside else inside
    current = [stay for stay in stays if stay.entered_at <= at < ended_at(stay) and _may_leave(stay, at)]
    current = [stay for stay in current if not _was_elsewhere(stay, subject, at)]
    under_way = concerned(current, subject, Door(door.zone, OUT))
    if under_way:
        return all(at - stay.entered_at >= turn for stay in under_way)
    return bool(just_left(stays, subject, door, at, turn))


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
