"""Stays that nobody was seen ending: over where they lapse, as estimated (docs/rules.md, Stays)."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from access.gate.lapse import lapsed
from access.gate.stays import guess_end, park
from access.models import Entry, Event, Zone
from access.services import client_columns
from clients.models import Client

logger = logging.getLogger(__name__)


def close_orphans(at: datetime, among: Iterable[int] | None = None) -> int:
    """Close the stays that have lapsed, all or `among` some, where they lapsed; return their number.

    One that cannot be closed keeps no other one open.
    """
    stays = Entry.objects.open().filter(lapsed(Zone.objects.all(), at))
    if among is not None:
        stays = stays.filter(pk__in=among)
    return sum(_closes(pk, at) for pk in list(stays.order_by("pk").values_list("pk", flat=True)))


def _closes(pk: int, at: datetime) -> bool:
    try:
        return _close_orphan(pk, at)
    except IntegrityError:
        logger.exception("stay %s has lapsed and could not be closed", pk)
        return False


@transaction.atomic
def _close_orphan(pk: int, at: datetime) -> bool:
    """Close one, unless its exit has been recorded meanwhile. The client is locked first, so that passages wait."""
    client = Client.objects.select_for_update(of=("self",)).filter(entries=pk).first()
    stays = Entry.objects.select_for_update(of=("self",)).select_related("zone")
    entry = stays.filter(pk=pk, exited_at__isnull=True).first()
    if entry is None or client is None:
        return False
    guess_end(entry, at, "orphan")
    park(entry, "car_unsure")
    client_columns.left({client.pk})
    Event.objects.record(
        Event.Kind.EXIT,
        at=entry.exited_at or at,
        client=client,
        card=entry.card,
        vehicle=entry.vehicle,
        zone=entry.zone,
        entry=entry,
        direction="out",
        anomalies=["orphan"],
    )
    return True
