"""Nobody and no car is at two sites at once (docs/rules.md, Stays): what a passage says of stays at another site."""

from collections.abc import Sequence
from datetime import datetime

from access.gate.credentials import Subject
from access.gate.lapse import has_lapsed
from access.gate.persons import is_same_car
from access.gate.stays import doubt, guess_end
from access.models import Entry, Zone
from access.services import client_columns
from clients.models import Client

TWO_SITES = "two_sites"


def leave_elsewhere(
    stays: Sequence[Entry], subject: Subject, zone: Zone, at: datetime, entry: Entry | None
) -> tuple[str, ...]:
    """End the stays of a car that is seen here, and doubt those of its driver; give the anomalies of the passage.

    `stays` are the open ones of the person and the vehicle, `entry` is the one here. Only an exact plate is certain.
    """
    there = [stay for stay in stays if is_there(stay, zone, at)]
    certain = [stay for stay in there if _is_gone(stay, subject)]
    for stay in certain:
        guess_end(stay, at)
    client_columns.refresh_locked({stay.client_id for stay in certain})
    unsure = [stay for stay in there if stay not in certain and _is_same_person(stay, subject)]
    for stay in unsure:
        doubt(stay, TWO_SITES)
    if unsure and entry is not None and entry.is_open:
        doubt(entry, TWO_SITES)
    return (TWO_SITES,) if unsure else ()


def is_there(stay: Entry, zone: Zone, at: datetime) -> bool:
    elsewhere = stay.zone.site_path != zone.site_path
    return elsewhere and stay.is_open and stay.entered_at <= at and not has_lapsed(stay, at)


def _is_gone(stay: Entry, subject: Subject) -> bool:
    """Whether the stay is known by nothing but the car that is here."""
    return stay.card_id is None and not subject.plate_doubt and is_same_car(stay, subject)


def _is_same_person(stay: Entry, subject: Subject) -> bool:
    """Two badges may be two people, and so may two people of a company who are known by its name alone."""
    if stay.parked:
        return False
    if subject.card is not None:
        return stay.card_id in (None, subject.card.pk)
    if subject.vehicle is not None:
        return True
    return subject.client is not None and subject.client.kind == Client.Kind.INDIVIDUAL
