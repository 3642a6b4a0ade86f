"""Doubts that a passage told late takes away: the stays are then as if it had been told in time."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from access.gate.credentials import Subject
from access.gate.elsewhere import TWO_SITES, is_there
from access.gate.lapse import has_lapsed
from access.gate.persons import open_stays
from access.gate.stays import undoubt
from access.models import Entry


def explain_stays(subject: Subject, at: datetime) -> None:
    """Take off the open stays that began since an instant the doubts that no longer hold."""
    stays = open_stays(subject)
    for stay in stays:
        if stay.entered_at >= at and (known := {*_explained(stay, stays)} & {*stay.anomalies}):
            undoubt(stay, known)


def _explained(stay: Entry, stays: Sequence[Entry]) -> Iterator[str]:
    if any(_is_around(other, stay) for other in stays):
        yield "way_unsure"
    if not any(is_there(other, stay.zone, max(stay.entered_at, other.entered_at)) for other in stays):
        yield TWO_SITES


def _is_around(other: Entry, stay: Entry) -> bool:
    """Whether a stay says that somebody had come into a zone around that of another one."""
    around = other.zone_id in stay.zone.lineage[:-1] and other.entered_at <= stay.entered_at
    return around and not has_lapsed(other, stay.entered_at)
