"""Who the counter and the simulator are asked about: found by typed or scanned text, afterwards named by a key.

Pages and addresses hold the key alone (`card-12`, `vehicle-4`, `client-7`): a scanned value stays in its request.
"""

import re
from dataclasses import replace
from datetime import datetime

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q

from access.gate import codes, credentials, passages
from access.gate.credentials import CLIENT, PLATE, QR, USERNAME, Credential, Subject, identify
from access.gate.decision import IN, Door
from access.gate.guesses import vehicles_near
from access.gate.misreads import looks_like_plate
from access.gate.passages import Passage
from access.gate.plates import plate_key
from access.models import AccessCard, CardStatus, Event, Vehicle, Zone
from access.models.cards import username_key
from access.typed import badge_key
from clients.models import Client
from clients.pages.picker import suggestions
from clients.reference import parse_reference

# A card presented by a replaced code: the card is known, the code opens nothing.
_FORMER = "former"
_KEY = re.compile(rf"(card|{_FORMER}|vehicle|client)-([0-9]{{1,18}})")
_GLIMPSE = 6
_CARDS_TRIED = 5


def find_subjects(text: str, zone: Zone, at: datetime) -> list[Subject]:
    """Everybody a text may mean at a door of a zone, likeliest first; empty if it means nobody."""
    scanned = identify(Credential(QR, text), zone)
    if scanned.known:
        return [scanned]
    found = _recognise(text, at)
    if not any(subject.vehicle is not None or _names(subject.card, text) for subject in found):
        # The plate of a car that was sold or scrapped does not stand for its former owner.
        plate = identify(Credential(PLATE, text), zone)
        if plate.known:
            return [plate]
        if looks_like_plate(plate_key(text)) and parse_reference(text) is None and vehicles_near(text, zone):
            # A plate with a character too few is found in the search text of its owner: that is no right to enter.
            return []
        found = [Subject(client=subject.client) for subject in found]
    return [_whole(found[0], zone, at)] if len(found) == 1 else found


def _names(card: AccessCard | None, text: str) -> bool:
    return card is not None and (card.username_key == username_key(text) or card.badge_number == badge_key(text) != "")


def _recognise(text: str, at: datetime) -> list[Subject]:
    value = text.strip()
    if not value or not codes.is_readable(value):
        return []
    exact = AccessCard.objects.select_related("client__company")
    cards = list(exact.filter(secrets__secret_hash=codes.digest(codes.qr_text(value)))[:1])
    if not cards:
        named = Q(username_key=username_key(value))
        if badge := badge_key(value):
            named |= Q(badge_number=badge) & ~Q(status=CardStatus.REVOKED)
        cards = list(exact.filter(named)[:2])
    found = [Subject(card=card, client=card.client) for card in cards]
    vehicles = credentials.vehicles_of_plate(value)
    found += [Subject(vehicle=vehicle, client=vehicle.client) for vehicle in vehicles if vehicle.is_active]
    return found or [_by_name(client, at) for client in suggestions(value)]


def _by_name(client: Client, at: datetime) -> Subject:
    card = client.cards.usable(at).order_by("-last_day", "-pk").first()
    return Subject(card=card, client=client)


def _whole(subject: Subject, zone: Zone, at: datetime) -> Subject:
    if subject.card is not None:
        return replace(credentials.of_card(subject.card, zone), secret_revoked=subject.secret_revoked)
    if subject.vehicle is not None:
        return credentials.of_vehicle(subject.vehicle, zone)
    return _held_by(subject.client, zone, at) if subject.client is not None else subject


def _held_by(client: Client, zone: Zone, at: datetime) -> Subject:
    held = AccessCard.objects.filter(client=client, status__in=(CardStatus.ACTIVE, CardStatus.SUSPENDED))
    shown = [credentials.of_card(card, zone) for card in held.order_by("-last_day", "-pk")[:_CARDS_TRIED]]
    if not shown:
        return credentials.of_client(client)
    return min(shown, key=lambda subject: len(check(subject, Door(zone, IN), at).decision.reasons))


def key_of(subject: Subject) -> str:
    if subject.card is not None:
        return f"{_FORMER if subject.secret_revoked else 'card'}-{subject.card.pk}"
    if subject.vehicle is not None:
        return f"vehicle-{subject.vehicle.pk}"
    return f"client-{subject.client.pk}" if subject.client is not None else ""


def by_key(key: str, zone: Zone, at: datetime) -> Subject | None:
    """The subject that a key names; None for an invalid key and for somebody who is gone."""
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
    return passages.check(subject, Credential(credential_type(subject), ""), door, at)


def credential_type(subject: Subject) -> str:
    return USERNAME if subject.card is not None else PLATE if subject.vehicle is not None else CLIENT


def decided_then(event: Event) -> Passage | None:
    told = isinstance(event.inputs, dict) and event.inputs.get("facts")
    return passages.passage_of(event) if told else None


def glimpse(text: str) -> str:
    """The start of what was read, to see what went wrong; never the whole of it."""
    value = text.strip()
    if value.upper().startswith(codes.QR_PREFIX):
        return f"{codes.QR_PREFIX}-… ({codes.fingerprint(codes.qr_text(value))})"
    shown = "".join(filter(str.isprintable, value))
    return f"{shown[: min(_GLIMPSE, len(shown) // 2)]}…" if shown else "…"
