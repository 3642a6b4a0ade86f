"""What is written where deciding itself failed: nothing half done, and an event if that much still works."""

from __future__ import annotations

import logging

from django.db import DatabaseError, transaction

from access.decision import Facts, fail
from access.events import record
from access.facts import Door
from access.identify import Subject
from access.models import Event
from access.passages import Circumstances, Passage

logger = logging.getLogger(__name__)


def record_failure(door: Door, credential_type: str, circumstances: Circumstances) -> Passage:
    """Refuse the way in and open the way out; without an event where the database takes none."""
    decision = fail(Facts(circumstances.at, door.direction, credential_type, zone=door.zone.name))
    event = None
    try:
        with transaction.atomic():
            event = record(
                Event.Kind.EXIT if decision.granted else Event.Kind.REFUSED,
                at=circumstances.at,
                by=circumstances.by,
                device=door.device,
                zone=door.zone,
                direction=door.direction,
                reasons=decision.codes,
                anomalies=[*circumstances.remarks, *decision.anomalies],
                inputs=circumstances.inputs,
            )
    except DatabaseError:
        logger.exception("a failure at zone %s could not be written as an event either", door.zone.pk)
    return Passage(decision, Subject(), event)
