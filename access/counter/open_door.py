"""The counter: a person lets somebody in or out, and answers for it."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from access.gate.credentials import CLIENT, PLATE, USERNAME, Credential, Subject, of_card, of_client, of_vehicle
from access.gate.gathering import Door
from access.gate.passages import Circumstances, Passage, record_passage
from fixaloop.records.refusal import Refused


@transaction.atomic
def open_door(
    subject: Subject, door: Door, *, by: AbstractBaseUser, reason: str = "", at: datetime | None = None
) -> Passage:
    """Let in or out somebody recognised at the counter. A reason lets through what would be refused, and is kept.

    Raises `Refused` for nobody.
    """
    if subject.client is None:
        raise Refused([])
    if subject.card is not None:
        locked, credential = of_card(subject.card, door.zone, lock=True), Credential(USERNAME, subject.card.username)
        # The code shown may have been replaced, and its card not.
        locked.secret_revoked = subject.secret_revoked
    elif subject.vehicle is not None:
        locked, credential = of_vehicle(subject.vehicle, door.zone, lock=True), Credential(PLATE, subject.vehicle.plate)
    else:
        locked, credential = of_client(subject.client, door.zone, lock=True), Credential(CLIENT, "")
    circumstances = Circumstances(
        at or timezone.now(), by=by, text=reason, insist=bool(reason), remarks=("manual",) if reason else ()
    )
    return record_passage(locked, credential, door, circumstances)
