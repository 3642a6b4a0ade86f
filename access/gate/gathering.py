"""The facts of a decision, gathered from the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from access.gate.credentials import Credential, Subject
from access.gate.decision import Decision, Facts, decide
from access.hours import Hours
from access.models import AccessCard, Device, Entry, Zone
from access.models.cards import CardStatus
from clients.models import Client
from clients.status import explain, forced_inactive, is_active

__all__ = ("Door", "decision_on", "forced_inactive", "opening_hours")


@dataclass(frozen=True)
class Door:
    """Where somebody asks to pass: which way, by which device. The simulator asks at a zone's door without a device."""

    zone: Zone
    direction: str
    device: Device | None = None

    @property
    def enabled(self) -> bool:
        return self.device is None or self.device.enabled


def decision_on(
    subject: Subject, credential: Credential, door: Door, at: datetime, inside: Sequence[Entry], occupancy: int
) -> Decision:
    """The decision on a subject at a door. A vehicle comes in by the best of its client's cards, if there are any."""
    facts = _facts(subject, credential, door, at, inside, occupancy)
    if subject.card is not None:
        return decide(_with_card(facts, subject.card, str(subject.card.status), subject.secret_revoked))
    # A lost card is a lost object: its holder keeps the rights it stood for when he comes by car.
    rights = [
        _with_card(facts, card, "active" if card.status == CardStatus.LOST else str(card.status))
        for card in subject.rights
    ]
    return min(map(decide, rights or [facts]), key=lambda decision: len(decision.reasons) + len(decision.anomalies))


def _facts(
    subject: Subject, credential: Credential, door: Door, at: datetime, inside: Sequence[Entry], occupancy: int
) -> Facts:
    client = subject.client
    here = [entry for entry in inside if entry.zone_id == door.zone.pk]
    vehicle = subject.vehicle
    return Facts(
        at=at,
        day=timezone.localdate(at),
        direction=door.direction,
        credential=credential.type,
        device_enabled=door.enabled,
        known=subject.known,
        vehicle_matches=not subject.contested and (vehicle is None or _drives(vehicle, client)),
        zone=door.zone.name,
        zone_hours=opening_hours(door.zone),
        unpaid=subject.unpaid,
        unpaid_limit=settings.UNPAID_LIMIT,
        already_inside=bool(here),
        anti_passback=door.zone.anti_passback,
        # Somebody who is let in again leaves the place of his forgotten exit; on the way out nobody counts.
        occupancy=max(occupancy - len(here), 0),
        capacity=door.zone.capacity,
        **_client_facts(client, at),
    )


def _drives(vehicle: Any, client: Client | None) -> bool:
    return vehicle.is_active and (client is None or vehicle.client_id == client.pk)


def _client_facts(client: Client | None, at: datetime) -> dict[str, Any]:
    if client is None:
        return {}
    company = client.company
    facts: dict[str, Any] = {"company_forced_inactive": company is not None and forced_inactive(company, at)}
    if not is_active(client, at):
        facts |= {"client_active": False, "client_reason": explain(client, at).reason}
    return facts


def _with_card(facts: Facts, card: AccessCard, status: str, secret_revoked: bool = False) -> Facts:
    return replace(
        facts,
        card_status="revoked" if secret_revoked else status,
        valid_from=card.valid_from,
        valid_until=card.valid_until,
        zone_permitted=card.everywhere or bool(card.permitted),  # type: ignore[attr-defined]
        card_hours=card.hours,
    )


def opening_hours(zone: Zone) -> tuple[Hours, ...]:
    """The hours of a zone and of the zones around it, those always open left out."""
    zones = [zone]
    while (outer := zones[-1].parent) is not None and len(zones) < len(zone.lineage):
        zones.append(outer)
    return tuple(around.hours for around in zones if around.hours)
