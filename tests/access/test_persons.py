"""One presence per person: whichever badge, car or name is read, and however many zones are inside one another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.gate.credentials import Credential
from access.models import Device, Entry, Event, Vehicle, Zone
from access.reader.reads import Scan, answer, answer_batch
from clients.models import Client
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.pages import said as said_on

pytestmark = pytest.mark.django_db
PLATE = "AB-123-CD"
NOW = timezone.now()
HOUR = timedelta(hours=1)
MORNING, NOON, EVENING = NOW - 10 * HOUR, NOW - 6 * HOUR, NOW - HOUR
Read = Callable[..., dict[str, Any]]


@pytest.fixture(params=["live", "batch"])
def read(request: pytest.FixtureRequest) -> Read:
    """What a reader is answered, at once or with what it kept while it was offline."""
    count = iter(range(1000))

    def read(device: Device, value: str, type_: str = "qr", at: Any = NOW) -> dict[str, Any]:
        scan = Scan(f"n{next(count)}", Credential(type_, value), read_at=at)
        if request.param == "live":
            return answer(device, scan, at)
        return answer_batch(device, NOW, [scan], NOW)[0]

    return read


@pytest.fixture
def zone() -> Zone:
    return make_zone("Parking", capacity=10)


def owner() -> tuple[Client, str, Vehicle]:
    client = make_active_client()
    return client, make_card(client)[1], make_vehicle(client, PLATE)


def inside(browser: Browser) -> str:
    return said_on(browser.get("/access/occupancy/"))


@pytest.mark.parametrize(("way_in", "way_out"), [("qr", "plate"), ("plate", "qr")])
def test_it_ends_with_the_car_the_stay_that_the_badge_opened(
    read: Read, door: Device, gate: Device, way_in: str, way_out: str
) -> None:
    client, qr, _vehicle = owner()
    value = {"qr": qr, "plate": PLATE}
    entry = read(door, value[way_in], way_in, at=MORNING)["entry"]
    left = read(gate, value[way_out], way_out, at=NOON)
    assert (left["decision"], left["entry"]) == ("granted", entry)
    assert "exit_without_entry" not in left["anomalies"]
    stay = Entry.objects.get(parked=False)
    assert (stay.exited_at, stay.estimated) == (NOON, False)
    again = read(door, value[way_in], way_in, at=EVENING)
    assert again["decision"] == "granted"
    assert again["entry"] != entry
    client.refresh_from_db()
    assert client.inside_since == EVENING


def test_it_turns_at_a_two_way_door_whichever_of_the_two_is_read(read: Read, zone: Zone) -> None:
    _client, qr, _vehicle = owner()
    device = make_device(zone, "both")[0]
    passages = [(qr, "qr", MORNING), (PLATE, "plate", NOON), (qr, "qr", EVENING)]
    events = [read(device, value, type_, at=at)["event"] for value, type_, at in passages]
    assert [Event.objects.get(pk=event).kind for event in events] == ["entry", "exit", "entry"]


@pytest.mark.parametrize("mode", ["none", "warn", "refuse"])
@pytest.mark.parametrize("first", ["qr", "plate"])
def test_it_adds_the_car_to_the_stay_of_the_badge(read: Read, mode: str, first: str) -> None:
    device = make_device(make_zone(anti_passback=mode, capacity=1))[0]
    _client, qr, vehicle = owner()
    order = ["qr", "plate"] if first == "qr" else ["plate", "qr"]
    said = [read(device, {"qr": qr, "plate": PLATE}[type_], type_, at=MORNING) for type_ in order]
    assert [each["decision"] for each in said] == ["granted"] * 2
    assert said[0]["entry"] == said[1]["entry"]
    stay = Entry.objects.get()
    assert (stay.vehicle, stay.card is not None, stay.is_open, stay.anomalies) == (vehicle, True, True, [])


@pytest.mark.parametrize("way_out", ["qr", "plate"])
def test_it_ends_the_whole_stay_by_either(read: Read, door: Device, gate: Device, way_out: str) -> None:
    client, qr, _vehicle = owner()
    for type_ in ("qr", "plate"):
        read(door, {"qr": qr, "plate": PLATE}[type_], type_, at=MORNING)
    read(gate, {"qr": qr, "plate": PLATE}[way_out], way_out, at=NOON)
    client.refresh_from_db()
    assert client.inside_since is None


def test_it_keeps_who_came_with_another_badge_of_the_client(read: Read, door: Device, gate: Device) -> None:
    client, mine, _vehicle = owner()
    yours = make_card(client)[1]
    first = read(door, mine, at=MORNING)["entry"]
    second = read(door, yours, at=NOON)["entry"]
    read(gate, PLATE, "plate", at=EVENING)
    assert [stay.pk for stay in Entry.objects.open()] == [first]
    assert Entry.objects.get(pk=second).exited_at == EVENING


@pytest.mark.parametrize("status", ["lost", "revoked", "active"])
def test_a_card_that_takes_the_place_of_one_inside_ends_its_stay(
    read: Read, door: Device, gate: Device, status: str
) -> None:
    client, qr, _vehicle = owner()
    read(door, qr, at=NOON)
    services.change_card_status(client.cards.get(), status, by=None)
    said = read(gate, make_card(client)[1], at=EVENING)
    # Two badges that are valid may be two people.
    two = status == "active"
    assert ("exit_without_entry" in said["anomalies"], Entry.objects.open().exists()) == (two, two)


def test_it_counts_the_car_of_a_company_beside_its_people(
    read: Read, sign_in: SignIn, zone: Zone, door: Device, gate: Device
) -> None:
    company = make_active_client(company_name="Garage du Port")
    qr = make_card(company)[1]
    make_vehicle(company, PLATE)
    read(door, qr, at=MORNING)
    read(door, PLATE, "plate", at=MORNING)
    assert Entry.objects.open().count() == 2
    assert "2 / 10" in inside(sign_in(group="Gardien"))
    left = read(gate, PLATE, "plate", at=NOON)
    assert [stay.card_id is not None for stay in Entry.objects.open()] == [True]
    assert left["decision"] == "granted"


def test_it_ends_the_stay_of_a_car_that_was_sold_on_the_site(read: Read, door: Device, gate: Device) -> None:
    seller, _qr, sold = owner()
    entry = read(door, PLATE, "plate", at=MORNING)["entry"]
    sold.is_active = False
    services.update_vehicle(sold, by=None)
    buyer = make_active_client(last_name="Acheteur")
    make_vehicle(buyer, PLATE)
    left = read(gate, PLATE, "plate", at=NOON)
    assert (left["decision"], left["entry"], left["client"]) == ("granted", entry, buyer.reference)
    seller.refresh_from_db()
    assert seller.inside_since is None


@pytest.mark.parametrize("first", ["plate", "qr"])
@pytest.mark.parametrize("has_badge", [False, True])
def test_the_owner_may_be_there_whose_car_a_driver_s_badge_takes_over(
    read: Read, door: Device, gate: Device, sign_in: SignIn, first: str, has_badge: bool
) -> None:
    """Who has a badge shows it. Who has none may be in the car, or the driver beside it on foot."""
    vehicle, driver = make_vehicle(plate=PLATE), make_active_client()
    services.add_driver(vehicle, driver, by=None)
    values = {"plate": PLATE, "qr": make_card(driver)[1]}
    if has_badge:
        make_card(vehicle.client)
    for number, type_ in enumerate((first, "qr" if first == "plate" else "plate")):
        read(door, values[type_], type_, at=NOON + number * HOUR / 120)
    [stay] = Entry.objects.open()
    assert (stay.client, stay.vehicle) == (driver, vehicle)
    assert (stay.anomalies, stay.to_check) == (([], False) if has_badge else (["owner_unsure"], True))
    page = said_on(sign_in(group="Gardien").get("/access/occupancy/evacuation/"))
    assert ("Propriétaire du véhicule peut-être là aussi" in page) is not has_badge
    read(gate, PLATE, "plate", at=EVENING)
    stay.refresh_from_db()
    assert (stay.is_open, stay.anomalies, stay.to_check) == (False, [], False)


@pytest.mark.parametrize("two_way", [False, True])
def test_a_car_that_was_sold_leaves_without_its_driver(
    read: Read, zone: Zone, door: Device, gate: Device, two_way: bool
) -> None:
    seller, qr, sold = owner()
    read(door, qr, at=MORNING)
    read(door, PLATE, "plate", at=MORNING)
    sold.is_active = False
    services.update_vehicle(sold, by=None)
    make_vehicle(make_active_client(last_name="Acheteur"), PLATE)
    read(make_device(zone, "both")[0] if two_way else gate, PLATE, "plate", at=NOON)
    assert [(stay.client, stay.vehicle) for stay in Entry.objects.open()] == [(seller, None)]
    read(gate, qr, at=EVENING)
    assert not Entry.objects.open().exists()


def test_it_leaves_the_seller_inside_whose_badge_was_read(read: Read, door: Device, gate: Device) -> None:
    seller, qr, sold = owner()
    read(door, qr, at=MORNING)
    read(door, PLATE, "plate", at=MORNING)
    sold.is_active = False
    services.update_vehicle(sold, by=None)
    make_vehicle(make_active_client(last_name="Acheteur"), PLATE)
    read(gate, PLATE, "plate", at=NOON)
    seller.refresh_from_db()
    assert seller.inside_since == MORNING


def test_it_takes_no_car_of_the_same_plate_abroad_for_it(read: Read, door: Device, gate: Device) -> None:
    make_vehicle(plate="AB 123 CD", country="IT")
    italian = Entry.objects.create(
        client=Vehicle.objects.get().client, vehicle=Vehicle.objects.get(), zone=door.zone, entered_at=MORNING
    )
    make_vehicle(plate=PLATE)
    read(gate, PLATE, "plate", at=NOON)
    italian.refresh_from_db()
    assert italian.is_open


def test_it_ends_the_stay_that_is_told_after_its_exit(door: Device, gate: Device) -> None:
    _client, qr, _vehicle = owner()
    answer(gate, Scan("out", Credential("plate", PLATE)), NOON)
    late = Scan("in", Credential("qr", qr), read_at=MORNING)
    answer_batch(door, NOW, [late], NOW)
    assert (Entry.objects.get().entered_at, Entry.objects.get().exited_at) == (MORNING, NOON)


def domain() -> tuple[Zone, Zone, Zone]:
    around = make_zone("Domaine", capacity=2)
    return around, make_zone("S", parent=around), make_zone("T", parent=around)


def test_a_zone_counts_who_is_in_the_zones_inside_it(read: Read, sign_in: SignIn) -> None:
    around, *inner = domain()
    assert read(make_device(around)[0], make_card()[1], at=MORNING)["decision"] == "granted"
    for number in range(5):
        read(make_device(inner[number % 2])[0], make_card()[1], at=MORNING)
    boss = sign_in(group="Direction")
    assert "Domaine 6 / 2 complet" in inside(boss)
    assert "6 sur 2" in said_on(boss.get("/access/zones/"))
    assert "6 sur 2" in said_on(boss.get(around.get_absolute_url()))
    assert "6 présents, complet" in said_on(boss.get("/access/control/"))
    card = make_card()[0]
    assert "1–6 sur 6" in said_on(boss.get("/access/occupancy/", {"zone": around.pk}))
    counter = boss.post("/access/control/", {"value": card.username, "device": f"zone-{around.pk}", "action": "enter"})
    assert "pleine : 6 sur 2" in said_on(counter)


def test_a_zone_that_is_full_with_its_zones_refuses_the_next_one(read: Read) -> None:
    around, inner, _other = domain()
    for _person in range(2):
        read(make_device(inner)[0], make_card()[1], at=MORNING)
    said = answer(make_device(around)[0], Scan("third", Credential("qr", make_card()[1])), NOW)
    assert said["reasons"] == ["zone_full"]
    assert Event.objects.latest("pk").inputs["facts"]["occupancy"] == 2


def test_it_counts_somebody_in_two_zones_once(read: Read) -> None:
    around, inner, _other = domain()
    qr = make_card()[1]
    read(make_device(around)[0], qr, at=MORNING)
    read(make_device(inner)[0], qr, at=MORNING)
    answers = [answer(make_device(around)[0], Scan(f"n-{n}", Credential("qr", make_card()[1])), NOW) for n in range(2)]
    assert [each["reason"] for each in answers] == [None, "zone_full"]


def test_the_change_of_a_car_s_client_keeps_its_stay(read: Read, door: Device, gate: Device) -> None:
    seller, _qr, vehicle = owner()
    entry = read(door, PLATE, "plate", at=MORNING)["entry"]
    vehicle.client = make_active_client(company_name="Garage du Port")
    services.update_vehicle(vehicle, by=None)
    assert read(gate, PLATE, "plate", at=NOON)["entry"] == entry
    seller.refresh_from_db()
    assert (seller.inside_since, Entry.objects.get().client) == (None, seller)


def test_the_counter_lets_out_whoever_is_in_another_zone(sign_in: SignIn) -> None:
    far, near = make_zone("Réserve"), make_zone("Accueil")
    stay = make_entry(zone=far)
    posted = {"value": str(stay.card), "device": f"zone-{near.pk}"}
    guard = sign_in(group="Gardien")
    assert "Faire sortir de Réserve" in said_on(guard.post("/access/control/", posted))
    response = guard.post("/access/control/", posted | {"action": "exit"})
    assert "Sortie enregistrée à un autre comptoir" in said_on(response)
    stay.refresh_from_db()
    assert (stay.is_open, stay.anomalies) == (False, ["left_elsewhere"])


def test_a_reader_lets_nobody_out_of_another_zone(read: Read) -> None:
    stay = make_entry(zone=make_zone(), entered_at=MORNING)
    left = read(make_device(make_zone(), "out")[0], stay.card.username, "username", at=NOON)  # type: ignore[union-attr]
    assert "exit_without_entry" in left["anomalies"]
    assert Entry.objects.open().count() == 1
