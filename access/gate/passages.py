"""Somebody passes, or does not: the decision, the stay it opens or closes and the event, in one transaction.

Locks are taken in one order — card or vehicle with its client, then the zone where places are counted — so that two
people at two doors never wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F, Value
from django.db.models.functions import Greatest

from access.gate.credentials import CLIENT, Credential, Subject, identify, tags_of
from access.gate.decision import IN, OUT, Decision
from access.gate.gathering import Door, decision_on
from access.gate.occupancy import occupancy, occupancy_in_turn
from access.models import AccessCard, Device, Entry, Event
from access.services import client_columns
from access.services.events import record


@dataclass(frozen=True)
class Passage:
    """What came of it: the decision, whom it was about, the entry opened or closed, the event that tells."""

    decision: Decision
    subject: Subject
    event: Event | None = None
    entry: Entry | None = None

    @property
    def let_through(self) -> bool:
        """Whether somebody passed; where nothing could be written, whether the decision lets pass."""
        return self.decision.granted if self.event is None else self.event.kind != Event.Kind.REFUSED


@dataclass(frozen=True)
class Circumstances:
    """How a passage is recorded: when, by whom, for which reason against a refusal, with which remarks.

    `insist` lets through what would be refused: it happened offline, or somebody at the counter answers for it.
    """

    at: datetime
    by: AbstractBaseUser | None = None
    text: str = ""
    insist: bool = False
    remarks: tuple[str, ...] = ()
    inputs: dict[str, Any] = field(default_factory=dict)


def check(credential: Credential, door: Door, at: datetime) -> Passage:
    """What would be decided now, nothing written and nothing locked."""
    subject = identify(credential, door.zone)
    return Passage(_decide(subject, credential, door, at, _open_entries(subject, door)), subject)


def check_subject(subject: Subject, credential_type: str, door: Door, at: datetime) -> Passage:
    """The same for a subject that `identify.of_card` and its like have found."""
    credential = Credential(credential_type, "")
    return Passage(_decide(subject, credential, door, at, _open_entries(subject, door)), subject)


def pass_door(credential: Credential, door: Door, circumstances: Circumstances) -> Passage:
    """Decide and record one passage, in the caller's transaction."""
    return record_passage(identify(credential, door.zone, lock=True), credential, door, circumstances)


def record_passage(subject: Subject, credential: Credential, door: Door, circumstances: Circumstances) -> Passage:
    """Decide and record the passage of a subject whose rows the caller's transaction has locked."""
    present = occupancy_in_turn(door.zone) if door.direction == IN else 0
    inside = _open_entries(subject, door)
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
    """What is odd about a way out: that nobody had come in, or only into a zone inside this one."""
    if entry is None:
        return ("exit_without_entry",)
    return () if entry.zone_id == door.zone.pk else ("left_outer_zone",)


def _decide(subject: Subject, credential: Credential, door: Door, at: datetime, inside: Sequence[Entry]) -> Decision:
    counted = door.direction == IN and door.zone.capacity is not None
    return decision_on(subject, credential, door, at, inside, occupancy(door.zone) if counted else 0)


def _open_entries(subject: Subject, door: Door) -> list[Entry]:
    """The open entries of what passes: in the zone and, for the way out, in the zones inside it too."""
    holder = _holder(subject)
    if holder is None:
        return []
    entries = Entry.objects.open().filter(**holder).order_by("entered_at", "pk")
    if door.direction == OUT:
        entries = entries.select_related("zone")
    return [
        entry
        for entry in entries
        if entry.zone_id == door.zone.pk or (door.direction == OUT and door.zone.pk in entry.zone.lineage)
    ]


def _holder(subject: Subject) -> dict[str, Any] | None:
    """What an entry is opened for: the card, else the vehicle, else the client himself, let in by name."""
    if subject.card is not None:
        return {"card": subject.card}
    if subject.vehicle is not None:
        return {"vehicle": subject.vehicle}
    return {"client": subject.client, "card": None, "vehicle": None} if subject.client is not None else None


def _enter(subject: Subject, door: Door, circumstances: Circumstances, inside: Sequence[Entry]) -> Entry:
    """Open an entry; one that was never closed ends where the next begins."""
    client: Any = subject.client
    at = circumstances.at
    entry = Entry(
        client=client,
        card=subject.card,
        vehicle=subject.vehicle,
        zone=door.zone,
        device_in=door.device,
        entered_at=at,
    )
    for forgotten in inside:
        earlier, later = sorted((forgotten, entry), key=lambda stay: stay.entered_at)
        _close(earlier, later.entered_at, None, ("exit_missed",), estimated=True)
    if entry.is_open and "offline" in circumstances.remarks:
        _close_where_seen_leaving(entry)
    entry.save(force_insert=True)
    _count_use(subject, at)
    if entry.is_open and not inside:
        client_columns.entered(client.pk, at)
    else:
        client_columns.refresh_locked({client.pk, *(stay.client_id for stay in inside)})
    return entry


def _close_where_seen_leaving(entry: Entry) -> None:
    """An entry told late ends at the way out that was recorded meanwhile, when nobody knew of the entry."""
    exits = Event.objects.filter(kind=Event.Kind.EXIT, zone=entry.zone, entry=None, at__gte=entry.entered_at)
    seen = exits.filter(client=entry.client, card=entry.card, vehicle=entry.vehicle).order_by("at", "pk").first()
    if seen is not None:
        _close(entry, seen.at, seen.device, (), estimated=False)


def _leave(subject: Subject, door: Door, at: datetime, inside: Sequence[Entry]) -> Entry | None:
    """Close the entry in this zone and those in zones inside it, and return the outermost; None where there is none.

    The stay of a vehicle is that of the client whose it was when it came in.
    """
    client: Any = subject.client
    begun = [entry for entry in inside if entry.entered_at <= at]
    for entry in begun:
        here = entry.zone_id == door.zone.pk
        _close(entry, at, door.device, () if here else ("left_outer_zone",), estimated=False)
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
    shown = {} if credential.type == CLIENT else credential.as_inputs()
    return record(
        kind,
        at=circumstances.at,
        by=circumstances.by,
        tags=tags_of(subject),
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
        inputs={"facts": decision.facts.as_inputs(), "credential": {"type": credential.type, **shown}}
        | circumstances.inputs,
    )
