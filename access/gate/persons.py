"""Which stays belong to one person, and how many people a zone holds (docs/rules.md, “Presence”).

A private client is one person, whichever of their badges and cars is read; two badges may be two people, so that one
never ends the stay of the other. A card of a company is the person it names. A company’s car is counted by
itself: nobody knows who drives it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from access.gate.credentials import Subject
from access.gate.lapse import OF_COMPANIES, has_lapsed, is_car, longest_stay
from access.gate.plates import plate_key
from access.models import AccessCard, CardStatus, Entry, Tariff, Vehicle, Zone
from access.models.entries import ANOTHER, EntryQuerySet
from clients.models import Client
from fixaloop.installation.firm import rule
from fixaloop.lists.counting import read

# For so long, a person’s number is given to nobody else.
NUMBERS_LAST = timedelta(days=7)


def stays_of(subject: Subject) -> Q:
    """The stays that count for the same person; `subject` is known."""
    client: Any = subject.client
    if subject.card is not None and subject.card.visitor:
        return Q(card=subject.card)
    if client.kind == Client.Kind.INDIVIDUAL:
        return Q(client=client) & (Q(card=None) | Q(card__visitor=""))
    if subject.card is not None:
        return Q(card=subject.card)
    return Q(vehicle=subject.vehicle) if subject.vehicle is not None else Q(client=client, card=None, vehicle=None)


def open_stays(subject: Subject) -> list[Entry]:
    return own_stays(subject, Entry.objects.open())


def own_stays(subject: Subject, among: QuerySet[Entry]) -> list[Entry]:
    """The stays of the person and of the vehicle, oldest first: whoever owns it now, it is the same car."""
    if not subject.known:
        return []
    stays = among.select_related("zone", "client").annotate(has_tariff=_has_tariff()).order_by("entered_at", "pk")
    found = {stay.pk: stay for stay in read(stays.filter(stays_of(subject), parked=False))}
    if (vehicle := subject.vehicle) is not None:
        by_plate = read(stays.filter(_of_plate(vehicle)))
        found |= {stay.pk: stay for stay in by_plate if stay.vehicle_id == vehicle.pk or stay.card_id is None}
    return sorted(found.values(), key=lambda stay: (stay.entered_at, stay.pk))


@cache
def _has_tariff() -> Exists:
    return Exists(Tariff.zones.through.objects.filter(zone=OuterRef("zone")))


def _of_plate(vehicle: Vehicle) -> Q:
    """The stays of a car: registered again for its buyer, it is another row with the same plate."""
    same = {"plate_key": plate_key(vehicle.plate), "plate_mark": vehicle.plate_mark, "country": vehicle.country}
    return Q(**{f"vehicle__{name}": value for name, value in same.items()})


def sold_with(subject: Subject, zone: Zone, at: datetime, known: Sequence[Entry]) -> list[Entry]:
    """The open stays of people who came by this car with their badge and have sold it since: it leaves without them.

    `known` are the open stays of its present owner; where it is in one of them, nobody has sold it.
    """
    vehicle = subject.vehicle
    if vehicle is None or any(is_same_car(stay, subject) for stay in known):
        return []
    stays = Entry.objects.open().people().filter(_of_plate(vehicle), card__isnull=False, entered_at__lte=at)
    behind = stays.filter(zone__path__startswith=zone.path).exclude(vehicle=vehicle).select_related("zone", "client")
    return [stay for stay in behind if not has_lapsed(stay, at)]


def is_unnamed(subject: Subject) -> bool:
    """Whether the counter knows nothing but the company."""
    client = subject.client
    by_name = subject.card is None and subject.vehicle is None
    return client is not None and by_name and client.kind != Client.Kind.INDIVIDUAL


def by_same_name(stay: Entry) -> EntryQuerySet:
    """The open stays in a zone of those who were let in by the same name of a company."""
    return Entry.objects.open().filter(client=stay.client, card=None, vehicle=None, zone=stay.zone)


def number_apart(stay: Entry) -> int:
    """A number for somebody let in by a company’s name: of one already in a surrounding zone, else a new one."""
    stays = Entry.objects.filter(client=stay.client, card=None, vehicle=None).order_by("entered_at", "pk")
    lately = stays.filter(Q(exited_at=None) | Q(entered_at__gte=stay.entered_at - NUMBERS_LAST))
    known = list(lately.values_list("person", "zone", "exited_at"))
    there = {person for person, zone, exited_at in known if exited_at is None and zone == stay.zone_id}
    for person, zone, exited_at in known:
        if exited_at is None and person not in there and zone in stay.zone.lineage:
            return person
    stay.number_person()
    return max((person + ANOTHER for person, _zone, _exited in known), default=stay.person)


def entered_before(stays: Sequence[Entry], subject: Subject) -> list[Entry]:
    """Of the open stays in a zone, those that another way in concerns: not those of the other badges and cars."""
    if is_unnamed(subject):
        return []
    if subject.card is not None:
        return [stay for stay in stays if stay.card_id is None or _is_by(stay, subject.card)]
    if subject.vehicle is not None:
        return [stay for stay in stays if stay.vehicle_id is None or is_same_car(stay, subject)]
    return list(stays)


def _is_by(stay: Entry, card: AccessCard) -> bool:
    """Whether a stay is that of a card, or of one, lost or revoked since, which that card has replaced meanwhile."""
    if stay.card_id in (None, card.pk) or stay.entered_at >= card.created_at:
        return stay.card_id == card.pk
    former: Any = stay.card
    return stay.is_of_person and former.status in (CardStatus.LOST, CardStatus.REVOKED)


def opened_by(stay: Entry, subject: Subject) -> bool:
    """Whether this very credential is inside already. If not, it is the badge of a driver, or a holder’s car."""
    if subject.card is not None:
        return _is_by(stay, subject.card)
    if subject.vehicle is not None:
        return is_same_car(stay, subject)
    return stay.card_id is None and stay.vehicle_id is None and not is_unnamed(subject)


def is_same_car(stay: Entry, subject: Subject) -> bool:
    vehicle, client = subject.vehicle, subject.client
    return vehicle is not None and client is not None and (stay.vehicle_id == vehicle.pk or stay.client_id != client.pk)


def ended_by(stays: Sequence[Entry], subject: Subject) -> list[Entry]:
    """Of the open stays behind a door, those that a way out ends."""
    if is_unnamed(subject):
        return _of_one(stays)
    if subject.vehicle is None:
        return entered_before(stays, subject)
    by_plate = [stay for stay in stays if is_same_car(stay, subject)]
    # A car that stands there alone is driven by who came back, on foot or in another one.
    alone = bool(by_plate) and all(stay.parked for stay in by_plate)
    people = [stay for stay in stays if stay not in by_plate and not stay.parked]
    others = [stay for stay in people if alone or stay.card_id or stay.vehicle_id is None]
    driver = _driver(by_plate, others)
    return by_plate + [stay for stay in others if stay.card_id in (None, driver)]


def _of_one(stays: Sequence[Entry]) -> list[Entry]:
    """The stays of one person let in by a name: not seen in an inner zone if possible, then the first to come."""
    by_person: dict[int, list[Entry]] = {}
    for stay in stays:
        by_person.setdefault(stay.person, []).append(stay)
    return min(by_person.values(), key=lambda some: (len(some), some[0].entered_at), default=[])


def unnamed(subject: Subject, zone: Zone, at: datetime) -> list[Entry]:
    """The stays of one person the counter let in by a company’s name: their badge and car are unknown."""
    client: Any = subject.client
    if client.kind == Client.Kind.INDIVIDUAL or (subject.card is None and subject.vehicle is None):
        return []
    stays = Entry.objects.open().filter(client=client, card=None, vehicle=None, entered_at__lte=at)
    behind = stays.filter(zone__path__startswith=zone.path).select_related("zone", "client").order_by("entered_at")
    return _of_one([stay for stay in behind if not has_lapsed(stay, at)])


def just_driven(subject: Subject, zone: Zone, at: datetime, turn: timedelta) -> Entry | None:
    """The stay in which somebody else’s car has just come in that the holder of this card drives too."""
    card: Any = subject.card
    if card is None or not card.drives:
        return None
    cars = Entry.objects.open().people().filter(vehicle__drivers__client=card.client_id, card=None, zone=zone)
    just = cars.filter(entered_at__gt=at - turn, entered_at__lte=at).exclude(client=card.client_id)
    return just.select_related("zone", "client").order_by("-entered_at", "-pk").first()


def owner_unseen(stay: Entry, at: datetime) -> bool:
    """Whether a car without badge may be in the stay of its driver too: both may have come in together."""
    vehicle, client = stay.vehicle, stay.client
    if vehicle is None or client is None or vehicle.client_id == client.pk:
        return False
    owner = vehicle.client
    badges = AccessCard.objects.usable(at).filter(client=owner, visitor="")
    return owner.kind == Client.Kind.INDIVIDUAL and not badges.exists()


def _driver(by_plate: Sequence[Entry], others: Sequence[Entry]) -> int | None:
    """The card of the driver who leaves. If several fit and no plate was read on the way in, the last to come in."""
    known = [stay.card_id for stay in by_plate if stay.card_id]
    cards = [stay.card_id for stay in others if stay.card_id]
    if known or not cards:
        return next(iter(known), None)
    return cards[-1] if not by_plate or len(set(cards)) == 1 else None


def moves_on(card: AccessCard, zone: Zone) -> bool:
    """Whether a card that comes into a zone is inside the site already, so that this is no other visit."""
    site = Entry.objects.open().filter(card=card, zone__path__startswith=zone.site_path)
    return site.exclude(zone=zone).exists()


def others_inside(subject: Subject, zone: Zone, at: datetime) -> list[Entry]:
    """The open stays of a client by other cards and cars, except in the zones around this one."""
    stays = Entry.objects.open().people().filter(client=subject.client).exclude(zone__in=zone.lineage[:-1])
    own: dict[str, Any] = {"card": subject.card} if subject.card is not None else {"vehicle": subject.vehicle}
    others = stays.exclude(**own).select_related("zone", "client")
    return [stay for stay in others if not _comes_along(stay, subject, zone, at)]


def _comes_along(stay: Entry, subject: Subject, zone: Zone, at: datetime) -> bool:
    """Whether it is the car of a badge shown just after, or the badge of a car read just after."""
    seconds = rule("TURN_SECONDS") if zone.turn_seconds is None else zone.turn_seconds
    other = stay.card_id if subject.card is not None else stay.vehicle_id
    return stay.is_of_person and not other and stay.zone_id == zone.pk and stay.entered_at > at - timedelta(0, seconds)


def stays_in(zone: Zone) -> EntryQuerySet:
    """The open stays in a zone and in the zones inside it, without cars alone."""
    return Entry.objects.open().people().filter(zone__path__startswith=zone.path).order_by()


def inside(zone: Zone, *, but: Subject | None = None) -> int:
    """How many people, and cars of companies, are in a zone and in the zones inside it, without the one of `but`."""
    stays = stays_in(zone)
    if but is not None and but.known and not is_unnamed(but):
        stays = stays.exclude(stays_of(but))
    return _count(stays)


def inside_at_most(zone: Zone) -> int:
    """The number of stays in a zone and inner zones: at least the number of people, and quick to count."""
    return stays_in(zone).count()


def may_hold_people(stays: QuerySet[Entry], at: datetime) -> QuerySet[Entry]:
    """Without the cars in which nobody is any more: parked ones, and those of companies after the longest stay."""
    return stays.exclude(nobody_in(at))


class Hours(Func):
    """A number of hours as a length of time."""

    template = "make_interval(hours => %(expressions)s)"
    output_field = DurationField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Microseconds, as Django keeps lengths there."""
        return self.as_sql(compiler, connection, template="(%(expressions)s * 3600000000)", **context)


def nobody_in(at: datetime) -> Q:
    usual = Q(zone__longest_stay=None, entered_at__lte=at - timedelta(hours=rule("ORPHAN_HOURS")))
    begun = ExpressionWrapper(Value(at, DateTimeField()) - Hours(F("zone__longest_stay")), DateTimeField())
    return Q(parked=True) | OF_COMPANIES & (usual | Q(zone__longest_stay__isnull=False, entered_at__lte=begun))


def holds_nobody(stay: Entry, at: datetime) -> bool:
    """Whether a stay is that of a car in which nobody is any more."""
    return stay.parked or (is_car(stay) and stay.entered_at + longest_stay(stay.zone) <= at)


def _count(stays: QuerySet[Entry]) -> int:
    found = may_hold_people(stays, timezone.now())
    return found.aggregate(count=Count("person", distinct=True))["count"]


def everywhere() -> int:
    return _count(Entry.objects.open().order_by())


def counted() -> Coalesce:
    stays = Entry.objects.open().filter(zone__path__startswith=OuterRef("path")).order_by()
    # All rows of the subquery are one group.
    counted = may_hold_people(stays, timezone.now()).annotate(every=F("pk") * 0).values("every")
    counts = counted.annotate(count=Count("person", distinct=True)).values("count")
    return Coalesce(Subquery(counts), 0)
