"""What a reader sends and is answered: each nonce once, offline passages as they were, and no way in by a failure."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate.credentials import Credential, identify
from access.gate.decision import IN, OUT
from access.gate.failures import record_failure
from access.gate.gathering import Door
from access.gate.passages import Circumstances, Passage, pass_door
from access.models import Device, Direction, Entry, Read

logger = logging.getLogger(__name__)
# A reader whose clock is off by more is remarked on.
SKEW = timedelta(minutes=5)
# No reader keeps passages longer: its clock is wrong.
OLDEST = timedelta(days=60)
_FAILED = "read %s of device %s could not be decided"


class NonceReused(Exception):
    """The nonce was used for another read."""


class NotRecorded(Exception):
    """A passage that happened could not be written down: the reader keeps it and sends it again."""


class WrongDirection(Exception):
    """The direction asked is not one of the device's."""


@dataclass(frozen=True)
class Scan:
    """One read as the reader sent it."""

    nonce: str
    credential: Credential
    read_at: datetime | None = None
    direction: str = ""

    @property
    def body_hash(self) -> str:
        """What tells whether a repeated nonce came with the same read."""
        read_at = self.read_at.isoformat() if self.read_at else ""
        body = json.dumps([self.credential.type, self.credential.value, read_at, self.direction])
        return hashlib.sha256(body.encode()).hexdigest()


def answer(device: Device, scan: Scan, at: datetime) -> dict[str, Any]:
    """Decide on a read, record it and say what to do.

    Raises `NonceReused` and `WrongDirection`; any other failure refuses the way in and opens the way out.
    """
    remarks = ("clock_skew",) if scan.read_at and abs(at - scan.read_at) > SKEW else ()
    return _answer_once(device, scan, Circumstances(at, remarks=remarks, inputs=_said_at(scan)))


def answer_batch(device: Device, sent_at: datetime, scans: Sequence[Scan], at: datetime) -> list[dict[str, Any]]:
    """Record passages that happened while the reader was offline, in the order in which they happened.

    Times are those of the reader's clock, set right by the difference between its `sent_at` and ours. Each gets its
    answer; one that cannot be answered says why, in its place.
    """
    difference = at - sent_at
    skewed = abs(difference) > SKEW
    answers: dict[int, dict[str, Any]] = {}
    for index, scan in sorted(enumerate(scans), key=lambda pair: pair[1].read_at or sent_at):
        happened = _set_right(scan.read_at or sent_at, difference)
        possible = at - OLDEST <= happened <= at
        remarks = ("offline", *(("clock_skew",) if skewed or not possible else ()))
        circumstances = Circumstances(happened if possible else at, insist=True, remarks=remarks, inputs=_said_at(scan))
        answers[index] = _answer_or_explain(device, scan, circumstances)
    return [answers[index] for index in range(len(scans))]


def _set_right(moment: datetime, difference: timedelta) -> datetime:
    try:
        return moment + difference
    except OverflowError:
        return moment


def _said_at(scan: Scan) -> dict[str, Any]:
    return {"read_at": scan.read_at.isoformat()} if scan.read_at else {}


def _answer_or_explain(device: Device, scan: Scan, circumstances: Circumstances) -> dict[str, Any]:
    try:
        return {"nonce": scan.nonce} | _answer_once(device, scan, circumstances)
    except NonceReused:
        return {"nonce": scan.nonce, "code": "nonce_reused", "detail": nonce_reused()}
    except NotRecorded:
        return {"nonce": scan.nonce, "code": "internal_error", "detail": _("Non enregistré : renvoyez ce passage.")}


def nonce_reused() -> str:
    """What is said of a nonce that comes back with another read."""
    return _("Ce numéro unique (nonce) a déjà servi pour une autre lecture.")


def _answer_once(device: Device, scan: Scan, circumstances: Circumstances) -> dict[str, Any]:
    """The answer to a read. A nonce that comes again is stopped by its constraint: a fresh one costs no question."""
    for last in (False, True):
        try:
            return _record(device, scan, circumstances)
        except WrongDirection:
            raise
        except DatabaseError:
            if (known := _known(device, scan)) is not None:
                return known
            # Something else than a nonce: a deadlock with people who move what we read. The way is free now.
            logger.log(logging.ERROR if last else logging.INFO, _FAILED, scan.nonce, device.pk, exc_info=True)
        except Exception:
            logger.exception(_FAILED, scan.nonce, device.pk)
            break
    if circumstances.insist:
        raise NotRecorded
    return _failure(device, scan, circumstances)


def _known(device: Device, scan: Scan) -> dict[str, Any] | None:
    """The answer this nonce got before, where the database can still say it. Raises `NonceReused`."""
    try:
        return _answered(device, scan)
    except DatabaseError:
        return None


@transaction.atomic
def _record(device: Device, scan: Scan, circumstances: Circumstances) -> dict[str, Any]:
    if circumstances.insist and scan.direction:
        # It has happened: were the device told since to serve the other way alone, it is recorded as it was.
        direction = scan.direction
        if device.direction not in (Direction.BOTH, direction):
            circumstances = replace(circumstances, remarks=(*circumstances.remarks, "direction_not_served"))
    else:
        direction = _direction(device, scan) or _turn(device, scan)
    door = Door(device.zone, direction, device)
    passage = pass_door(scan.credential, door, circumstances)
    said = _said(passage)
    Read.objects.create(
        device=device, nonce=scan.nonce, body_hash=scan.body_hash, answer=said, created_at=timezone.now()
    )
    return said


def _answered(device: Device, scan: Scan) -> dict[str, Any] | None:
    """The answer this nonce got before. Raises `NonceReused` where it was for another read."""
    read = Read.objects.filter(device=device, nonce=scan.nonce).first()
    if read is None:
        return None
    if read.body_hash != scan.body_hash:
        raise NonceReused
    answered: dict[str, Any] = read.answer
    return answered


def _direction(device: Device, scan: Scan) -> str:
    """Which way it goes by what the device and the reader say; nothing where neither does."""
    if device.direction == Direction.BOTH:
        return scan.direction
    if scan.direction not in ("", device.direction):
        raise WrongDirection(_("direction : cet appareil ne sert pas dans ce sens."))
    return str(device.direction)


def _turn(device: Device, scan: Scan) -> str:
    """Which way one goes through a door that serves both: out for who is inside, in for all others."""
    subject = identify(scan.credential, device.zone)
    holder: dict[str, Any] = {"card": subject.card} if subject.card else {"vehicle": subject.vehicle}
    inside = subject.known and Entry.objects.open().filter(zone=device.zone, **holder).exists()
    return OUT if inside else IN


def _said(passage: Passage) -> dict[str, Any]:
    """The answer of contract.md."""
    decision, event = passage.decision, passage.event
    let_through = passage.let_through
    said: dict[str, Any] = {
        "decision": "granted" if let_through else "refused",
        "reason": None if let_through else decision.reason,
        "reasons": [] if let_through else decision.codes,
        "message": decision.message if let_through == decision.granted else _("Passage enregistré."),
        "anomalies": event.anomalies if event else list(decision.anomalies),
        "event": event.pk if event else None,
        "server_time": timezone.now().isoformat(),
    }
    if passage.subject.client is not None:
        said["client"] = passage.subject.client.reference
    if passage.entry is not None:
        said["entry"] = passage.entry.pk
    return said


def _failure(device: Device, scan: Scan, circumstances: Circumstances) -> dict[str, Any]:
    """The answer where deciding failed."""
    door = Door(device.zone, _direction(device, scan) or IN, device)
    return _said(record_failure(door, scan.credential.type, circumstances))
