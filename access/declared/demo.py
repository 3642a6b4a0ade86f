"""Demonstration data: a gated yard with car park, workshop and store, and two months of entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from access import services
from access.client.presets import keep_card_defaults
from access.gate.decision import decide
from access.gate.facts import Facts
from access.hours import parse_hours
from access.models import (
    AccessCard,
    CardSecret,
    CardStatus,
    CardUse,
    Device,
    Entry,
    Event,
    Payment,
    RollCall,
    RollCallLine,
    SpecialDay,
    StaleClient,
    Tag,
    Tariff,
    Vehicle,
    Zone,
)
from access.models.cards import days_of_pass
from access.services import client_columns, prices
from access.services.card_uses import count_entries
from clients.models import Client, ClientTemplate
from clients.status import is_active
from fixaloop.words.dates import start_of
from fixaloop.words.text import words

if TYPE_CHECKING:
    from faker import Faker

SEED = 318
PARK, SUBSCRIBED = "Parking P1", 30
DAYS = 60
HOLDERS, DRIVERS, INSIDE = 120, 170, 14
CARS = (
    ("Renault", "Clio"), ("Renault", "Kangoo"), ("Peugeot", "208"), ("Peugeot", "Partner"), ("Citroën", "C3"),
    ("Citroën", "Berlingo"), ("Dacia", "Sandero"), ("Volkswagen", "Golf"), ("Toyota", "Yaris"), ("Saab", "9-3"),
    ("Fiat", "500"), ("Ford", "Transit"), ("Mercedes-Benz", "Sprinter"), ("Tesla", "Model 3"), ("Škoda", "Octavia"),
)  # fmt: skip
COLORS = ("Blanc", "Gris", "Noir", "Bleu", "Rouge", "Vert", "Gris métallisé")
LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"
TAGS = ("Abonné mensuel", "Livraison", "PMR", "VIP")
WEEK = "lun-ven 07:00-20:00, sam 08:00-13:00"


# Written by the program as the day goes on: visits end, cards are counted, events only add up.
MOVING = (Entry, Event, CardSecret, CardUse, RollCallLine, StaleClient)


def obstacle() -> str:
    if Zone.objects.exists() or Device.objects.exists():
        return _("elle contient des zones ou des appareils")
    return _("elle contient des entrées") if Entry.objects.exists() else ""


def followers() -> QuerySet[Event]:
    return Event.objects.filter(actor=None, device=None)


def load(faker: Faker, by: User) -> None:
    chance = Random(SEED)  # noqa: S311 - invented data, the same every time
    now = timezone.now()
    devices = _places(by)
    tags = [Tag.objects.create(name=name) for name in TAGS]
    clients = list(Client.objects.exclude(email="").order_by("number"))
    drivers = chance.sample(clients, min(DRIVERS, len(clients)))
    vehicles = [_vehicle(client, chance, tags, by, now) for client in drivers]
    holders = chance.sample(clients, min(HOLDERS, len(clients)))
    cards = [_card(client, chance, tags, by, now) for client in holders]
    _tariff(tags, by, now)
    _visitor(next((client for client in clients if is_active(client, now)), clients[0]), by, now)
    _stays(cards, vehicles, devices, chance, by, now)
    _refusals(cards, devices["Barrière d’entrée"], chance, now)
    _special_days(now, by)
    _corrections(by)
    _roll_call(by)
    client_columns.follow(client.pk for client in clients)
    # The second template of clients/declared/demo.py: subscribers of the car park.
    for template in ClientTemplate.objects.filter(company=None):
        keep_card_defaults(template, days=SUBSCRIBED, zones=Zone.objects.filter(name=PARK))


def _places(by: User) -> dict[str, Device]:
    site = services.save_zone(
        Zone(name="Site", open_to=Zone.OpenTo.ACTIVE, capacity=60, hours=parse_hours(WEEK)), by=by
    )
    park = services.save_zone(Zone(name=PARK, open_to=Zone.OpenTo.ACTIVE, parent=site, capacity=40), by=by)
    shop = services.save_zone(
        Zone(
            name="Atelier",
            open_to=Zone.OpenTo.GIVEN,
            parent=site,
            capacity=12,
            closed_on_holidays=True,
            anti_passback="refuse",
        ),
        by=by,
    )
    services.save_zone(Zone(name="Réserve", parent=shop, capacity=4), by=by)
    wanted = (
        ("Barrière d’entrée", park, "in", False),
        ("Barrière de sortie", park, "out", False),
        ("Porte de l’atelier", shop, "both", False),
        ("Comptoir", site, "both", True),
    )
    return {
        name: services.save_device(Device(name=name, zone=zone, direction=direction, at_counter=counter), by=by)
        for name, zone, direction, counter in wanted
    }


def _tariff(tags: Sequence[Tag], by: User, now: datetime) -> None:
    """An hour free, then by quarters of an hour, as the law asks of car parks."""
    start = timezone.localdate(now) - timedelta(days=DAYS + 1)
    steps = [[0, 15, "0.60"], [180, 15, "0.30"]]
    tariff = Tariff(name=_("Visiteurs"), starts_on=start, free_minutes=60, steps=steps, day_cap=Decimal(12))
    services.save_tariff(tariff, zones=list(Zone.objects.filter(name=PARK)), free_tags=tags[:1], by=by)


def _special_days(now: datetime, by: User) -> None:
    today = timezone.localdate(now)
    sunday = today + timedelta(days=20 - today.weekday())
    shop = Zone.objects.get(name="Atelier")
    days = (
        SpecialDay(first_day=today - timedelta(days=40), last_day=today - timedelta(days=39), reason="Pont"),
        SpecialDay(
            zone=shop, first_day=sunday - timedelta(days=3), last_day=sunday - timedelta(days=3), reason="Inventaire"
        ),
        SpecialDay(
            first_day=sunday, last_day=sunday, spans=[["10:00", "17:00"]], any_card_hour=True, reason="Portes ouvertes"
        ),
        SpecialDay(first_day=sunday + timedelta(days=8), last_day=sunday + timedelta(days=12), reason="Congés annuels"),
    )
    for day in days:
        services.save_special_day(day, by=by)


def _vehicle(client: Client, chance: Random, tags: Sequence[Tag], by: User, now: datetime) -> Vehicle:
    two = ["".join(chance.choices(LETTERS, k=2)) for _half in range(2)]
    make, model = chance.choice(CARS)
    vehicle = Vehicle(
        client=client,
        plate=f"{two[0]}-{chance.randrange(1, 1000):03d}-{two[1]}",
        make=make,
        model=model,
        year=chance.randrange(2004, now.year + 1),
        color=chance.choice(COLORS),
    )
    return services.add_vehicle(vehicle, tags=chance.sample(tags, chance.choice((0, 0, 1))), by=by, at=now)


def _card(client: Client, chance: Random, tags: Sequence[Tag], by: User, now: datetime) -> AccessCard:
    today = timezone.localdate(now)
    first = today - timedelta(days=chance.randrange(DAYS, 300))
    last = first + timedelta(days=chance.choice((30, 180, 364, 364, 364, 364, 500)))
    name = ".".join(words(client.contact or client.name))
    card = AccessCard(
        client=client, username=f"{name}.{client.number}"[:64], valid_from=first, valid_until=max(first, last)
    )
    zones = list(Zone.objects.filter(name__in=chance.choice((["Site"], ["Parking P1"], ["Parking P1", "Atelier"]))))
    chosen = chance.sample(tags, chance.choice((0, 0, 1)))
    opened = start_of(first) + timedelta(hours=9)
    issued = services.issue_card(card, zones=zones, tags=chosen, by=by, at=opened).card
    status = chance.choices(("", CardStatus.SUSPENDED, CardStatus.LOST), (90, 6, 4))[0]
    return services.change_card_status(issued, status, reason="", by=by, at=now) if status else issued


def _visitor(host: Client, by: User, now: datetime) -> None:
    card = AccessCard(
        client=host,
        username="visite-demo",
        visitor="Paul Visiteur",
        max_visits=1,
        starts_at=now,
        ends_at=now + timedelta(days=1),
        **days_of_pass(now, now + timedelta(days=1)),
    )
    services.issue_card(card, zones=Zone.objects.filter(name=PARK), by=by, at=now)


def _stays(
    cards: Sequence[AccessCard],
    vehicles: Sequence[Vehicle],
    devices: dict[str, Device],
    chance: Random,
    by: User,
    now: datetime,
) -> None:
    entries = list(_past_stays(cards, vehicles, devices, chance, now))
    for entry in entries:
        entry.derive()
        entry.number_person()
    Entry.objects.bulk_create(entries, batch_size=500)
    Entry.objects.bulk_update(prices.apply(entries), prices.WRITTEN, batch_size=500)
    Event.objects.bulk_create(event for entry in entries for event in _events(entry))
    count_entries(entries)
    for entry in entries:
        if entry.amount_due and chance.random() < 0.85:
            due = entry.amount_due if chance.random() < 0.9 else entry.amount_due / 2
            at = entry.exited_at or entry.entered_at
            payment = Payment(entry=entry, amount=due, method="card", paid_on=timezone.localdate(at))
            services.record_payment(payment, by=by, at=at)


def _past_stays(
    cards: Sequence[AccessCard],
    vehicles: Sequence[Vehicle],
    devices: dict[str, Device],
    chance: Random,
    now: datetime,
) -> Iterator[Entry]:
    way_in, way_out = devices["Barrière d’entrée"], devices["Barrière de sortie"]
    usable = [card for card in cards if card.status == CardStatus.ACTIVE]
    for ago in range(DAYS, 0, -1):
        day = timezone.localdate(now) - timedelta(days=ago)
        for holder in chance.sample([*usable, *vehicles], 0 if day.weekday() == 6 else 12):
            start = start_of(day) + timedelta(minutes=chance.randrange(7 * 60, 16 * 60))
            end = start + timedelta(minutes=chance.randrange(20, 240))
            yield _stay(holder, way_in, start, device_out=way_out, exited_at=end)
    for holder in chance.sample([*usable, *vehicles], INSIDE):
        yield _stay(holder, way_in, now - timedelta(minutes=chance.randrange(5, 300)))


def _stay(holder: Any, way_in: Device, start: datetime, **more: Any) -> Entry:
    what = {"card": holder} if isinstance(holder, AccessCard) else {"vehicle": holder}
    return Entry(client=holder.client, zone=way_in.zone, device_in=way_in, entered_at=start, **what, **more)


def _events(entry: Entry) -> Iterator[Event]:
    what: dict[str, Any] = {name: getattr(entry, name) for name in ("client", "card", "vehicle", "zone")}
    what["entry"] = entry
    yield Event(kind=Event.Kind.ENTRY, at=entry.entered_at, direction="in", device=entry.device_in, **what)
    if entry.exited_at:
        yield Event(kind=Event.Kind.EXIT, at=entry.exited_at, direction="out", device=entry.device_out, **what)


def _corrections(by: User) -> None:
    mistake, forgotten = Entry.objects.filter(exited_at__isnull=False, amount_due=0).order_by("-entered_at", "-pk")[:2]
    services.void(mistake, reason=_("badge présenté pour quelqu’un d’autre"), by=by)
    services.correct_exit(
        forgotten, forgotten.entered_at + timedelta(minutes=30), reason=_("vu partir à pied par l’accueil"), by=by
    )


def _roll_call(by: User) -> None:
    start = Entry.objects.visits().filter(exited_at__isnull=False).order_by("-entered_at")[20].entered_at
    inside = Entry.objects.filter(entered_at__lte=start, exited_at__gt=start)
    end = start + timedelta(minutes=12)
    drill = RollCall.objects.create(
        started_at=start, started_by=by, ended_at=end, ended_by=by, note=_("Exercice annuel")
    )
    lines = dict(inside.order_by("pk").values_list("person", "pk"))
    RollCallLine.objects.bulk_create(
        RollCallLine(roll_call=drill, person=person, entry_id=stay, **_seen(start, rank, len(lines), by))
        for rank, (person, stay) in enumerate(lines.items(), 1)
    )


def _seen(start: datetime, rank: int, count: int, by: User) -> dict[str, Any]:
    return {"safe_at": start + timedelta(minutes=rank), "safe_by": by} if rank < count or count == 1 else {}


def _refusals(cards: Sequence[AccessCard], device: Device, chance: Random, now: datetime) -> None:
    for card in chance.sample(cards, 20):
        at = now - timedelta(minutes=chance.randrange(60, DAYS * 24 * 60))
        facts = Facts(
            at=at,
            day=timezone.localdate(at),
            card_status=str(card.status),
            valid_from=card.valid_from,
            valid_until=card.valid_until,
            client_active=False,
            client_reason=_("aucune intervention"),
            zone=device.zone.name,
        )
        Event.objects.record(
            Event.Kind.REFUSED,
            at=at,
            reasons=decide(facts).codes,
            inputs={"facts": facts.as_inputs(), "credential": {"type": "qr"}},
            client=card.client,
            card=card,
            device=device,
            zone=device.zone,
            direction="in",
        )
