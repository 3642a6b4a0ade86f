"""A read and its answer: each nonce once, offline passages as they happened, and no way in by a failure."""

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

from access.gate.credentials import Credential
from access.gate.decision import IN, Door
from access.gate.orphans import close_orphans
from access.gate.passages import Circumstances, Passage, keep, pass_door, record_failure
from access.models import Device, Direction, Read

logger = logging.getLogger(__name__)
# A reader’s clock that is off by more gets a remark.
SKEW = timedelta(minutes=5)
# No reader keeps passages longer: an older time comes from a wrong clock.
OLDEST = timedelta(days=60)
_FAILED = "read %s of device %s could not be decided"


class NonceReused(Exception):
    """The nonce was used for another read."""

    def __str__(self) -> str:
        return _("Ce numéro unique (nonce) a déjà servi pour une autre lecture.")


class NotRecorded(Exception):
    """A passage that happened could not be recorded: the reader keeps it and sends it again."""


class WrongDirection(Exception):
    """The device does not serve the direction of the read."""


@dataclass(frozen=True)
class Scan:
    """One read as the reader sent it."""

    nonce: str
    credential: Credential
    read_at: datetime | None = None
    direction: str = ""

    @property
    def body_hash(self) -> str:
        """Differs where a repeated nonce comes with another read."""
        read_at = self.read_at.isoformat() if self.read_at else ""
        body = json.dumps([self.credential.type, self.credential.value, read_at, self.direction])
        return hashlib.sha256(body.encode()).hexdigest()

    def as_inputs(self) -> dict[str, Any]:
        return {"read_at": self.read_at.isoformat()} if self.read_at else {}


def answer(device: Device, scan: Scan, at: datetime) -> dict[str, Any]:
    """Decide on a read, record it and return the JSON answer.

    Raises `NonceReused` and `WrongDirection`; any other failure refuses the way in and opens the way out.
    """
    remarks = ("clock_skew",) if scan.read_at and abs(at - scan.read_at) > SKEW else ()
    return _answer_once(device, scan, Circumstances(at, remarks=remarks, inputs=scan.as_inputs()))


def answer_batch(device: Device, sent_at: datetime, scans: Sequence[Scan], at: datetime) -> list[dict[str, Any]]:
    """Record passages that happened while the reader was offline, in the order in which they happened.

    Times are the reader’s, corrected by the difference between its `sent_at` and our clock. Answers come in the order
    of `scans`; one that could not be recorded says why.
    """
    difference = at - sent_at
    skewed = abs(difference) > SKEW
    answers: dict[int, dict[str, Any]] = {}
    for index, scan in sorted(enumerate(scans), key=lambda pair: pair[1].read_at or sent_at):
        happened = _corrected(scan.read_at or sent_at, difference)
        possible = at - OLDEST <= happened <= at
        remarks = ("offline", *(("clock_skew",) if skewed or not possible else ()))
        moment = happened if possible else at
        circumstances = Circumstances(moment, insist=True, remarks=remarks, inputs=scan.as_inputs())
        answers[index] = _answer_or_explain(device, scan, circumstances)
    # What is over by now does not wait for the night; the reads of the batch have said all that they know.
    close_orphans(at, {said["entry"] for said in answers.values() if "entry" in said})
    return [answers[index] for index in range(len(scans))]


def _corrected(moment: datetime, difference: timedelta) -> datetime:
    try:
        return moment + difference
    except OverflowError:
        return moment


def _answer_or_explain(device: Device, scan: Scan, circumstances: Circumstances) -> dict[str, Any]:
    try:
        return {"nonce": scan.nonce} | _answer_once(device, scan, circumstances)
    except NonceReused as error:
        return {"nonce": scan.nonce, "code": "nonce_reused", "detail": str(error)}
    except NotRecorded:
        return {"nonce": scan.nonce, "code": "internal_error", "detail": _("Non enregistré : renvoyez ce passage.")}


def _answer_once(device: Device, scan: Scan, circumstances: Circumstances) -> dict[str, Any]:
    """The answer to a read. The constraint on nonces stops a repeated one, so a fresh one costs no query."""
    for last in (False, True):
        try:
            return _record(device, scan, circumstances)
        except WrongDirection:
            raise
        except DatabaseError:
            if (known := _known(device, scan)) is not None:
                return known
            # Not a nonce but a deadlock with a change of the same rows: a second try finds them free.
            logger.log(logging.ERROR if last else logging.INFO, _FAILED, scan.nonce, device.pk, exc_info=True)
        except Exception:
            logger.exception(_FAILED, scan.nonce, device.pk)
            break
    if circumstances.insist:
        raise NotRecorded
    door = Door(device.zone, _direction(device, scan) or IN, device)
    return _said(record_failure(door, scan.credential.type, circumstances))


def _known(device: Device, scan: Scan) -> dict[str, Any] | None:
    """The answer this nonce got before; None if there is none or the database cannot tell.

    Raises `NonceReused` where it was for another read.
    """
    try:
        read = Read.objects.filter(device=device, nonce=scan.nonce).first()
    except DatabaseError:
        return None
    if read is None:
        return None
    if read.body_hash != scan.body_hash:
        raise NonceReused
    answered: dict[str, Any] = read.answer
    return answered


@transaction.atomic
def _record(device: Device, scan: Scan, circumstances: Circumstances) -> dict[str, Any]:
    if circumstances.insist and scan.direction:
        # It has happened this way, even if the device has since been set to serve the other way alone.
        direction = scan.direction
        if device.direction not in (Direction.BOTH, direction):
            circumstances = replace(circumstances, remarks=(*circumstances.remarks, "direction_not_served"))
    else:
        direction = _direction(device, scan)
    passage = pass_door(scan.credential, Door(device.zone, direction, device), circumstances)
    said = _said(passage)
    keep(passage, device=device, nonce=scan.nonce, body_hash=scan.body_hash, answer=said)
    return said


def _direction(device: Device, scan: Scan) -> str:
    if device.direction == Direction.BOTH:
        return scan.direction
    if scan.direction not in ("", device.direction):
        raise WrongDirection(_("direction : cet appareil ne sert pas dans ce sens."))
    return str(device.direction)


def _said(passage: Passage) -> dict[str, Any]:
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
    if passage.subject.plate_doubt and passage.subject.vehicle is not None:
        said |= {"approximate": True, "plate": passage.subject.vehicle.plate_display}
    if passage.entry is not None:
        said["entry"] = passage.entry.pk
    if passage.repeated:
        said["repeated"] = True
    return said
