"""Zones inside one another: leaving the inner one leaves somebody in the one around it, whose way in may be unread."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from access.gate import persons
from access.gate.credentials import Credential
from access.models import Device, Entry, Zone
from access.reader.reads import Scan, answer, answer_batch
from tests.access.factories import make_active_client, make_card, make_device, make_tariff, make_vehicle, make_zone
from tests.conftest import SignIn

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR = timedelta(hours=1)
MORNING, NOON, EVENING = NOW - 10 * HOUR, NOW - 6 * HOUR, NOW - HOUR
PLATE = "AB-123-CD"
Read = Callable[..., dict[str, Any]]
_numbers = count()


@pytest.fixture(params=["live", "batch"])
def read(request: pytest.FixtureRequest) -> Read:
    def read(device: Device, value: str, at: datetime, type_: str = "qr") -> dict[str, Any]:
        scan = Scan(f"z{next(_numbers)}", Credential(type_, value), read_at=at)
        return answer(device, scan, at) if request.param == "live" else answer_batch(device, NOW, [scan], NOW)[0]

    return read


@pytest.fixture
def yard() -> Zone:
    return make_zone("Cour")


@pytest.fixture
def shop(yard: Zone) -> Zone:
    return make_zone("Forge", parent=yard)


@pytest.fixture
def yard_doors(yard: Zone) -> tuple[Device, Device]:
    return make_device(yard)[0], make_device(yard, "out")[0]


def open_in(zone: Zone) -> list[Entry]:
    return list(Entry.objects.open().filter(zone=zone).order_by("pk"))


@pytest.mark.parametrize("direction", ["both", "out"])
@pytest.mark.parametrize("type_", ["qr", "plate"])
def test_who_leaves_an_inner_zone_is_in_the_one_around_it(
    read: Read, yard: Zone, shop: Zone, yard_doors: tuple[Device, Device], direction: str, type_: str
) -> None:
    client = make_active_client()
    value = {"qr": make_card(client)[1], "plate": PLATE}[type_]
    make_vehicle(client, PLATE)
    door = make_device(shop, "both")[0]
    read(door, value, MORNING, type_)
    read(door if direction == "both" else make_device(shop, "out")[0], value, NOON, type_)
    assert not open_in(shop)
    [stay] = open_in(yard)
    assert (stay.entered_at, stay.anomalies, stay.to_check) == (NOON, ["entry_missed"], True)
    assert (stay.client, stay.amount_due == 0, stay.device_in_id) == (client, True, None)
    client.refresh_from_db()
    assert client.inside_since == NOON
    assert persons.inside(yard) == 1
    read(yard_doors[1], value, EVENING, type_)
    stay.refresh_from_db()
    assert (stay.exited_at, stay.estimated, stay.to_check) == (EVENING, False, False)


def test_who_comes_out_without_having_come_in_is_in_the_zone_around_too(
    read: Read, yard: Zone, shop: Zone, yard_doors: tuple[Device, Device]
) -> None:
    said = read(make_device(shop, "out")[0], make_card()[1], NOON)
    assert "exit_without_entry" in said["anomalies"]
    assert [stay.anomalies for stay in open_in(yard)] == [["entry_missed"]]


def test_it_opens_nothing_around_for_who_is_known_to_be_there(
    read: Read, yard: Zone, shop: Zone, yard_doors: tuple[Device, Device]
) -> None:
    qr = make_card()[1]
    entry = read(yard_doors[0], qr, MORNING)["entry"]
    door = make_device(shop, "both")[0]
    for moment in (MORNING + HOUR, NOON):
        read(door, qr, moment)
    assert [stay.pk for stay in open_in(yard)] == [entry]
    read(yard_doors[1], qr, EVENING)
    assert not Entry.objects.open().exists()
    assert Entry.objects.count() == 2


def test_it_opens_nothing_around_where_nobody_is_read(read: Read, yard: Zone, shop: Zone) -> None:
    """A zone whose surroundings have no reader has a door to the street."""
    qr = make_card()[1]
    make_device(yard, "both", at_counter=True)
    door = make_device(shop, "both")[0]
    for moment in (MORNING, NOON):
        read(door, qr, moment)
    assert not Entry.objects.open().exists()


def test_a_way_out_told_late_opens_nothing_for_who_has_left_since(
    yard: Zone, shop: Zone, yard_doors: tuple[Device, Device]
) -> None:
    qr = make_card()[1]
    scans = [Scan(f"z{next(_numbers)}", Credential("qr", qr), read_at=at) for at in (MORNING, NOON)]
    answer(yard_doors[1], Scan("gone", Credential("qr", qr)), EVENING)
    answer_batch(make_device(shop, "both")[0], NOW, scans, NOW)
    [stay] = Entry.objects.filter(zone=yard)
    assert (stay.entered_at, stay.exited_at, stay.estimated) == (NOON, EVENING, False)
    assert not Entry.objects.open().exists()


@pytest.mark.parametrize("type_", ["qr", "plate"])
def test_who_comes_in_around_again_has_left_the_inner_zone(
    read: Read, yard: Zone, shop: Zone, yard_doors: tuple[Device, Device], type_: str
) -> None:
    client = make_active_client()
    value = {"qr": make_card(client)[1], "plate": PLATE}[type_]
    make_vehicle(client, PLATE)
    bench = make_device(make_zone(parent=shop, anti_passback="refuse"))[0]
    for door, at in ((yard_doors[0], MORNING), (bench, MORNING + HOUR), (yard_doors[0], NOON)):
        said = read(door, value, at, type_)
    assert "exit_missed" in said["anomalies"]
    former = Entry.objects.get(zone=bench.zone, entered_at=MORNING + HOUR, parked=False)
    assert (former.exited_at, former.estimated, former.anomalies) == (NOON, True, ["exit_missed"])
    assert read(bench, value, NOON + HOUR, type_)["decision"] == "granted"


def test_another_badge_of_the_client_is_still_further_in(
    read: Read, yard: Zone, shop: Zone, yard_doors: tuple[Device, Device]
) -> None:
    client = make_active_client()
    first, second = make_card(client)[1], make_card(client)[1]
    read(make_device(shop)[0], first, MORNING)
    assert read(yard_doors[0], second, NOON)["anomalies"].count("exit_missed") == 0
    assert [stay.entered_at for stay in open_in(shop)] == [MORNING]


def test_who_is_read_in_again_at_once_is_still_further_in(
    yard: Zone, shop: Zone, yard_doors: tuple[Device, Device]
) -> None:
    """The camera of the gate still sees the car, whose driver has shown a badge there and at the next door."""
    client = make_active_client()
    qr = make_card(client)[1]
    make_vehicle(client, PLATE)
    steps = [(yard_doors[0], qr, "qr"), (make_device(shop)[0], qr, "qr"), (yard_doors[0], PLATE, "plate")]
    for number, (door, value, type_) in enumerate(steps):
        answer(door, Scan(f"i{number}", Credential(type_, value)), NOON + number * timedelta(seconds=20))
    assert [stay.is_open for stay in Entry.objects.all()] == [True, True]


@pytest.mark.parametrize("told", ["while inside", "after the way out"])
@pytest.mark.parametrize("type_", ["qr", "plate"])
def test_a_way_in_told_late_is_that_of_the_stay_whose_way_in_was_missed(
    yard: Zone, shop: Zone, yard_doors: tuple[Device, Device], told: str, type_: str
) -> None:
    make_tariff(yard)
    card, qr = make_card()
    make_vehicle(card.client, PLATE)
    bench = make_device(shop, "both")[0]
    first, last = MORNING + HOUR, NOON
    for moment in (first, last):
        answer(bench, Scan(f"z{next(_numbers)}", Credential("qr", qr)), moment)
    if told == "after the way out":
        answer(yard_doors[1], Scan("out", Credential("qr", qr)), EVENING)
    late = Scan("in", Credential(type_, {"qr": qr, "plate": PLATE}[type_]), read_at=MORNING)
    answer_batch(yard_doors[0], NOW, [late], NOW)
    if told == "while inside":
        answer(yard_doors[1], Scan("out", Credential("qr", qr)), EVENING)
    [stay] = Entry.objects.filter(zone=yard, parked=False)
    assert (stay.entered_at, stay.exited_at, stay.device_in) == (MORNING, EVENING, yard_doors[0])
    assert (stay.anomalies, stay.to_check) == ([], False)
    assert stay.amount_due == 18


def test_the_counter_lets_out_of_the_whole_site(sign_in: SignIn, yard: Zone, shop: Zone) -> None:
    card, qr = make_card()
    make_device(yard)
    answer(make_device(shop, "in")[0], Scan("in", Credential("qr", qr)), NOON)
    posted = {"value": card.username, "device": f"zone-{yard.pk}", "action": "exit"}
    sign_in(group="Gardien").post("/access/control/", posted)
    assert not Entry.objects.open().exists()


def test_a_two_way_door_says_what_it_cannot_know(
    read: Read, yard: Zone, shop: Zone, yard_doors: tuple[Device, Device]
) -> None:
    """Who is nowhere and reads at an inner door may as well be coming out of it."""
    door = make_device(shop, "both")[0]
    qr, known = make_card()[1], make_card()[1]
    read(door, qr, MORNING)
    read(yard_doors[0], known, MORNING)
    read(door, known, NOON)
    doubtful, sure = open_in(shop)
    assert (doubtful.anomalies, doubtful.to_check) == (["way_unsure"], True)
    assert (sure.anomalies, sure.to_check) == ([], False)
    read(door, qr, NOON)
    doubtful.refresh_from_db()
    assert (doubtful.anomalies, doubtful.to_check) == ([], False)


def test_a_way_in_told_late_says_which_way_it_was(yard: Zone, shop: Zone, yard_doors: tuple[Device, Device]) -> None:
    qr = make_card()[1]
    answer(make_device(shop, "both")[0], Scan("bench", Credential("qr", qr)), NOON)
    answer_batch(yard_doors[0], NOW, [Scan("late", Credential("qr", qr), read_at=MORNING)], NOW)
    assert [(stay.anomalies, stay.to_check) for stay in Entry.objects.open()] == [([], False)] * 2


@pytest.mark.parametrize("type_", ["qr", "plate"])
def test_who_is_seen_further_in_after_a_long_time_has_not_left(
    yard: Zone, shop: Zone, yard_doors: tuple[Device, Device], type_: str
) -> None:
    client = make_active_client()
    qr = make_card(client)[1]
    make_vehicle(client, PLATE)
    yard.longest_stay = 5
    yard.save()

    def read(device: Device, value: str, at: datetime, type_: str = "qr") -> Any:
        return answer(device, Scan(f"z{next(_numbers)}", Credential(type_, value)), at)["entry"]

    entry = read(yard_doors[0], {"qr": qr, "plate": PLATE}[type_], MORNING, type_)
    door = make_device(shop, "both")[0]
    for moment in (NOON + 2 * HOUR, NOON + 3 * HOUR):
        read(door, qr, moment)
    assert [stay.pk for stay in open_in(yard)] == [entry]
    assert [stay.anomalies for stay in Entry.objects.filter(zone=shop)] == [[]]
    read(yard_doors[1], qr, EVENING)
    stay = Entry.objects.get(zone=yard, parked=False)
    assert (stay.exited_at, stay.estimated, stay.anomalies, stay.to_check) == (EVENING, False, ["stay_too_long"], True)
