"""What is written where deciding itself failed: nothing half done, and an event if that much still works."""

from __future__ import annotations

import logging

from django.db import DatabaseError, transaction

from access.gate.credentials import Subject
from access.gate.decision import Facts, fail
from access.gate.gathering import Door
from access.gate.passages import Circumstances, Passage
from access.models import Event
from access.services.events import record

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
