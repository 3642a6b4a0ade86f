"""Whose is this card, code, plate or name? What was read, turned into a card, a vehicle and a client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from access.gate.plates import plate_key, plate_mark
from access.models import AccessCard, Entry, Tag, Vehicle, Zone
from access.models.cards import CardStatus, username_key
from access.services.secrets import digest, fingerprint, qr_text
from access.typed import badge_key
from clients.models import Client
from clients.pages.picker import suggestions
from clients.reference import parse_reference

QR, BADGE, PLATE, USERNAME, CLIENT = "qr", "badge", "plate", "username", "client"
# A plate without its country is taken for one of ours.
HOME = "FR"
# What a decision reads, and no more: whole rows of three tables take half the time of a read.
_OF_CLIENT = (
    *(f"client__{name}" for name in ("number", "company", "active_until", "resumes_at", "resumes_until")),
    *(f"client__{name}" for name in ("status_mode", "status_until")),
    *(f"client__company__{name}" for name in ("status_mode", "status_until")),
)
_OF_CARD = ("client", "username", "status", "valid_from", "valid_until", "everywhere", "hours")
_OF_VEHICLE = ("client", "plate", "country", "plate_mark", "is_active")
LONGEST = 512


@dataclass(frozen=True)
class Credential:
    """What was presented: a value of some type. Its text never shows a QR value."""

    type: str
    value: str = field(repr=False)

    def as_inputs(self) -> dict[str, str]:
        """What an event keeps of it: enough to recognise it, not to use it."""
        if self.type == QR:
            return {"fingerprint": fingerprint(qr_text(self.value))}
        shown = "".join(filter(str.isprintable, self.value))[:64]
        return {"value": f"…{badge_key(shown)[-4:]}" if self.type == BADGE else shown}


@dataclass
class Subject:
    """Who it is about, as far as that is known; `rights` are the client's cards that speak for a vehicle."""

    card: AccessCard | None = None
    vehicle: Vehicle | None = None
    client: Client | None = None
    rights: Sequence[AccessCard] = ()
    secret_revoked: bool = False
    contested: bool = False

    @property
    def known(self) -> bool:
        return self.client is not None

    @property
    def unpaid(self) -> Decimal:
        holder: Any = self.card or self.vehicle or self.client
        return getattr(holder, "unpaid", None) or Decimal(0)


def identify(credential: Credential, zone: Zone, *, lock: bool = False) -> Subject:
    """The subject of a credential at a zone's door; with `lock`, its rows are locked until the transaction ends."""
    if not _readable(credential.value):
        return Subject()
    if credential.type == PLATE:
        return _by_plate(credential.value, zone, lock)
    if credential.type == CLIENT:
        return _by_reference(credential.value, lock)
    cards = _cards(zone, lock).order_by()
    if credential.type == QR:
        cards = cards.filter(secrets__secret_hash=digest(qr_text(credential.value)))
        cards = cards.annotate(secret_revoked_at=F("secrets__revoked_at"))
    elif credential.type == BADGE:
        cards = cards.filter(badge_number=badge_key(credential.value)).exclude(badge_number="")
    else:
        cards = cards.filter(username_key=username_key(credential.value))
    # Of the cards that had one badge after the other, the one that is not revoked.
    found = sorted(cards, key=lambda card: (card.status == CardStatus.REVOKED, -card.pk))
    if not found:
        return Subject()
    revoked = getattr(found[0], "secret_revoked_at", None) is not None
    return Subject(card=found[0], client=found[0].client, secret_revoked=revoked)


def _readable(value: str) -> bool:
    """Whether a database takes this text: no NUL, no half of a character, nothing longer than any code."""
    return len(value) <= LONGEST and not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value)


def of_card(card: AccessCard, zone: Zone, *, lock: bool = False) -> Subject:
    """The subject that one card is, however it was found."""
    found = _cards(zone, lock).get(pk=card.pk)
    return Subject(card=found, client=found.client)


def of_vehicle(vehicle: Vehicle, zone: Zone, *, lock: bool = False) -> Subject:
    """The subject that one vehicle is, however it was found."""
    return _vehicle_subject(_vehicles(lock).get(pk=vehicle.pk), zone)


def of_client(client: Client, zone: Zone, *, lock: bool = False) -> Subject:
    """A client without card or vehicle, as the counter lets one in by name."""
    return _by_reference(client.reference, lock)


def recognise(text: str, today: date) -> list[Subject]:
    """All that a text typed or scanned at the counter may mean, the surest first: code, card, plate, then names."""
    value = text.strip()
    if not value or not _readable(value):
        return []
    exact = AccessCard.objects.select_related("client__company")
    cards = list(exact.filter(secrets__secret_hash=digest(qr_text(value)))[:1])
    if not cards:
        named = Q(username_key=username_key(value))
        if badge := badge_key(value):
            named |= Q(badge_number=badge) & ~Q(status=CardStatus.REVOKED)
        cards = list(exact.filter(named)[:2])
    found = [Subject(card=card, client=card.client) for card in cards]
    vehicles = _claimants(value, False)
    found += [Subject(vehicle=vehicle, client=vehicle.client) for vehicle in vehicles if vehicle.is_active]
    return found or [_by_client(client, today) for client in suggestions(value)]


def _by_client(client: Client, today: date) -> Subject:
    """A client found by name, with the card it would show: the one that is valid longest."""
    card = client.cards.usable(today).order_by("-last_day", "-pk").first()
    return Subject(card=card, client=client)


def cards_at(zone: Zone) -> QuerySet[AccessCard]:
    """Cards with all that a decision at the door of a zone asks of them, to be asked of many at once."""
    return _cards(zone, lock=False)


def _cards(zone: Zone, lock: bool) -> QuerySet[AccessCard]:
    """Cards with all that a decision asks of them and of their client, in one query."""
    opened = AccessCard.zones.through.objects.filter(accesscard=OuterRef("pk"), zone__in=zone.lineage)
    return _all_cards(lock).annotate(permitted=Exists(opened))


# What is the same at every door is put together once: it takes Django a good part of a read.
@cache
def _all_cards(lock: bool) -> QuerySet[AccessCard]:
    cards = AccessCard.objects.select_related("client__company").annotate(
        tagged=Exists(AccessCard.tags.through.objects.filter(accesscard=OuterRef("pk"))),
        unpaid=_unpaid(OuterRef("client")),
    )
    # The client too: two of its cards change what its row keeps.
    return cards.only(*_OF_CARD, *_OF_CLIENT).select_for_update(of=("self", "client")) if lock else cards


@cache
def _vehicles(lock: bool) -> QuerySet[Vehicle]:
    vehicles = Vehicle.objects.select_related("client__company").annotate(
        tagged=Exists(Vehicle.tags.through.objects.filter(vehicle=OuterRef("pk"))),
        unpaid=_unpaid(OuterRef("client")),
    )
    return vehicles.only(*_OF_VEHICLE, *_OF_CLIENT).select_for_update(of=("self", "client")) if lock else vehicles


def _unpaid(client: Any) -> Coalesce:
    owed = Entry.objects.unpaid().filter(client=client).order_by().values("client")
    total = owed.annotate(total=Sum("balance")).values("total")
    return Coalesce(Subquery(total), Value(Decimal(0)), output_field=DecimalField(max_digits=12, decimal_places=2))


def _by_reference(text: str, lock: bool) -> Subject:
    number = parse_reference(text)
    clients = Client.objects.select_related("company").annotate(unpaid=_unpaid(OuterRef("pk")))
    clients = clients.select_for_update(of=("self",)) if lock else clients
    client = clients.filter(number=number).first() if number is not None else None
    return Subject(client=client)


def _by_plate(text: str, zone: Zone, lock: bool) -> Subject:
    vehicles = _claimants(text, lock)
    if not vehicles:
        return Subject()
    subject = _vehicle_subject(vehicles[0], zone)
    subject.contested = len({vehicle.client_id for vehicle in vehicles}) > 1
    return subject


def _claimants(text: str, lock: bool) -> list[Vehicle]:
    """The vehicles a plate may be: those on the road before others, those written so before those that read so."""
    key = plate_key(text)
    if not key:
        return []
    vehicles = list(_vehicles(lock).filter(plate_key=key).order_by("pk"))
    tests: tuple[Any, ...] = (
        lambda vehicle: vehicle.is_active,
        lambda vehicle: vehicle.plate_mark == plate_mark(text, str(vehicle.country)),
        lambda vehicle: vehicle.country == HOME,
    )
    for test in tests:
        vehicles = [vehicle for vehicle in vehicles if test(vehicle)] or vehicles
    return vehicles


def _vehicle_subject(vehicle: Vehicle, zone: Zone) -> Subject:
    rights = list(_cards(zone, lock=False).filter(client=vehicle.client_id))
    return Subject(vehicle=vehicle, client=vehicle.client, rights=rights)


def tags_of(subject: Subject) -> list[Tag]:
    """The tags an event about this subject keeps."""
    tags: list[Tag] = []
    for holder in (subject.card, subject.vehicle):
        if holder is not None and getattr(holder, "tagged", True):
            tags += holder.tags.all()
    return list(dict.fromkeys(tags))
