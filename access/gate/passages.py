"""Somebody passes, or does not: the decision, the stay it opens or closes, and its event, in one transaction.

A passage takes the turn of its client (access/gate/turns.py), then locks the zone where places are counted: in this
order, so that two people at two doors never wait for each other. The only cards locked are passes for so many visits.
"""

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, transaction
from django.utils import timezone

from access.gate import credentials, persons
from access.gate.around import leave_inner, missing_around, remain
from access.gate.credentials import Credential, Subject, identify
from access.gate.decision import (
    IN,
    OUT,
    Decision,
    Door,
    concerned,
    decide,
    decided,
    decision_on,
    fail,
    occupancy_in_turn,
    open_entries,
    wait_for_turn,
)
from access.gate.elsewhere import leave_elsewhere
from access.gate.explained import explain_stays
from access.gate.facts import Facts
from access.gate.plates import plate_key
from access.gate.reasons import FAILURE, Reason
from access.gate.repeats import (
    UNTIMED,
    Earlier,
    Presented,
    earlier_read,
    keep_read,
    may_repeat,
    passed_lately,
    subject_key,
)
from access.gate.stays import LATE_TURN, doubt, drive_away, enter, leave, mark_used, remarks_of_exit
from access.gate.then import as_it_was, client_facts
from access.gate.ways import Way, way_of
from access.models import Entry, Event
from fixaloop.records.refusal import Refused

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Passage:
    """A decision and what came of it. No event: it was only a question, or nothing could be written."""

    decision: Decision
    subject: Subject
    event: Event | None = None
    entry: Entry | None = None
    presented: Presented | None = None
    repeated: bool = False

    @property
    def let_through(self) -> bool:
        return self.decision.granted if self.event is None else self.event.kind != Event.Kind.REFUSED


@dataclass(frozen=True)
class Stays:
    """The open stays of a person and a vehicle, and those of them that a passage ends or joins."""

    open: list[Entry]
    here: list[Entry]


@dataclass(frozen=True)
class Circumstances:
    """How a passage is recorded: time, author, reason to override a refusal, anomalies.

    With `insist`, a refusal lets through: it happened offline, or somebody at the counter answers for it. With
    `when_unknown`, the reader told no possible time, and it stands at the time of the message.
    """

    at: datetime
    by: AbstractBaseUser | None = None
    text: str = ""
    insist: bool = False
    remarks: tuple[str, ...] = ()
    inputs: dict[str, Any] = field(default_factory=dict)
    when_unknown: bool = False

    @property
    def offline(self) -> bool:
        return "offline" in self.remarks


def check(subject: Subject, credential: Credential, door: Door, at: datetime) -> Passage:
    counted = door.direction == IN and door.zone.capacity is not None
    present = persons.inside(door.zone, but=subject) if counted else 0

    def decide_on(one: Subject, stays: list[Entry]) -> Decision:
        return decision_on(one, credential, door, at, stays, present)

    subject, decision, _inside = decided(subject, door, open_entries(subject, door), decide_on)
    return Passage(decision, subject)


def pass_door(credential: Credential, door: Door, circumstances: Circumstances) -> Passage:
    """Decide and record one passage, in the caller’s transaction, which then calls `keep`.

    A door without direction serves both: who is inside goes out, and anybody else comes in.
    """
    then = circumstances.at if circumstances.offline else None
    subject = identify(credential, door.zone, leaving=door.direction == OUT, lock=True, then=then)
    return _pass(subject, credential, door, circumstances)


@transaction.atomic
def open_door(
    subject: Subject, door: Door, *, by: AbstractBaseUser, reason: str = "", at: datetime | None = None
) -> Passage:
    """Let in or out somebody recognised at the counter. A refusal with a reason lets through, and the reason is kept.

    Raises `Refused` for nobody.
    """
    if subject.client is None:
        raise Refused([])
    if subject.card is not None:
        locked = credentials.of_card(subject.card, door.zone, lock=True)
        credential = Credential(credentials.USERNAME, subject.card.username)
        # The code that was shown may have been replaced, but not its card.
        locked.secret_revoked = subject.secret_revoked
    elif subject.vehicle is not None:
        locked = credentials.of_vehicle(subject.vehicle, door.zone, lock=True)
        credential = Credential(credentials.PLATE, subject.read_as or subject.vehicle.plate)
        locked.read_as = subject.read_as
    else:
        locked = credentials.of_client(subject.client, lock=True)
        credential = Credential(credentials.CLIENT, "")
    circumstances = Circumstances(
        at or timezone.now(), by=by, text=reason, insist=bool(reason), remarks=("manual",) if reason else ()
    )
    return keep(_pass(locked, credential, door, circumstances))


def keep(passage: Passage, **read: Any) -> Passage:
    if passage.presented is not None and passage.event is not None:
        keep_read(passage.presented, passage.event, **read)
    return passage


def _pass(subject: Subject, credential: Credential, door: Door, circumstances: Circumstances) -> Passage:
    subject = _still_in_view(subject, credential, door, circumstances)
    if not subject.known:
        # Nobody’s value has no row to lock: without this, identical reads at once would not find each other.
        wait_for_turn(door.zone)
    if circumstances.offline:
        subject = as_it_was(subject, circumstances.at)
    presented = _presented(subject, credential, door, circumstances)
    offline = circumstances.offline
    if offline or may_repeat(subject, presented):
        earlier = earlier_read(presented, offline=offline)
        if earlier is not None and earlier.event.kind != Event.Kind.REFUSED:
            return _again(earlier, subject, presented)
    stays = persons.open_stays(subject)
    door = _which_way(subject, door, circumstances, stays, presented.turn)
    inside = concerned(stays, subject, door)
    subject, decision, inside = _decide(subject, credential, door, circumstances, inside, presented.turn)
    if not (decision.granted or circumstances.insist):
        earlier = earlier_read(presented, offline=offline)
        if earlier is not None:
            return _again(earlier, subject, presented)
    event = _record(decision, subject, credential, door, circumstances, Stays(stays, inside), presented.turn)
    return Passage(decision, subject, event, event.entry, presented)


def _presented(subject: Subject, credential: Credential, door: Door, circumstances: Circumstances) -> Presented:
    key = subject_key(subject, credential) + (UNTIMED if circumstances.when_unknown else "")
    return Presented(key, door.zone, door.direction, door.device, circumstances.at)


def _still_in_view(subject: Subject, credential: Credential, door: Door, circumstances: Circumstances) -> Subject:
    """The subject; for a plate that nobody owns, the car whose passage it repeats."""
    if subject.known or credential.type != credentials.PLATE:
        return subject
    for vehicle in passed_lately(credential.value, door.zone, door.direction, circumstances.at):
        seen = credentials.of_vehicle(vehicle, door.zone, lock=True)
        earlier = earlier_read(_presented(seen, credential, door, circumstances), offline=circumstances.offline)
        if earlier is not None and earlier.event.kind != Event.Kind.REFUSED:
            return seen
    return subject


def _which_way(subject: Subject, door: Door, circumstances: Circumstances, stays: list[Entry], turn: timedelta) -> Door:
    if door.direction:
        return door
    late, at = circumstances.offline, circumstances.at
    way = way_of(subject, door, stays, at, late=late, turn=turn) if subject.known else Way(out=False)
    sold = any(stay.entered_at <= at - turn for stay in persons.sold_with(subject, door.zone, at, stays))
    return replace(door, direction=OUT if way.out or sold else IN, turns=True, unsure=way.unsure and not sold)


def _decide(
    subject: Subject,
    credential: Credential,
    door: Door,
    circumstances: Circumstances,
    inside: list[Entry],
    turn: timedelta,
) -> tuple[Subject, Decision, list[Entry]]:
    at = circumstances.at
    present = occupancy_in_turn(door.zone, subject) if door.direction == IN else 0

    def decide_on(one: Subject, stays: list[Entry]) -> Decision:
        begun = [stay for stay in stays if stay.entered_at <= at]
        known = client_facts(one.client, at) if circumstances.offline else {}
        return decision_on(one, credential, door, at, begun, present, known)

    return decided(subject, door, inside, decide_on, at - turn)


def _record(
    decision: Decision,
    subject: Subject,
    credential: Credential,
    door: Door,
    circumstances: Circumstances,
    stays: Stays,
    turn: timedelta,
) -> Event:
    let_through = decision.granted or circumstances.insist
    entry, remarks = None, circumstances.remarks
    if let_through and subject.known:
        at, late = circumstances.at, circumstances.offline
        if door.direction == IN:
            unsure: tuple[str, ...] = (LATE_TURN,) if door.unsure else ()
            if door.turns and missing_around(subject, door.zone, at) is not None:
                unsure += ("way_unsure",)
            entry = enter(subject, door, at, stays.here, late=late, turn=turn)
            remarks += leave_inner(stays.open, subject, door.zone, at, turn)
            if unsure and entry.is_open:
                doubt(entry, *unsure)
                remarks += unsure
        else:
            entry = leave(subject, door, at, stays.here, late=late, turn=turn)
            drive_away(persons.sold_with(subject, door.zone, at, stays.open))
            remain(subject, entry, door, at, late=late)
            remarks += remarks_of_exit(entry, door)
        remarks += leave_elsewhere(stays.open, subject, door.zone, at, entry)
        if late:
            explain_stays(subject, at)
        if circumstances.when_unknown and entry is not None:
            doubt(entry, "clock_skew")
    return _tell(decision, subject, credential, door, circumstances, let_through, entry, remarks)


def _again(earlier: Earlier, subject: Subject, presented: Presented) -> Passage:
    """The passage that a repeated read gets: the first one’s."""
    event = earlier.event
    if event.kind != Event.Kind.REFUSED:
        mark_used(subject, presented.at)
    if earlier.doubtful and event.entry is not None:
        doubt(event.entry, "turn_too_soon")
    subject = replace(subject, read_as=event.plate_read)
    return replace(passage_of(event), subject=subject, presented=presented, repeated=True)


def passage_of(event: Event) -> Passage:
    """A past passage, decided again from the facts kept with its event."""
    decision = decide(Facts.from_inputs(event.inputs.get("facts", {})))
    return Passage(decision, Subject(event.card, event.vehicle, event.client), event, event.entry)


def _tell(
    decision: Decision,
    subject: Subject,
    credential: Credential,
    door: Door,
    circumstances: Circumstances,
    let_through: bool,
    entry: Entry | None,
    remarks: tuple[str, ...],
) -> Event:
    kind = Event.Kind.REFUSED if not let_through else Event.Kind.ENTRY if door.direction == IN else Event.Kind.EXIT
    anomalies = (*remarks, *(decision.codes if let_through else ()), *decision.anomalies)
    strange = credential.type == credentials.PLATE and (subject.vehicle is None or bool(subject.read_as))
    shown = {} if credential.type == credentials.CLIENT else credential.as_inputs()
    return Event.objects.record(
        kind,
        at=circumstances.at,
        by=circumstances.by,
        tags=credentials.tags_of(subject),
        text=circumstances.text,
        client=subject.client,
        card=subject.card,
        vehicle=subject.vehicle,
        device=door.device,
        zone=door.zone,
        entry=entry,
        direction=door.direction,
        reasons=[] if let_through else decision.codes,
        anomalies=list(dict.fromkeys(anomalies)),
        plate_read=plate_key(credential.value) if strange else "",
        inputs={"facts": decision.facts.as_inputs(), "credential": {"type": credential.type, **shown}}
        | circumstances.inputs,
    )


def unrecorded(door: Door, credential_type: str, circumstances: Circumstances, why: Reason = FAILURE) -> Passage:
    """What is answered where deciding failed, without an event."""
    return Passage(fail(Facts(circumstances.at, door.direction, credential_type, zone=door.zone.name), why), Subject())


def write_failure(passage: Passage, door: Door, circumstances: Circumstances) -> Passage:
    decision = passage.decision
    event = Event.objects.record(
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
    return replace(passage, event=event)


def record_failure(door: Door, credential_type: str, circumstances: Circumstances) -> Passage:
    """What is answered where deciding failed: `fail`, with an event if at least that can be written."""
    passage = unrecorded(door, credential_type, circumstances)
    try:
        with transaction.atomic():
            return write_failure(passage, door, circumstances)
    except DatabaseError:
        logger.exception("a failure at zone %s could not be written as an event either", door.zone.pk)
    return passage
