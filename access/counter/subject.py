"""Whom the counter and the simulator are asked about: found by what was typed or scanned, named by a key afterwards.

The key (`card-12`, `vehicle-4`, `client-7`) is what pages and addresses hold, so that a scanned value goes no further
than the request it came in.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from access.gate.credentials import (
    CLIENT,
    PLATE,
    QR,
    USERNAME,
    Credential,
    Subject,
    identify,
    of_card,
    of_client,
    of_vehicle,
    recognise,
)
from access.gate.decision import IN, Facts, decide
from access.gate.gathering import Door
from access.gate.passages import Passage, check_subject
from access.models import AccessCard, CardStatus, Event, Vehicle, Zone
from access.models.cards import username_key
from access.services.secrets import QR_PREFIX, fingerprint, qr_text
from access.typed import badge_key
from clients.models import Client

# A card whose code was replaced: the object is known, the code in it opens nothing.
_FORMER = "former"
_KEY = re.compile(rf"(card|{_FORMER}|vehicle|client)-([0-9]{{1,18}})")
_GLIMPSE = 6
_CARDS_TRIED = 5


def find_subjects(text: str, zone: Zone, at: datetime) -> list[Subject]:
    """All whom a text typed or scanned may mean at a zone's door, the surest first; none when it is nobody's."""
    scanned = identify(Credential(QR, text), zone)
    if scanned.known:
        return [scanned]
    found = recognise(text, timezone.localdate(at))
    if not any(subject.vehicle is not None or _names(subject.card, text) for subject in found):
        # The plate of a car that was sold or scrapped is not the name of whoever had it.
        plate = identify(Credential(PLATE, text), zone)
        if plate.known:
            return [plate]
        found = [Subject(client=subject.client) for subject in found]
    return [_whole(found[0], zone, at)] if len(found) == 1 else found


def _names(card: AccessCard | None, text: str) -> bool:
    return card is not None and (card.username_key == username_key(text) or card.badge_number == badge_key(text) != "")


def _whole(subject: Subject, zone: Zone, at: datetime) -> Subject:
    """The subject with all that a decision asks of it."""
    if subject.card is not None:
        return replace(of_card(subject.card, zone), secret_revoked=subject.secret_revoked)
    if subject.vehicle is not None:
        return of_vehicle(subject.vehicle, zone)
    return _held_by(subject.client, zone, at) if subject.client is not None else subject


def _held_by(client: Client, zone: Zone, at: datetime) -> Subject:
    """Somebody known by name, with the best of the cards he has; without any he is let in as himself."""
    held = AccessCard.objects.filter(client=client, status__in=(CardStatus.ACTIVE, CardStatus.SUSPENDED))
    shown = [of_card(card, zone) for card in held.order_by("-last_day", "-pk")[:_CARDS_TRIED]]
    if not shown:
        return of_client(client, zone)
    return min(shown, key=lambda subject: len(check(subject, Door(zone, IN), at).decision.reasons))


def key_of(subject: Subject) -> str:
    """The key of a subject; nothing for nobody."""
    if subject.card is not None:
        return f"{_FORMER if subject.secret_revoked else 'card'}-{subject.card.pk}"
    if subject.vehicle is not None:
        return f"vehicle-{subject.vehicle.pk}"
    return f"client-{subject.client.pk}" if subject.client is not None else ""


def by_key(key: str, zone: Zone, at: datetime) -> Subject | None:
    """The subject a key names, None for one that is no key or no longer there."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    kind, number = match[1], int(match[2])
    named = {
        "vehicle": lambda: Subject(vehicle=Vehicle(pk=number)),
        "client": lambda: Subject(client=Client.objects.get(pk=number)),
    }.get(kind, lambda: Subject(card=AccessCard(pk=number), secret_revoked=kind == _FORMER))
    try:
        return _whole(named(), zone, at)
    except ObjectDoesNotExist:
        return None


def check(subject: Subject, door: Door, at: datetime) -> Passage:
    """What would be decided on a subject, nothing written."""
    return check_subject(subject, credential_type(subject), door, at)


def credential_type(subject: Subject) -> str:
    """By what a subject is known at the gate."""
    return USERNAME if subject.card is not None else PLATE if subject.vehicle is not None else CLIENT


def told(event: Event) -> Passage | None:
    """A past passage as its event keeps it, decided again on the facts of then; None for an event of another kind."""
    inputs = event.inputs.get("facts") if isinstance(event.inputs, dict) else None
    if not inputs:
        return None
    subject = Subject(card=event.card, vehicle=event.vehicle, client=event.client)
    return Passage(decide(Facts.from_inputs(inputs)), subject, event, event.entry)


def glimpse(text: str) -> str:
    """Enough of what was read to see what went wrong, never the whole of it."""
    value = text.strip()
    if value.upper().startswith(QR_PREFIX):
        return f"{QR_PREFIX}-… ({fingerprint(qr_text(value))})"
    shown = "".join(filter(str.isprintable, value))
    return f"{shown[: min(_GLIMPSE, len(shown) // 2)]}…" if shown else "…"
