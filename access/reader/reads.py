"""A read and its answer: each nonce once, offline passages as they happened, and no way in by a failure."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate.credentials import Credential
from access.gate.decision import IN, Door
from access.gate.orphans import close_orphans
from access.gate.passages import Circumstances, Passage, keep, pass_door
from access.gate.reasons import FAILURE, LATE, Reason
from access.models import Device, Direction, Event, Read
from access.reader import untold
from access.reader.untold import Failure
from access.services.corrections import withdraw
from fixaloop.records.deadlines import Deadline, Patience, TooLate, bounded, gave_up

logger = logging.getLogger(__name__)
# A reader’s clock that is off by more gets a remark.
SKEW = timedelta(minutes=5)
# No reader keeps passages longer: an older time comes from a wrong clock.
OLDEST = timedelta(days=60)
# How long a batch may take; what is not recorded by then is sent again.
BATCH = 120.0
# What is left to say that there was no time left.
GRACE = 0.3
_FAILED = "read %s of device %s could not be decided"


class NonceReused(Exception):
    """The nonce was used for another read."""

    def __str__(self) -> str:
        return _("Ce numéro unique (nonce) a déjà servi pour une autre lecture.")


class NotRecorded(Exception):
    """A passage that happened could not be recorded: the reader keeps it and sends it again."""


class WrongType(Exception):
    """The device may not ask for such a credential."""


class WrongDirection(Exception):
    """The device does not serve the direction of the read."""


@dataclass(frozen=True)
class Scan:
    """One read as the reader sent it; it stops waiting at `answer_by`, of our clock."""

    nonce: str
    credential: Credential
    read_at: datetime | None = None
    direction: str = ""
    answer_by: datetime | None = None

    @property
    def body_hash(self) -> str:
        """Differs where a repeated nonce comes with another read."""
        read_at = self.read_at.isoformat() if self.read_at else ""
        body = json.dumps([self.credential.type, self.credential.value, read_at, self.direction])
        return hashlib.sha256(body.encode()).hexdigest()

    def as_inputs(self) -> dict[str, Any]:
        return {"read_at": self.read_at.isoformat()} if self.read_at else {}


def answer(device: Device, scan: Scan, at: datetime, deadline: Deadline | None = None) -> dict[str, Any]:
    """Decide on a read, record it and return the JSON answer, before the reader stops waiting for it.

    Raises `NonceReused`, `WrongType` and `WrongDirection`; any other failure refuses the way in and opens the way out.
    One that came too late stands.
    """
    remarks = ("clock_skew",) if scan.read_at and abs(at - scan.read_at) > SKEW else ()
    circumstances = Circumstances(at, remarks=remarks, inputs=scan.as_inputs())
    deadline = deadline or Deadline(settings.GATE_ANSWER_MS / 1000)
    _check_type(device, scan)
    if scan.answer_by is not None:
        deadline = deadline.at_most((scan.answer_by - timezone.now()).total_seconds())
    said, fresh = _answer_once(device, scan, circumstances, deadline)
    if fresh:
        untold.tell(Deadline(GRACE), patience())
    return _taken_back(device, scan, said) if fresh and deadline.left <= 0 else said


def _taken_back(device: Device, scan: Scan, said: dict[str, Any]) -> dict[str, Any]:
    """The answer where a way in was written too late for the reader: nobody has gone in by it."""
    if said["event"] is None or said["decision"] == "refused":
        return said
    try:
        with bounded(Deadline(GRACE), patience()):
            now = timezone.now()
            event = Event.objects.told_near(said["event"], now)
            if event is None or not withdraw(event, why="answer_late", at=now):
                return said
            refused = {"decision": "refused", "reason": LATE.code, "reasons": [LATE.code], "message": str(LATE.holder)}
            said = {**said, **refused, "anomalies": ["answer_late"]}
            Read.objects.filter(device=device, nonce=scan.nonce).update(answer=said)
    except (DatabaseError, TooLate):
        logger.exception(
            "read %s of device %s was answered too late, and could not be withdrawn", scan.nonce, device.pk
        )
    return said


def patience() -> Patience:
    return Patience(settings.GATE_LOCK_MS / 1000, settings.GATE_STATEMENT_MS / 1000)


def answer_batch(
    device: Device, sent_at: datetime, scans: Sequence[Scan], at: datetime, waited: timedelta = timedelta()
) -> list[dict[str, Any]]:
    """Record passages that happened while the reader was offline, in the order in which they happened.

    Times are the reader’s, corrected by the difference between its `sent_at` and our clock when the message came, which
    has `waited` since. Answers come in the order of `scans`; one that could not be recorded says why.
    """
    difference = at - waited - sent_at
    skewed = abs(difference) > SKEW
    answers: dict[int, dict[str, Any]] = {}
    deadline = Deadline(BATCH)
    for index, scan in sorted(enumerate(scans), key=lambda pair: pair[1].read_at or sent_at):
        happened = _corrected(scan.read_at or sent_at, difference)
        possible = at - OLDEST <= happened <= at
        remarks = ("offline", *(("clock_skew",) if skewed or not possible else ()))
        moment = happened if possible else at
        circumstances = Circumstances(
            moment, insist=True, remarks=remarks, inputs=scan.as_inputs(), when_unknown=not possible
        )
        answers[index] = _answer_or_explain(device, scan, circumstances, deadline)
    _close_orphans(at, {said["entry"] for said in answers.values() if "entry" in said}, deadline)
    return [answers[index] for index in range(len(scans))]


def _close_orphans(at: datetime, stays: set[int], deadline: Deadline) -> None:
    """End what is over by now, since the reads of the batch have said all that they know; else the night does."""
    try:
        with bounded(deadline, patience()):
            close_orphans(at, stays)
    except (DatabaseError, TooLate):
        logger.info("stays that are over wait for the night", exc_info=True)


def _corrected(moment: datetime, difference: timedelta) -> datetime:
    try:
        return moment + difference
    except OverflowError:
        return moment


def _answer_or_explain(device: Device, scan: Scan, circumstances: Circumstances, deadline: Deadline) -> dict[str, Any]:
    try:
        _check_type(device, scan)
        return {"nonce": scan.nonce} | _answer_once(device, scan, circumstances, deadline)[0]
    except WrongType as error:
        return {"nonce": scan.nonce, "code": "type_not_served", "detail": str(error)}
    except NonceReused as error:
        return {"nonce": scan.nonce, "code": "nonce_reused", "detail": str(error)}
    except NotRecorded:
        return {"nonce": scan.nonce, "code": "internal_error", "detail": _("Non enregistré : renvoyez ce passage.")}


def _answer_once(
    device: Device, scan: Scan, circumstances: Circumstances, deadline: Deadline
) -> tuple[dict[str, Any], bool]:
    """The answer to a read, and whether it is a fresh one.

    The constraint on nonces stops a repeated one, so a fresh one costs no query.
    """
    why = FAILURE
    for last in (False, True):
        try:
            return _record(device, scan, circumstances, deadline), True
        except WrongDirection:
            raise
        except (DatabaseError, TooLate) as error:
            if (known := _known(device, scan)) is not None:
                was_late = LATE.code in (known["reason"], *known["anomalies"])
                if last or not (was_late and circumstances.insist):
                    return known, False
                # The reader opened by itself, since we could not decide in time: the passage has happened.
                Read.objects.filter(device=device, nonce=scan.nonce).delete()
                continue
            late = isinstance(error, TooLate) or gave_up(error)
            # Not a nonce but a deadlock with a change of the same rows: a second try finds them free.
            logger.log(logging.ERROR if last or late else logging.INFO, _FAILED, scan.nonce, device.pk, exc_info=True)
            if late:
                why = LATE
                break
        except Exception:
            logger.exception(_FAILED, scan.nonce, device.pk)
            break
    if circumstances.insist:
        raise NotRecorded
    return _failed(device, scan, circumstances, why), False


def _failed(device: Device, scan: Scan, circumstances: Circumstances, why: Reason) -> dict[str, Any]:
    """The answer where nothing was decided. One that came too late stands: the nonce is never granted afterwards."""
    failure = Failure(Door(device.zone, _direction(device, scan) or IN, device), scan.credential, circumstances, why)
    try:
        with bounded(Deadline(GRACE), patience()):
            passage = failure.record()
            said = _said(passage)
            if why is LATE:
                keep(passage, **_as_kept(device, scan, said))
    except (DatabaseError, TooLate) as error:
        logger.info("the failure of read %s could not be written", scan.nonce, exc_info=True)
        if (known := _known(device, scan)) is not None:
            return known
        if isinstance(error, TooLate) or gave_up(error):
            untold.append(failure)
        said = _said(failure.passage)
    return said


def _check_type(device: Device, scan: Scan) -> None:
    if scan.credential.type not in device.types:
        message = _("type : cet appareil ne demande pas ainsi. Valeurs possibles : %(types)s.")
        raise WrongType(message % {"types": ", ".join(device.types)})


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


def _record(device: Device, scan: Scan, circumstances: Circumstances, deadline: Deadline) -> dict[str, Any]:
    if circumstances.insist and scan.direction:
        # It has happened this way, even if the device has since been set to serve the other way alone.
        direction = scan.direction
        if device.direction not in (Direction.BOTH, direction):
            circumstances = replace(circumstances, remarks=(*circumstances.remarks, "direction_not_served"))
    else:
        direction = _direction(device, scan)
    with bounded(deadline, patience()):
        passage = pass_door(scan.credential, Door(device.zone, direction, device), circumstances)
        said = _said(passage)
        keep(passage, **_as_kept(device, scan, said))
    return said


def _as_kept(device: Device, scan: Scan, said: dict[str, Any]) -> dict[str, Any]:
    return {"device": device, "nonce": scan.nonce, "body_hash": scan.body_hash, "answer": said}


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
