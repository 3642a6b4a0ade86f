"""May this credential pass this door now? Asked by the reader API, the counter and the simulator.

`decide` reads `Facts` alone: no row, no clock, no setting. An event keeps its facts, so that a decision can be
explained later. `decision_on` gathers them from the rows. The rules stand in docs/rules.md, “Decision”.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate import persons
from access.gate.credentials import PLATE, Credential, Subject
from access.gate.facts import Facts
from access.gate.lapse import is_empty
from access.gate.opening import Opening, opening_of
from access.gate.reasons import FAILURE, REASONS, Explanation, Reason
from access.gate.unread import exit_readers
from access.models import AccessCard, CardStatus, Device, Entry, Zone
from clients.models import Client
from clients.status import forced_inactive, is_active, keep_reason, reason_of
from fixaloop.installation.firm import rule

IN, OUT = "in", "out"
# Above this many free places nobody waits for a turn. More passages than this cannot be under way at once: each has a
# connection to the database, which has fewer.
CROWD = 1_000


@dataclass(frozen=True)
class Decision:
    """The answer, why in order, and the anomalies: what would have refused but did not.

    It is put into words when it is told: the list that a reader holds takes 100,000 decisions and tells none.
    """

    granted: bool
    why: tuple[Reason, ...]
    anomalies: tuple[str, ...]
    facts: Facts

    @cached_property
    def reasons(self) -> tuple[Explanation, ...]:
        return tuple(reason.explain(self.facts) for reason in self.why)

    @property
    def reason(self) -> str | None:
        return self.why[0].code if self.why else None

    @property
    def codes(self) -> list[str]:
        return [reason.code for reason in self.why]

    @property
    def message(self) -> str:
        if self.reasons:
            return self.reasons[0].holder
        return _("Bienvenue.") if self.facts.direction == IN else _("Au revoir.")


_ODD_ON_THE_WAY_IN: tuple[tuple[str, Callable[[Facts], bool]], ...] = (
    ("already_inside", lambda facts: facts.already_inside and facts.anti_passback == "warn"),
    ("already_inside", lambda facts: facts.others_inside and facts.one_inside == "warn"),
    ("exit_missed", lambda facts: facts.exit_missed),
    ("exit_reader_silent", lambda facts: facts.exit_reader_silent),
)


def decide(facts: Facts) -> Decision:
    """The decision on these facts. On the way out nobody on foot is held: reasons become anomalies."""
    reasons = [reason for reason in REASONS if reason.applies(facts)]
    anomalies: list[str] = []
    if facts.direction == OUT:
        by_car = facts.credential == PLATE
        anomalies = [reason.code for reason in reasons if not (by_car and reason.holds_car)]
        reasons = [reason for reason in reasons if by_car and reason.holds_car]
    elif facts.known:
        anomalies = list(dict.fromkeys(code for code, applies in _ODD_ON_THE_WAY_IN if applies(facts)))
    if facts.plate_doubt:
        anomalies.append(facts.plate_doubt)
    return Decision(not reasons, tuple(reasons), tuple(anomalies), facts)


def fail(facts: Facts, why: Reason = FAILURE) -> Decision:
    """The decision where deciding itself failed: nobody gets in, and nobody is locked in."""
    if facts.direction == OUT:
        return Decision(True, (), (why.code,), facts)
    return Decision(False, (why,), (), facts)


@dataclass(frozen=True)
class Door:
    """Where somebody asks to pass: which way, by which device. The simulator asks at a zone, without a device.

    A guard who lets somebody out `ends_any` stay of theirs: it ends wherever it is. A door that `turns` serves both
    ways, and its direction was found out, which may be `unsure`. With its `opening`, a door that is asked many times
    does not look it up each time.
    """

    zone: Zone
    direction: str
    device: Device | None = None
    ends_any: bool = False
    opening: Opening | None = None
    turns: bool = False
    unsure: bool = False

    @property
    def enabled(self) -> bool:
        return self.device is None or self.device.enabled


def decision_on(
    subject: Subject,
    credential: Credential,
    door: Door,
    at: datetime,
    inside: Sequence[Entry],
    occupancy: int,
    known: Mapping[str, Any] | None = None,
) -> Decision:
    """The decision on a subject at a door. A vehicle passes by the best of its own right and its client’s cards.

    `inside` are the open stays it would end or join (`open_entries`), `occupancy` the others in the zone. `known` facts
    stand for those of the rows.
    """
    facts = replace(_facts(subject, credential, door, at, inside, occupancy), **known or {})
    if subject.card is not None:
        return decide(
            _with_card(facts, subject.card, subject, door.zone, str(subject.card.status), subject.secret_revoked)
        )
    return min(map(decide, _rights(facts, subject, door.zone)), key=weight)


def weight(decision: Decision) -> int:
    return len(decision.why) + len(decision.anomalies)


def decided(
    subject: Subject,
    door: Door,
    inside: list[Entry],
    decide_on: Callable[[Subject, list[Entry]], Decision],
    since: datetime | None = None,
) -> tuple[Subject, Decision, list[Entry]]:
    """The decision, the client it is about (a vehicle may have several), and the open stays it ends or joins.

    On the way in, that is the client who came in on foot `since` then, else the one with the better right; on the way
    out, the one who came in with it. `inside` are the stays of the subject itself.
    """
    tried = []
    for each in (subject, *subject.drivers):
        stays = inside if each is subject else open_entries(each, door)
        decision = decide_on(each, stays)
        own = [stay for stay in stays if each.client and stay.client_id == each.client.pk]
        drives = bool(own) if door.direction == OUT else decision.granted and any(_is_new(stay, since) for stay in own)
        tried.append((not drives, weight(decision), each, decision, stays))
    return min(tried, key=lambda one: one[:2])[2:]


def _is_new(stay: Entry, since: datetime | None) -> bool:
    return since is not None and stay.entered_at > since and stay.vehicle_id is None


def _rights(facts: Facts, subject: Subject, zone: Zone) -> list[Facts]:
    """The facts for each right that a plate or a name may pass by; if it has none, those that refuse it."""
    if not subject.known:
        return [facts]
    # A lost card is a lost object: by car, its holder keeps the rights of the card.
    rights = [
        _with_card(facts, card, subject, zone, "active" if card.status == CardStatus.LOST else str(card.status))
        for card in subject.rights
    ]
    vehicle: Any = subject.vehicle
    if vehicle is not None and (vehicle.everywhere or vehicle.has_zones):
        rights.append(_with_vehicle(facts, vehicle, zone))
    if zone.open_to == Zone.OpenTo.ACTIVE or (zone.open_to == Zone.OpenTo.UNDECIDED and not rights):
        rights.append(replace(facts, right=""))
    return rights or [replace(facts, right="", zone_permitted=False)]


def _facts(
    subject: Subject, credential: Credential, door: Door, at: datetime, inside: Sequence[Entry], occupancy: int
) -> Facts:
    client = subject.client
    vehicle = subject.vehicle
    opening = door.opening or opening_of(door.zone, at)
    return Facts(
        at=at,
        day=timezone.localdate(at),
        direction=door.direction,
        credential=credential.type,
        device_enabled=door.enabled,
        known=subject.known,
        vehicle_matches=not subject.contested and (vehicle is None or vehicle.is_active),
        plate_doubt=subject.plate_doubt,
        zone=door.zone.name,
        any_card_hour=opening.any_card_hour,
        zone_hours=opening.hours,
        closing_reason=opening.reason,
        unpaid=subject.unpaid,
        unpaid_limit=rule("UNPAID_LIMIT"),
        anti_passback=door.zone.anti_passback,
        occupancy=occupancy,
        capacity=door.zone.capacity,
        **_presence_facts(subject, door, inside, at),
        **_client_facts(client, at),
    )


def _presence_facts(subject: Subject, door: Door, inside: Sequence[Entry], at: datetime) -> dict[str, Any]:
    """What the open stays in the zone mean for a passage: a lapsed one, or one without a working exit, holds nobody."""
    here = [stay for stay in inside if stay.zone_id == door.zone.pk]
    mine = [stay for stay in here if persons.opened_by(stay, subject)]
    if door.direction == OUT:
        return {"already_inside": bool(mine)}
    facts = {"exit_missed": any(is_empty(stay, at) for stay in here)}
    under_way = [stay for stay in mine if not is_empty(stay, at)]
    if not under_way:
        return facts
    refused = door.zone.anti_passback == Zone.AntiPassback.REFUSE
    silent = refused and _exit_was_silent(door.zone, under_way, at)
    return facts | {"already_inside": not silent, "exit_reader_silent": silent}


def _exit_was_silent(zone: Zone, here: Sequence[Entry], at: datetime) -> bool:
    """Whether an exit reader of the zone, or of the next one around that has one, was not heard of since somebody came
    in."""
    since = max(stay.entered_at for stay in here)
    readers = list(exit_readers().filter(zone__in=zone.lineage))
    nearest = max((zone.lineage.index(reader.zone_id) for reader in readers), default=0)
    nearby = [reader for reader in readers if reader.zone_id == zone.lineage[nearest]]
    return any(reader.is_silent(at) and reader.last_heard_at < since for reader in nearby)


def _client_facts(client: Client | None, at: datetime) -> dict[str, Any]:
    if client is None:
        return {}
    company = client.company
    facts: dict[str, Any] = {"company_forced_inactive": company is not None and forced_inactive(company, at)}
    if not is_active(client, at):
        facts |= {"client_active": False, "client_why": keep_reason(reason_of(client, at))}
    return facts


def _with_vehicle(facts: Facts, vehicle: Any, zone: Zone) -> Facts:
    permitted = vehicle.everywhere or vehicle.permitted or zone.open_to == Zone.OpenTo.ACTIVE
    return replace(
        facts,
        right="vehicle",
        valid_until=vehicle.valid_until,
        zone_permitted=bool(permitted),
        card_hours=vehicle.hours,
    )


def _with_card(
    facts: Facts, card: AccessCard, subject: Subject, zone: Zone, status: str, secret_revoked: bool = False
) -> Facts:
    opened = card.everywhere or bool(card.permitted)  # type: ignore[attr-defined]
    window = card.window(facts.at)
    return replace(
        facts,
        card_status="revoked" if secret_revoked else status,
        valid_from=window.first,
        valid_until=window.last,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        zone_permitted=opened or zone.open_to == Zone.OpenTo.ACTIVE,
        card_hours=card.hours,
        **(_limits(facts, card, subject, zone) if facts.direction == IN else {}),
    )


def _limits(facts: Facts, card: AccessCard, subject: Subject, zone: Zone) -> dict[str, Any]:
    """The limits that somebody set for a card; the others cost no query."""
    limits: dict[str, Any] = {}
    if card.max_visits is not None:
        moves_on = card.visits >= card.max_visits and persons.moves_on(card, zone)
        limits |= {"visits": card.visits, "max_visits": card.max_visits, "moves_on": moves_on}
    if card.one_inside != Zone.AntiPassback.NONE:
        others = any(not is_empty(stay, facts.at) for stay in persons.others_inside(subject, zone, facts.at))
        limits |= {"one_inside": card.one_inside, "others_inside": others}
    return limits


def open_entries(subject: Subject, door: Door) -> list[Entry]:
    return concerned(persons.open_stays(subject), subject, door)


def concerned(stays: Sequence[Entry], subject: Subject, door: Door) -> list[Entry]:
    """Of a person’s stays, those that a passage ends or joins: in the zone and, on the way out, in the zones inside it.

    Where a way out `ends_any` stay and there is none behind the door, they are those elsewhere.
    """
    if door.direction == IN:
        return persons.entered_before([stay for stay in stays if stay.zone_id == door.zone.pk], subject)
    behind = persons.ended_by([stay for stay in stays if door.zone.pk in stay.zone.lineage], subject)
    return behind or (persons.ended_by(stays, subject) if door.ends_any else [])


def occupancy_in_turn(zone: Zone, subject: Subject) -> int:
    """How many others are inside, for a way in. Where places may run out, the zone stays locked until it is recorded.

    Without that, two people would take the last place; so the capacity is read again under the lock.
    """
    if zone.capacity is None:
        return 0
    if zone.capacity > CROWD and (inside := persons.inside_at_most(zone)) <= zone.capacity - CROWD:
        return inside
    zone.capacity = wait_for_turn(zone)
    return persons.inside(zone, but=subject)


def wait_for_turn(zone: Zone) -> int | None:
    """Lock the zone until the transaction ends, and return its capacity.

    Rows that only refer to the zone can be written meanwhile, so exits do not wait.
    """
    zones = Zone.objects.select_for_update(of=("self",), no_key=True).order_by()
    return zones.values_list("capacity", flat=True).get(pk=zone.pk)
