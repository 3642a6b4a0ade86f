"""Cars apart from people: who leaves on foot leaves the car there, until its plate is read or it has stood too long."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from access.gate import persons
from access.gate.credentials import Credential
from access.gate.orphans import close_orphans
from access.models import AccessCard, Device, Entry, Vehicle, Zone
from access.presence.evacuation import evacuation
from access.reader.reads import Scan, answer, answer_batch
from clients.models import Client
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.pages import said as said_on

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MORNING, NOON, EVENING = NOW - 10 * HOUR, NOW - 6 * HOUR, NOW - HOUR
PLATE, OTHER_PLATE = "AB-123-CD", "EF-456-GH"
Read = Callable[..., dict[str, Any]]
_numbers = count()


def scan(value: str, at: datetime) -> Scan:
    return Scan(f"p{next(_numbers)}", Credential("plate" if value in (PLATE, OTHER_PLATE) else "qr", value), read_at=at)


def live(device: Device, value: str, at: datetime) -> dict[str, Any]:
    return answer(device, scan(value, at), at)


@pytest.fixture(params=["live", "batch"])
def read(request: pytest.FixtureRequest) -> Read:
    def batch(device: Device, value: str, at: datetime) -> dict[str, Any]:
        return answer_batch(device, NOW, [scan(value, at)], NOW)[0]

    return live if request.param == "live" else batch


@pytest.fixture
def zone() -> Zone:
    return make_zone("Cour", anti_passback="refuse")


@pytest.fixture
def owner() -> tuple[Client, AccessCard, str, Vehicle]:
    client = make_active_client()
    card, qr = make_card(client, valid_from=(NOW - 50 * DAY).date())
    return client, card, qr, make_vehicle(client, PLATE)


Owner = tuple[Client, AccessCard, str, Vehicle]


def there() -> list[tuple[bool, bool]]:
    """Of the open stays, whether a car is there, and alone."""
    return [(stay.vehicle is not None, stay.parked) for stay in Entry.objects.open().order_by("pk")]


@pytest.mark.parametrize("joined", [False, True])
def test_the_car_stays_where_its_driver_leaves_on_foot(
    read: Read, zone: Zone, door: Device, gate: Device, owner: Owner, joined: bool
) -> None:
    client, _card, qr, vehicle = owner
    read(door, PLATE, MORNING)
    if joined:
        read(door, qr, MORNING + timedelta(seconds=20))
    read(gate, qr, NOON)
    person = Entry.objects.get(parked=False)
    car = Entry.objects.get(parked=True)
    assert (person.exited_at, person.estimated) == (NOON, False)
    assert (car.vehicle, car.card, car.entered_at, car.anomalies, car.to_check) == (vehicle, None, MORNING, [], False)
    client.refresh_from_db()
    assert (client.inside_since, persons.inside(zone), persons.everywhere()) == (None, 0, 0)
    again = read(door, qr, NOON + HOUR)
    assert (again["decision"], set(again["anomalies"]) - {"offline"}) == ("granted", set())
    assert there() == [(True, True), (False, False)]
    read(gate, PLATE, EVENING)
    assert there() == []
    assert {stay.exited_at for stay in Entry.objects.filter(entered_at__in=(MORNING, NOON + HOUR))} == {NOON, EVENING}


def test_who_comes_back_in_another_car_drives_the_one_that_stands_there(
    read: Read, zone: Zone, door: Device, gate: Device, owner: Owner
) -> None:
    client, _card, qr, _vehicle = owner
    other = make_vehicle(client, OTHER_PLATE)
    read(door, PLATE, MORNING)
    read(gate, qr, NOON)
    read(door, OTHER_PLATE, NOON + HOUR)
    assert persons.inside(zone) == 1
    read(gate, PLATE, EVENING)
    [car] = Entry.objects.open()
    assert (car.vehicle, car.parked, persons.inside(zone)) == (other, True, 0)


def test_the_counter_leaves_the_car_too(sign_in: SignIn, zone: Zone, door: Device, owner: Owner) -> None:
    client, card, _qr, _vehicle = owner
    live(door, PLATE, NOON)
    guard = sign_in(group="Gardien")
    guard.post("/access/control/", {"value": card.username, "device": f"zone-{zone.pk}", "action": "exit"})
    assert there() == [(True, True)]
    assert "Garé" in said_on(guard.get("/access/occupancy/"))
    assert client.name in said_on(guard.get(f"/access/occupancy/?q={client.name}"))
    listed = evacuation(timezone.now())
    assert (listed.people, listed.cars, [line.plates for line in listed.parked]) == ([], [], [PLATE])
    assert PLATE in said_on(guard.get("/access/occupancy/evacuation/"))


def test_a_car_that_comes_in_again_was_driven_out_unseen(
    read: Read, zone: Zone, door: Device, gate: Device, owner: Owner
) -> None:
    _client, _card, qr, vehicle = owner
    read(door, PLATE, MORNING)
    read(gate, qr, NOON)
    read(door, qr, NOON + HOUR)
    said = read(door, PLATE, EVENING)
    assert said["decision"] == "granted"
    assert "exit_missed" in said["anomalies"]
    gone = Entry.objects.get(parked=True)
    assert (gone.exited_at, gone.estimated, gone.to_check) == (EVENING, True, True)
    stay = Entry.objects.open().get()
    assert (stay.vehicle, stay.card is not None) == (vehicle, True)


def test_the_plate_read_with_the_badge_on_the_way_out_takes_the_car_along(
    door: Device, gate: Device, owner: Owner
) -> None:
    _client, _card, qr, _vehicle = owner
    live(door, PLATE, MORNING)
    live(gate, PLATE, EVENING + timedelta(seconds=5))
    answer_batch(gate, NOW, [scan(qr, EVENING)], NOW)
    assert there() == []


def test_a_two_way_door_lets_the_car_out_days_after_its_driver(zone: Zone, gate: Device, owner: Owner) -> None:
    _client, _card, qr, _vehicle = owner
    camera = make_device(zone, "both")[0]
    live(camera, PLATE, NOW - 5 * DAY)
    live(gate, qr, NOW - 5 * DAY + HOUR)
    said = live(camera, PLATE, NOW)
    assert Entry.objects.get(pk=said["entry"]).exited_at == NOW
    assert there() == []


@pytest.mark.parametrize("company", [False, True])
def test_the_night_takes_nobody_s_car_away(zone: Zone, door: Device, gate: Device, company: bool) -> None:
    client = make_active_client(company_name="Transports Morel") if company else make_active_client()
    make_vehicle(client, PLATE)
    entered = NOW - 20 * HOUR
    live(door, PLATE, entered)
    assert close_orphans(NOW) == (0 if company else 1)
    car = Entry.objects.open().get()
    assert (car.entered_at, car.parked) == (entered, not company)
    assert car.anomalies == ([] if company else ["car_unsure"])
    assert persons.inside(zone) == 0
    listed = evacuation(timezone.now())
    assert (listed.people, listed.cars, len(listed.parked)) == ([], [], 1)
    live(gate, PLATE, NOW)
    car.refresh_from_db()
    assert (car.exited_at, car.anomalies, car.to_check) == (NOW, [], False)


@pytest.mark.parametrize("late", [False, True])
def test_who_drives_out_after_the_night_was_there_all_along(
    door: Device, gate: Device, owner: Owner, late: bool
) -> None:
    left = NOW - HOUR
    live(door, PLATE, NOW - 20 * HOUR)
    close_orphans(NOW if late else left)
    answer_batch(gate, NOW, [scan(PLATE, left)], NOW) if late else live(gate, PLATE, left)
    ends = Entry.objects.order_by("pk").values_list("exited_at", "estimated", "anomalies", "parked")
    assert list(ends) == [(left, False, ["stay_too_long"], False), (left, False, [], True)]


def test_a_company_s_car_comes_in_again_the_next_day_whose_exit_was_missed(door: Device) -> None:
    make_vehicle(make_active_client(company_name="Transports Morel"), PLATE)
    live(door, PLATE, NOW - 20 * HOUR)
    said = live(door, PLATE, NOW)
    assert (said["decision"], said["anomalies"]) == ("granted", ["exit_missed"])


def test_a_car_is_given_up_after_its_own_longest_stay(settings: Any, door: Device) -> None:
    settings.PARKED_DAYS = 3
    make_vehicle(make_active_client(company_name="Transports Morel"), PLATE)
    live(door, PLATE, NOW - 4 * DAY)
    assert close_orphans(NOW) == 1
    stay = Entry.objects.get()
    assert (stay.exited_at, stay.estimated, stay.to_check) == (NOW - DAY, True, True)


def test_a_two_way_door_takes_no_car_of_yesterday_for_one_that_leaves(zone: Zone) -> None:
    """Nobody knows whether it stood there for the night."""
    make_vehicle(make_active_client(company_name="Transports Morel"), PLATE)
    camera = make_device(zone, "both")[0]
    live(camera, PLATE, NOW - 20 * HOUR)
    said = live(camera, PLATE, NOW)
    assert "exit_missed" in said["anomalies"]
    assert Entry.objects.open().get().pk == said["entry"]


def test_it_says_at_once_who_is_there_for_too_long(sign_in: SignIn) -> None:
    around = make_zone("Site")
    stay = make_entry(zone=make_zone("Hall", parent=around, longest_stay=2), entered_at=NOW - 3 * HOUR)
    make_entry(zone=around, entered_at=NOW - 3 * HOUR)
    boss = sign_in(group="Direction")
    page = said_on(boss.get("/access/occupancy/"))
    assert page.count("dont 1 à vérifier") == 2
    assert page.count("présent depuis trop longtemps") == 1
    assert page.index(stay.client.name) < page.index("présent depuis trop longtemps")
    dashboard = said_on(boss.get("/"))
    assert f"Présent depuis trop longtemps : {stay.client.name}" in dashboard
