"""Several readers at once, each with its own connection: no place given twice, no one inside twice, no nonce twice."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from access.gate.credentials import Credential
from access.models import AccessCard, Device, Entry, Event, Read, RollCall, RollCallLine
from access.reader.reads import Scan, answer
from clients.models import Client
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_vehicle, make_zone
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
READERS = 8


@pytest.fixture(autouse=True)
def patient(settings: Any) -> None:
    """However slow this machine is, everybody gets a turn."""
    settings.GATE_ANSWER_MS = settings.GATE_LOCK_MS = settings.GATE_STATEMENT_MS = 60_000


def at_once(work: Callable[[int], Any], times: int = READERS) -> list[Any]:
    """The results of the same work done by several threads that start together."""
    barrier = Barrier(times)

    def run(number: int) -> Any:
        try:
            barrier.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def read(device: Device, value: str, nonce: str, type_: str = "qr") -> dict[str, Any]:
    return answer(device, Scan(nonce, Credential(type_, value)), timezone.now())


def same_read(device: Device, value: str, type_: str, number: int) -> dict[str, Any]:
    return read(device, value, f"{value}{number}", type_)


def test_it_never_lets_in_more_than_there_are_places() -> None:
    device, _token = make_device(make_zone(capacity=3))
    codes = [make_card()[1] for _number in range(READERS)]
    answers = at_once(lambda number: read(device, codes[number], f"n{number}"))
    assert Counter(each["reason"] for each in answers) == {None: 3, "zone_full": READERS - 3}
    assert Entry.objects.open().count() == 3


def test_it_gives_the_last_place_once_where_the_zones_inside_count() -> None:
    around = make_zone(capacity=3)
    inner, _token = make_device(make_zone(parent=around))
    for number in range(2):
        read(inner, make_card()[1], f"before{number}")
    device, _token = make_device(around)
    codes = [make_card()[1] for _number in range(READERS)]
    answers = at_once(lambda number: read(device, codes[number], f"n{number}"))
    assert Counter(each["reason"] for each in answers) == {None: 1, "zone_full": READERS - 1}


def test_it_joins_a_badge_and_a_car_read_at_once() -> None:
    device, _token = make_device()
    client = make_active_client()
    _card, qr = make_card(client)
    make_vehicle(client)
    shown = [(qr, "qr"), ("AB-123-CD", "plate")]
    at_once(lambda number: read(device, shown[number][0], f"n{number}", shown[number][1]), 2)
    stay = Entry.objects.get()
    assert (stay.card is None, stay.vehicle is None, stay.is_open) == (False, False, True)


def test_two_who_start_a_roll_call_at_once_start_one() -> None:
    make_entry()
    browsers = [Browser() for _person in range(READERS)]
    for browser in browsers:
        browser.force_login(make_user(group="Gardien"))
    answers = at_once(lambda number: browsers[number].post("/access/occupancy/evacuation/start/").status_code)
    assert set(answers) == {302}
    assert (RollCall.objects.count(), RollCallLine.objects.count()) == (1, 1)


@pytest.mark.parametrize("type_", ["qr", "plate"])
def test_it_lets_nobody_in_twice(type_: str) -> None:
    device, _token = make_device(make_zone(anti_passback="refuse"))
    client = make_active_client()
    _card, qr = make_card(client)
    make_vehicle(client)
    value = qr if type_ == "qr" else "AB-123-CD"
    answers = at_once(lambda number: read(device, value, f"n{number}", type_))
    assert Counter(each["reason"] for each in answers) == {None: READERS}
    assert len({each["event"] for each in answers}) == Entry.objects.count() == 1


PLATE, OTHERS = ("plate", "AB-123-CD"), (("plate", "ZZ-999-ZZ"), ("badge", "04A2"))


# What is refused is refused alike whichever way.
@pytest.mark.parametrize(("direction", "shown"), [("in", (PLATE,)), ("both", (PLATE, *OTHERS))])
def test_it_counts_fifty_identical_reads_once(direction: str, shown: tuple[tuple[str, str], ...]) -> None:
    device, _token = make_device(make_zone(capacity=1, anti_passback="refuse"), direction)
    make_vehicle()
    for (type_, value), times in zip(shown, (50, READERS, READERS), strict=False):
        answers = at_once(partial(same_read, device, value, type_), times)
        assert len({(each["decision"], each["event"], each.get("entry")) for each in answers}) == 1
        assert Counter(each.get("repeated", False) for each in answers) == {False: 1, True: times - 1}
    assert Entry.objects.get().is_open
    assert Event.objects.filter(kind__in=("entry", "exit", "refused")).count() == len(shown)


def test_it_answers_one_nonce_once() -> None:
    device, _token = make_device()
    _card, qr = make_card()
    answers = at_once(lambda number: read(device, qr, "the same"))
    assert all(each == answers[0] for each in answers)
    assert (Entry.objects.count(), Event.objects.filter(kind="entry").count(), Read.objects.count()) == (1, 1, 1)
    assert AccessCard.objects.get().use_count == 1


def test_it_keeps_presence_right_whoever_comes_and_goes() -> None:
    zone = make_zone()
    (door, _), (gate, _) = make_device(zone), make_device(zone, "out")
    client = make_active_client()
    codes = [make_card(client)[1] for _number in range(READERS)]
    for number, code in enumerate(codes[::2]):
        read(door, code, f"before{number}")
    at_once(lambda number: read(door if number % 2 else gate, codes[number], f"n{number}"))
    open_entries = Entry.objects.open().order_by("entered_at")
    assert open_entries.count() == READERS // 2
    first = open_entries[0].entered_at
    assert Client.objects.get().inside_since == first
    assert AccessCard.objects.filter(use_count=2).count() == READERS // 2
