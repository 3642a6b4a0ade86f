"""What is presented at a gate — QR code, badge, plate or name — and whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from access.gate.codes import digest, fingerprint, is_readable, qr_text
from access.gate.guesses import misread, near_inside
from access.gate.holders import on_the_road_at, owner_at, was_in_use
from access.gate.misreads import is_near
from access.gate.plates import plate_key, plate_mark
from access.gate.turns import take_turn
from access.models import AccessCard, CardStatus, CardUse, Driver, Entry, Tag, Vehicle, Zone
from access.models.cards import username_key
from access.typed import badge_key
from clients.models import Client
from clients.reference import parse_reference
from fixaloop.lists.counting import read

QR, BADGE, PLATE, USERNAME, CLIENT = "qr", "badge", "plate", "username", "client"
# A plate without its country is taken for a French one.
HOME = "FR"
# The columns a decision reads: fetching whole rows of three tables would take half the time of a read.
_OF_CLIENT = (
    *(f"client__{name}" for name in ("number", "kind", "company", "active_until", "resumes_at", "resumes_until")),
    *(f"client__{name}" for name in ("status_mode", "status_until")),
    *(f"client__company__{name}" for name in ("status_mode", "status_until")),
)
_OF_PASS = ("one_inside", "visitor", "starts_at", "ends_at", "periods", "max_visits", "visits")
_OF_CARD = (
    "client",
    "username",
    "status",
    "valid_from",
    "valid_until",
    "everywhere",
    "hours",
    "last_used_at",
    "created_at",
    *_OF_PASS,
)
_OF_VEHICLE = (
    *("client", "plate", "country", "plate_mark", "is_active"),
    *("everywhere", "hours", "valid_until"),
)


@dataclass(frozen=True)
class Credential:
    """A presented value and its type. Its `repr` leaves the value out."""

    type: str
    value: str = field(repr=False)

    def as_inputs(self) -> dict[str, str]:
        """What an event keeps of it: enough to recognise it, not enough to use it."""
        if self.type == QR:
            return {"fingerprint": fingerprint(qr_text(self.value))}
        shown = "".join(filter(str.isprintable, self.value))[:64]
        return {"value": f"…{badge_key(shown)[-4:]}" if self.type == BADGE else shown}


@dataclass
class Subject:
    """Who a passage is about, as far as known.

    `rights` are the client’s cards, which a vehicle passes by. A plate is `contested` where several clients have it;
    `read_as` is what was read instead of the vehicle’s plate, `drivers` are the vehicle with its other clients.
    """

    card: AccessCard | None = None
    vehicle: Vehicle | None = None
    client: Client | None = None
    rights: Sequence[AccessCard] = ()
    secret_revoked: bool = False
    contested: bool = False
    read_as: str = ""
    drivers: Sequence["Subject"] = ()

    @property
    def known(self) -> bool:
        return self.client is not None

    @property
    def plate_doubt(self) -> str:
        """The anomaly of a plate that is not the vehicle’s: misread, or that of a trailer; empty if it is."""
        if self.vehicle is None or not self.read_as:
            return ""
        near = is_near(plate_key(self.read_as), plate_key(self.vehicle.plate))
        return "plate_approximate" if near else "plate_other"

    @property
    def doubts(self) -> tuple[str, ...]:
        """The anomalies that a stay gets from how its holder was recognised."""
        return (self.plate_doubt,) if self.plate_doubt else ()

    @property
    def unpaid(self) -> Decimal:
        owner = self.vehicle is not None and self.client is not None and self.vehicle.client_id == self.client.pk
        holder: Any = self.card or (self.vehicle if owner else self.client)
        return getattr(holder, "unpaid", None) or Decimal(0)


def identify(
    credential: Credential, zone: Zone, *, leaving: bool = False, lock: bool = False, then: datetime | None = None
) -> Subject:
    """The subject of a credential at a door of a zone; `lock` locks its rows until the transaction ends.

    For a plate that is surely `leaving`, one wrong character is forgiven where a single such vehicle is inside, or was
    `then`. A badge or plate read `then` is that of whoever had it.
    """
    if not is_readable(credential.value):
        return Subject()
    if credential.type == PLATE:
        return _by_plate(credential.value, zone, leaving, lock, then)
    if credential.type == CLIENT:
        return _by_reference(credential.value, lock)
    if credential.type == QR:
        asked = Q(secrets__secret_hash=digest(qr_text(credential.value)))
    elif credential.type == BADGE:
        asked = Q(badge_number=badge_key(credential.value)) & ~Q(badge_number="")
    else:
        asked = Q(username_key=username_key(credential.value))
    if lock:
        _take_turn_of(asked)
    cards = cards_at(zone, lean=lock and then is None).order_by().filter(asked)
    if credential.type == QR:
        cards = cards.annotate(secret_revoked_at=F("secrets__revoked_at"))
    # Several cards may have had one badge after the other: the one that is not revoked comes first.
    found = sorted(cards, key=lambda card: (card.status == CardStatus.REVOKED, -card.pk))
    if then is not None:
        found.sort(key=lambda card: not was_in_use(card, then))
    if not found:
        return Subject()
    card = _counted(found[0], zone) if lock else found[0]
    revoked = getattr(found[0], "secret_revoked_at", None) is not None
    return Subject(card=card, client=card.client, secret_revoked=revoked)


def _take_turn_of(cards: Q) -> None:
    """Take the turn of the cards’ clients before the cards are read: they say then what the passage before has left.

    That is enough: the rows of the cards are not locked, so that an import that changes them keeps nobody out.
    """
    take_turn(set(read(AccessCard.objects.filter(cards).order_by().values_list("client_id", flat=True))))


def _counted(card: AccessCard, zone: Zone) -> AccessCard:
    """The card; one with a number of visits is locked and read again: they are counted in its row."""
    if card.max_visits is None:
        return card
    return cards_at(zone, lean=True).select_for_update(of=("self",), no_key=True).get(pk=card.pk)


def of_card(card: AccessCard, zone: Zone, *, lock: bool = False) -> Subject:
    if lock:
        _take_turn_of(Q(pk=card.pk))
    found = cards_at(zone, lean=lock).get(pk=card.pk)
    if lock:
        found = _counted(found, zone)
    return Subject(card=found, client=found.client)


def of_vehicle(vehicle: Vehicle, zone: Zone, *, lock: bool = False) -> Subject:
    return _vehicle_subject(_vehicles(lock).get(pk=vehicle.pk), zone, lock)


def of_client(client: Client, *, lock: bool = False) -> Subject:
    return _by_reference(client.reference, lock)


def cards_at(zone: Zone, *, lean: bool = False) -> QuerySet[AccessCard]:
    """The cards with what a zone asks of them; `lean` ones have no more than a decision reads."""
    opened = AccessCard.zones.through.objects.filter(accesscard=OuterRef("pk"), zone__in=zone.lineage)
    return _all_cards(lean).annotate(permitted=Exists(opened))


# Built once, since it is the same at every door: building it takes Django a good part of a read.
@cache
def _all_cards(lean: bool) -> QuerySet[AccessCard]:
    cards = AccessCard.objects.select_related("client__company").annotate(
        tagged=Exists(AccessCard.tags.through.objects.filter(accesscard=OuterRef("pk"))),
        unpaid=_unpaid(OuterRef("client")),
        drives=Exists(Driver.objects.filter(client=OuterRef("client"))),
        # Its last uses are not in its row yet.
        noted=Exists(CardUse.objects.filter(card_key=OuterRef("pk"))),
    )
    return cards.only(*_OF_CARD, *_OF_CLIENT) if lean else cards


@cache
def _vehicles(lock: bool) -> QuerySet[Vehicle]:
    vehicles = Vehicle.objects.select_related("client__company").annotate(
        has_zones=Exists(Vehicle.zones.through.objects.filter(vehicle=OuterRef("pk"))),
        has_drivers=Exists(Driver.objects.filter(vehicle=OuterRef("pk"))),
        tagged=Exists(Vehicle.tags.through.objects.filter(vehicle=OuterRef("pk"))),
        unpaid=_unpaid(OuterRef("client")),
    )
    # Its client’s turn is enough: an import that changes vehicles keeps nobody out.
    return vehicles.only(*_OF_VEHICLE, *_OF_CLIENT) if lock else vehicles


def _unpaid(client: Any) -> Coalesce:
    owed = Entry.objects.holding().filter(client=client).order_by().values("client")
    total = owed.annotate(total=Sum("balance")).values("total")
    return Coalesce(Subquery(total), Value(Decimal(0)), output_field=DecimalField(max_digits=12, decimal_places=2))


def _clients() -> QuerySet[Client]:
    return Client.objects.select_related("company").annotate(unpaid=_unpaid(OuterRef("pk")))


def _by_reference(text: str, lock: bool) -> Subject:
    number = parse_reference(text)
    client = _clients().filter(number=number).first() if number is not None else None
    if lock and client is not None:
        take_turn([client.pk])
    return Subject(client=client)


def _by_plate(text: str, zone: Zone, leaving: bool, lock: bool, then: datetime | None) -> Subject:
    vehicles = vehicles_of_plate(text, lock=lock, then=then)
    read_as = ""
    if not vehicles:
        plate = misread(text) or (near_inside(text, zone, then) if leaving else "")
        vehicles, read_as = (vehicles_of_plate(plate, lock=lock, then=then), text) if plate else ([], "")
    if not vehicles:
        return Subject()
    if then is not None:
        _give_back(vehicles[0], then)
    subject = _vehicle_subject(vehicles[0], zone, lock)
    for each in (subject, *subject.drivers):
        each.read_as = read_as
    subject.contested = len({vehicle.client_id for vehicle in vehicles}) > 1
    return subject


def vehicles_with_rights(zone: Zone, after: int, most: int) -> list[Subject]:
    """Vehicles on the road, whose plate is nobody else’s, with what can be said of their rights beforehand.

    Not what other drivers may, nor cards that depend on visits or on who else is inside.
    """
    others = Vehicle.objects.filter(plate_key=OuterRef("plate_key"), is_active=True).exclude(client=OuterRef("client"))
    known = _vehicles(False).filter(is_active=True, pk__gt=after).exclude(Exists(others)).order_by("pk")
    vehicles: list[Any] = list(known[:most])
    links = Vehicle.zones.through.objects.filter(vehicle__in=vehicles, zone__in=zone.lineage)
    given = set(links.values_list("vehicle", flat=True))
    cards: dict[int, list[AccessCard]] = {}
    plain = cards_at(zone).filter(max_visits=None, one_inside=Zone.AntiPassback.NONE)
    for card in plain.filter(client__in={vehicle.client_id for vehicle in vehicles}):
        cards.setdefault(card.client_id, []).append(card)
    for vehicle in vehicles:
        vehicle.permitted = vehicle.pk in given
    return [
        Subject(vehicle=vehicle, client=vehicle.client, rights=cards.get(vehicle.client_id, ())) for vehicle in vehicles
    ]


def _give_back(vehicle: Any, then: datetime) -> None:
    """Make a vehicle, not its row, that of the client who had it, unless nobody may know that any more."""
    owner = owner_at(vehicle, then)
    known = _clients().filter(pk=owner, anonymized_at=None)
    client: Any = known.first() if owner != vehicle.client_id else None
    if client is not None:
        vehicle.client, vehicle.unpaid = client, client.unpaid


def vehicles_of_plate(text: str, *, lock: bool = False, then: datetime | None = None) -> list[Vehicle]:
    """The vehicles a plate may belong to: those on the road if any, then those written exactly so, then French ones.

    Of a plate read `then`, first those that were on the road.
    """
    key = plate_key(text)
    if not key:
        return []
    vehicles = list(_vehicles(lock).filter(plate_key=key).order_by("pk"))
    if then is not None and (there := on_the_road_at(vehicles, then)):
        return _likeliest(there, text)
    return _likeliest([vehicle for vehicle in vehicles if vehicle.is_active] or vehicles, text)


def _likeliest(vehicles: list[Vehicle], text: str) -> list[Vehicle]:
    tests: tuple[Any, ...] = (
        lambda vehicle: vehicle.plate_mark == plate_mark(text, str(vehicle.country)),
        lambda vehicle: vehicle.country == HOME,
    )
    for test in tests:
        vehicles = [vehicle for vehicle in vehicles if test(vehicle)] or vehicles
    return vehicles


def _vehicle_subject(vehicle: Any, zone: Zone, lock: bool = False) -> Subject:
    """A vehicle with the cards of its client, and the same for each other client who drives it."""
    vehicle.permitted = vehicle.has_zones and vehicle.zones.filter(pk__in=zone.lineage).exists()
    driving = vehicle.drivers.exclude(client=vehicle.client_id).values("client")
    drivers = list(_clients().filter(pk__in=driving).order_by("pk")) if vehicle.has_drivers else []
    if lock:
        take_turn([vehicle.client_id, *(driver.pk for driver in drivers)])
    cards = list(cards_at(zone).filter(client__in=(vehicle.client_id, *(driver.pk for driver in drivers))))
    subjects = [
        Subject(vehicle=vehicle, client=client, rights=[card for card in cards if card.client_id == client.pk])
        for client in (vehicle.client, *drivers)
    ]
    subjects[0].drivers = subjects[1:]
    return subjects[0]


def tags_of(subject: Subject) -> list[Tag]:
    tags: list[Tag] = []
    for holder in (subject.card, subject.vehicle):
        if holder is not None and getattr(holder, "tagged", True):
            tags += holder.tags.all()
    return list(dict.fromkeys(tags))
