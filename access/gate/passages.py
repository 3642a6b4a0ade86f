"""Somebody passes, or does not: the decision, the stay it opens or closes, and its event, in one transaction.

Rows are locked in one order — card or vehicle with its client, then the zone where places are counted — so that two
people at two doors never wait for each other.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from access.gate import credentials, persons
from access.gate.credentials import Credential, Subject, identify
from access.gate.decision import (
    IN,
    OUT,
    Decision,
    Door,
    Facts,
    decision_on,
    fail,
    occupancy_in_turn,
    open_entries,
)
from access.gate.plates import plate_key
from access.models import AccessCard, Device, Entry, Event, Zone
from access.services import client_columns
from fixaloop.records.refusal import Refused

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Passage:
    """A decision and what came of it. No event: it was only a question, or nothing could be written."""

    decision: Decision
    subject: Subject
    event: Event | None = None
    entry: Entry | None = None

    @property
    def let_through(self) -> bool:
        return self.decision.granted if self.event is None else self.event.kind != Event.Kind.REFUSED


@dataclass(frozen=True)
class Circumstances:
    """How a passage is recorded: when, by whom, why against a refusal, with which anomalies.

    With `insist`, a refusal lets through: it happened offline, or somebody at the counter answers for it.
    """

    at: datetime
    by: AbstractBaseUser | None = None
    text: str = ""
    insist: bool = False
    remarks: tuple[str, ...] = ()
    inputs: dict[str, Any] = field(default_factory=dict)


def check(subject: Subject, credential: Credential, door: Door, at: datetime) -> Passage:
    counted = door.direction == IN and door.zone.capacity is not None
    inside = open_entries(subject, door)
    present = persons.inside(door.zone, but=subject) if counted else 0
    return Passage(decision_on(subject, credential, door, at, inside, present), subject)


def direction_of(credential: Credential, zone: Zone) -> str:
    """Which way somebody goes through a door that serves both: “out” if inside the zone, else “in”."""
    return OUT if open_entries(identify(credential, zone), Door(zone, IN)) else IN


def pass_door(credential: Credential, door: Door, circumstances: Circumstances) -> Passage:
    """Decide and record one passage, in the caller’s transaction."""
    subject = identify(credential, door.zone, leaving=door.direction == OUT, lock=True)
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
    return _pass(locked, credential, door, circumstances)


def _pass(subject: Subject, credential: Credential, door: Door, circumstances: Circumstances) -> Passage:
    present = occupancy_in_turn(door.zone, subject) if door.direction == IN else 0
    inside = open_entries(subject, door)
    decision = decision_on(subject, credential, door, circumstances.at, inside, present)
    let_through = decision.granted or circumstances.insist
    entry, remarks = None, circumstances.remarks
    if let_through and subject.client is not None:
        if door.direction == IN:
            entry = _enter(subject, door, circumstances, inside)
        else:
            entry = _leave(subject, door, circumstances.at, inside)
            remarks += _remarks_of_exit(entry, door)
    event = _tell(decision, subject, credential, door, circumstances, let_through, entry, remarks)
    return Passage(decision, subject, event, entry)


def _remarks_of_exit(entry: Entry | None, door: Door) -> tuple[str, ...]:
    if entry is None:
        return ("exit_without_entry",)
    if door.zone.pk in entry.zone.lineage:
        return () if entry.zone_id == door.zone.pk else ("left_outer_zone",)
    return ("left_elsewhere",)


def _enter(subject: Subject, door: Door, circumstances: Circumstances, inside: Sequence[Entry]) -> Entry:
    """Open an entry, or join the one that the same person opened with another badge or car.

    One that this credential left open ends where this one begins.
    """
    client: Any = subject.client
    at = circumstances.at
    forgotten = [stay for stay in inside if persons.opened_by(stay, subject)]
    if inside and not forgotten:
        return _join(inside[-1], subject, at)
    entry = Entry(
        client=client,
        card=subject.card,
        vehicle=subject.vehicle,
        zone=door.zone,
        device_in=door.device,
        entered_at=at,
        anomalies=list(subject.doubts),
    )
    for stay in forgotten:
        earlier, later = sorted((stay, entry), key=lambda each: each.entered_at)
        _close(earlier, later.entered_at, None, ("exit_missed",), estimated=True)
    if entry.is_open and "offline" in circumstances.remarks:
        _close_at_recorded_exit(entry, subject)
    entry.save(force_insert=True)
    _count_use(subject, at)
    if entry.is_open and not forgotten:
        client_columns.entered(client.pk, at)
    else:
        client_columns.refresh_locked({client.pk, *(stay.client_id for stay in forgotten)})
    return entry


def _join(stay: Entry, subject: Subject, at: datetime) -> Entry:
    """Add to a stay the badge of who came by car, or the car of who came with a badge: it is one person."""
    stay.card, stay.vehicle = subject.card or stay.card, subject.vehicle or stay.vehicle
    stay.entered_at = min(stay.entered_at, at)
    stay.save(update_fields=["card", "vehicle", "entered_at"])
    _count_use(subject, at)
    client_columns.refresh_locked({stay.client_id})
    return stay


def _close_at_recorded_exit(entry: Entry, subject: Subject) -> None:
    exits = Event.objects.filter(kind=Event.Kind.EXIT, zone=entry.zone, entry=None, at__gte=entry.entered_at)
    own = exits.filter(persons.stays_of(subject), client=entry.client)
    if entry.card is not None:
        own = own.filter(Q(card=entry.card) | Q(card=None))
    seen = own.order_by("at", "pk").first()
    if seen is not None:
        _close(entry, seen.at, seen.device, (), estimated=False)


def _leave(subject: Subject, door: Door, at: datetime, inside: Sequence[Entry]) -> Entry | None:
    """Close the entries in this zone and in zones inside it; return the outermost, None if there was none.

    A vehicle’s entry stays with the client who owned it on the way in.
    """
    client: Any = subject.client
    begun = [entry for entry in inside if entry.entered_at <= at]
    for entry in begun:
        anomalies = (*subject.doubts, *_remarks_of_exit(entry, door))
        _close(entry, at, door.device, anomalies, estimated=False)
    _count_use(subject, at)
    if begun:
        client_columns.left({client.pk, *(stay.client_id for stay in begun)})
    return min(begun, key=lambda stay: len(stay.zone.lineage), default=None)


def _close(entry: Entry, at: datetime, device: Device | None, anomalies: tuple[str, ...], *, estimated: bool) -> None:
    entry.exited_at = at
    entry.device_out = device
    entry.estimated = estimated
    entry.anomalies = [*entry.anomalies, *anomalies]
    if entry.pk:
        entry.save(update_fields=["exited_at", "device_out", "estimated", "anomalies"])


def _count_use(subject: Subject, at: datetime) -> None:
    if subject.card is not None:
        AccessCard.objects.filter(pk=subject.card.pk).update(
            use_count=F("use_count") + 1, last_used_at=Greatest("last_used_at", Value(at))
        )


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


def record_failure(door: Door, credential_type: str, circumstances: Circumstances) -> Passage:
    """What is answered where deciding failed: `fail`, with an event if at least that can be written."""
    decision = fail(Facts(circumstances.at, door.direction, credential_type, zone=door.zone.name))
    event = None
    try:
        with transaction.atomic():
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
    except DatabaseError:
        logger.exception("a failure at zone %s could not be written as an event either", door.zone.pk)
    return Passage(decision, Subject(), event)
