"""Nobody is at two sites at once: a car seen elsewhere has left, and of a person somebody has to say where they are."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from access.gate.credentials import Credential
from access.models import Device, Entry, Zone
from access.reader.reads import Scan, answer, answer_batch
from tests.access.factories import make_active_client, make_card, make_device, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.pages import said

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR = timedelta(hours=1)
MORNING, NOON, EVENING = NOW - 6 * HOUR, NOW - 4 * HOUR, NOW - HOUR
PLATE = "AB-123-CD"
Read = Callable[..., dict[str, Any]]
_numbers = count()


@pytest.fixture(params=["live", "batch"])
def read(request: pytest.FixtureRequest) -> Read:
    def read(device: Device, value: str, at: datetime, type_: str = "plate") -> dict[str, Any]:
        scan = Scan(f"s{next(_numbers)}", Credential(type_, value), read_at=at)
        return answer(device, scan, at) if request.param == "live" else answer_batch(device, NOW, [scan], NOW)[0]

    return read


@pytest.fixture
def yard() -> Device:
    return make_device(make_zone("Domaine"))[0]


@pytest.fixture
def depot() -> Zone:
    return make_zone("Dépôt")


def told(stay: Entry) -> tuple[Any, ...]:
    stay.refresh_from_db()
    return stay.exited_at, stay.estimated, stay.to_check, stay.anomalies


@pytest.mark.parametrize("kind", ["company", "individual"])
@pytest.mark.parametrize("way", ["in", "out", "both"])
def test_a_car_that_is_read_at_another_site_has_left_the_first(
    read: Read, yard: Device, depot: Zone, kind: str, way: str
) -> None:
    make_vehicle(make_active_client(**({"company_name": "Garage", "kind": kind} if kind == "company" else {})), PLATE)
    read(yard, PLATE, MORNING)
    first = Entry.objects.get()
    read(make_device(depot, way)[0], PLATE, NOON)
    assert told(first) == (NOON, True, True, ["exit_missed"])
    assert Entry.objects.open().count() == (way != "out")


def test_a_car_that_is_alone_there_has_left_too(read: Read, yard: Device, depot: Zone) -> None:
    vehicle = make_vehicle(plate=PLATE)
    parked = Entry.objects.create(
        client=vehicle.client, vehicle=vehicle, zone=yard.zone, entered_at=MORNING, parked=True
    )
    read(make_device(depot)[0], PLATE, NOON)
    assert told(parked)[:3] == (NOON, True, True)


def test_a_person_who_seems_to_be_at_two_sites_is_to_be_checked(
    read: Read, yard: Device, depot: Zone, sign_in: SignIn
) -> None:
    _card, qr = make_card(make_active_client(last_name="Ubique"))
    read(yard, qr, MORNING, "qr")
    answered = read(make_device(depot)[0], qr, NOON, "qr")
    assert "two_sites" in answered["anomalies"]
    stays = Entry.objects.open().order_by("entered_at")
    assert [(stay.anomalies, stay.to_check) for stay in stays] == [(["two_sites"], True)] * 2
    page = said(sign_in(group="Gardien").get("/access/occupancy/"))
    assert page.count("Sur deux sites à la fois") == 2
    # An exit that is seen takes the doubt away.
    read(make_device(yard.zone, "out")[0], qr, EVENING, "qr")
    assert told(Entry.objects.get(zone=yard.zone)) == (EVENING, False, False, [])


def test_a_driver_whose_badge_was_read_may_still_be_there(read: Read, yard: Device, depot: Zone) -> None:
    client = make_active_client()
    vehicle, (card, _qr) = make_vehicle(client, PLATE), make_card(client)
    stay = Entry.objects.create(client=client, card=card, vehicle=vehicle, zone=yard.zone, entered_at=MORNING)
    read(make_device(depot)[0], PLATE, NOON)
    assert told(stay) == (None, False, True, ["two_sites"])


def test_another_badge_is_perhaps_another_person(read: Read, yard: Device, depot: Zone) -> None:
    client = make_active_client()
    (_first, first), (_second, second) = make_card(client), make_card(client)
    read(yard, first, MORNING, "qr")
    assert read(make_device(depot)[0], second, NOON, "qr")["anomalies"].count("two_sites") == 0
    assert not Entry.objects.filter(to_check=True).exists()


def test_a_plate_that_was_misread_ends_nothing(read: Read, yard: Device, depot: Zone) -> None:
    make_vehicle(plate="DB-701-SZ")
    read(yard, "DB701SZ", MORNING)
    read(make_device(depot)[0], "DB7O1SZ", NOON)
    assert Entry.objects.open().filter(zone=yard.zone).exists()


def test_a_way_out_told_late_says_where_a_person_is(yard: Device, depot: Zone) -> None:
    qr = make_card()[1]
    for device, at in ((yard, MORNING), (make_device(depot)[0], NOON)):
        answer(device, Scan(f"s{next(_numbers)}", Credential("qr", qr)), at)
    first, last = Entry.objects.order_by("entered_at")
    assert told(last) == (None, False, True, ["two_sites"])
    gate = make_device(yard.zone, "out")[0]
    for at in (MORNING - HOUR, NOON - HOUR):
        late = answer_batch(gate, NOW, [Scan(f"s{next(_numbers)}", Credential("qr", qr), read_at=at)], NOW)[0]
        assert ("exit_without_entry" in late["anomalies"], "two_sites" in told(last)[3]) == ((at < MORNING),) * 2
    assert (told(first), told(last)) == ((NOON - HOUR, False, False, []), (None, False, False, []))


def test_a_two_way_door_lets_in_who_was_elsewhere_since(read: Read, yard: Device, depot: Zone) -> None:
    """Whose way out was missed comes back: nobody who is inside is shown outside for it."""
    qr = make_card()[1]
    both = make_device(depot, "both")[0]
    read(both, qr, MORNING, "qr")
    read(yard, qr, NOON, "qr")
    read(make_device(yard.zone, "out")[0], qr, NOON + HOUR, "qr")
    read(both, qr, EVENING, "qr")
    first, last = Entry.objects.filter(zone=depot).order_by("entered_at")
    assert (first.estimated, first.to_check, last.entered_at, last.is_open) == (True, True, EVENING, True)
