"""Zones inside one another: who leaves the inner one is in the one around it, and who comes into that one has left the
inner one (docs/rules.md, Stays).

Only where the zone around has a reader of its own for the way in: otherwise the inner one has a door to the street.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from access.gate.credentials import Subject
from access.gate.decision import IN, Door, concerned
from access.gate.persons import open_stays, opened_by
from access.gate.stays import ENTRY_MISSED, EXIT_MISSED, find_room, forget, stays_begun
from access.models import Device, Direction, Entry, Zone
from access.services import client_columns


def missing_around(subject: Subject, zone: Zone, at: datetime) -> Zone | None:
    """The zone around this one where somebody must have come in, though no stay of theirs says so."""
    outer = zone.parent
    if outer is None or not _is_read(outer):
        return None
    around = [stay for stay in stays_begun(subject, at) if outer.pk in stay.zone.lineage]
    # Whoever is seen further in has not left, however long that stay lasts.
    return None if any(stay.exited_at is None or stay.exited_at > at for stay in around) else outer


def _is_read(zone: Zone) -> bool:
    readers = Device.objects.filter(zone=zone, enabled=True, at_counter=False)
    return readers.filter(direction__in=(Direction.IN, Direction.BOTH)).exists()


def remain(subject: Subject, left: Entry | None, door: Door, at: datetime, *, late: bool) -> None:
    """Open a stay in the zone around the one that somebody leaves by its own door, if their way in there was missed."""
    if left is not None and door.zone.pk not in left.zone.lineage:
        return
    outer = missing_around(subject, door.zone, at)
    if outer is None:
        return
    stay = Entry(
        client=subject.client,
        card=subject.card,
        vehicle=subject.vehicle,
        zone=outer,
        entered_at=at,
        anomalies=[ENTRY_MISSED],
        to_check=True,
    )
    there = Door(outer, IN)
    find_room(stay, subject, there, concerned(open_stays(subject), subject, there), late=late)


def leave_inner(stays: Sequence[Entry], subject: Subject, zone: Zone, at: datetime, turn: timedelta) -> tuple[str, ...]:
    """End the stays in inner zones when the person enters the outer zone: they have left those unseen.

    Gives the anomalies of the passage. `stays` are the open ones of the person and the vehicle.
    """
    begun = [stay for stay in stays if stay.is_open and stay.entered_at <= at - turn]
    left = [stay for stay in begun if zone.pk in stay.zone.lineage[:-1] and opened_by(stay, subject)]
    for stay in left:
        forget(stay, subject, at)
    if left:
        client_columns.refresh_locked({stay.client_id for stay in left})
    return (EXIT_MISSED,) if left else ()
