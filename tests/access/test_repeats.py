"""A repeated read is one read: by credential, zone and direction, within seconds, by the time of the read."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.gate.credentials import Credential
from access.models import AccessCard, Device, Entry, Event, Read
from access.reader.reads import Scan, answer, answer_batch
from access.services.retention import forget_reads
from clients.models import Client
from tests.access.factories import make_active_client, make_card, make_device, make_vehicle, make_zone
from tests.factories import make_client

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SECOND = timedelta(seconds=1)
PASSAGES = ("entry", "exit", "refused")
_numbers = count()


def scan(value: str, type_: str = "qr", **fields: Any) -> Scan:
    return Scan(f"r{next(_numbers)}", Credential(type_, value), **fields)


def read(device: Device, value: str, seconds: float = 0, type_: str = "qr", **fields: Any) -> dict[str, Any]:
    return answer(device, scan(value, type_, **fields), NOW + seconds * SECOND)


def without_clock(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in ("server_time", "repeated", "nonce")}


def passages() -> list[str]:
    return list(Event.objects.filter(kind__in=PASSAGES).order_by("at", "pk").values_list("kind", flat=True))


@pytest.mark.parametrize("direction", ["in", "out", "both"])
@pytest.mark.parametrize("mode", ["none", "warn", "refuse"])
def test_it_answers_a_repeated_read_as_the_first(direction: str, mode: str) -> None:
    zone = make_zone(anti_passback=mode)
    device, _token = make_device(zone, direction)
    card, qr = make_card()
    make_vehicle(card.client)
    for value, type_ in ((qr, "qr"), (card.username, "username"), ("AB-123-CD", "plate")):
        first = read(device, value, 0, type_)
        again = read(device, value, 0.5, type_)
        assert without_clock(again) == without_clock(first)
        assert (again.get("repeated"), "repeated" in first) == (True, value == card.username)
    card.refresh_from_db()
    assert card.use_count == 1
    assert passages() == [{"out": "exit"}.get(direction, "entry")] * 2
    assert {stay.is_open for stay in Entry.objects.all()} == ({True} if direction != "out" else set())


def test_it_starts_the_window_again_at_each_repeat() -> None:
    device, _token = make_device(direction="both")
    make_vehicle()
    told = [read(device, "AB-123-CD", seconds, "plate")["event"] for seconds in range(0, 200, 4)]
    assert len(set(told)) == 1
    assert Entry.objects.get().is_open
    # It left the view of the camera, and comes back to leave.
    assert read(device, "AB-123-CD", 300, "plate")["event"] != told[0]
    assert passages() == ["entry", "exit"]


def test_it_counts_a_read_after_the_window_again() -> None:
    device, _token = make_device()
    _card, qr = make_card()
    for seconds, entries in ((0, 1), (5, 1), (10.1, 2)):
        read(device, qr, seconds)
        assert Entry.objects.count() == entries


@pytest.mark.parametrize(("of_zone", "of_device"), [(20, None), (None, 20), (0, 20)])
def test_it_takes_the_window_of_the_device_or_the_zone(of_zone: int | None, of_device: int | None) -> None:
    device, _token = make_device(make_zone(repeat_seconds=of_zone), repeat_seconds=of_device)
    _card, qr = make_card()
    assert read(device, qr)["event"] == read(device, qr, 19)["event"]


def test_it_can_be_switched_off() -> None:
    device, _token = make_device(make_zone(repeat_seconds=0))
    _card, qr = make_card()
    assert read(device, qr)["event"] != read(device, qr, 1)["event"]


def test_it_knows_the_card_by_any_of_its_credentials_and_keeps_others_apart() -> None:
    device, _token = make_device(make_zone(capacity=2))
    client = make_active_client()
    card, _qr = make_card(client, kind="badge", badge_number="04A2B9C1")
    make_card(client, username="conjoint")
    first = read(device, "04:a2:b9:c1", 0, "badge")
    assert read(device, card.username, 1, "username")["event"] == first["event"]
    assert read(device, "conjoint", 1, "username")["event"] != first["event"]


def test_it_keeps_zones_and_directions_apart() -> None:
    site = make_zone("Site")
    hall = make_zone("Hall", parent=site)
    _card, qr = make_card()
    steps = [(site, "in"), (hall, "in"), (hall, "out"), (site, "out"), (site, "in"), (hall, "in")]
    for seconds, (zone, direction) in enumerate(steps):
        assert "repeated" not in read(make_device(zone, direction)[0], qr, seconds)
    assert passages() == ["entry", "entry", "exit", "exit", "entry", "entry"]
    assert Entry.objects.open().count() == 2


def test_it_lets_in_again_who_left_meanwhile_by_the_zone_around() -> None:
    site = make_zone("Site")
    hall = make_zone("Hall", parent=site)
    _card, qr = make_card()
    for seconds, (zone, direction) in enumerate([(hall, "in"), (site, "out"), (hall, "in")]):
        read(make_device(zone, direction)[0], qr, seconds)
    assert Entry.objects.open().get().zone == hall


class TestRefusals:
    """A refused read is repeated as long as it would be refused."""

    @pytest.mark.parametrize("value", ["inconnu", "04:A2"])
    @pytest.mark.parametrize("type_", ["qr", "badge", "plate", "username"])
    def test_it_tells_a_stranger_once(self, value: str, type_: str) -> None:
        device, _token = make_device(direction="both")
        first, again = read(device, value, 0, type_), read(device, f" {value}" if type_ == "qr" else value, 1, type_)
        assert without_clock(first) == without_clock(again)
        assert (passages(), again["reasons"]) == (["refused"], ["unknown_credential"])

    def test_it_keeps_the_message_and_the_reasons(self) -> None:
        device, _token = make_device()
        card, qr = make_card(make_client(email="absent@example.org"))
        services.change_card_status(card, "suspended", by=None)
        first = read(device, qr)
        assert without_clock(read(device, qr, 2)) == without_clock(first)
        assert first["reasons"] == ["card_suspended", "client_inactive"]
        assert passages() == ["refused"]

    def test_it_lets_in_who_may_enter_since(self) -> None:
        zone = make_zone(capacity=1)
        (_one, first), (_two, second) = make_card(), make_card()
        door, gate = make_device(zone)[0], make_device(zone, "out")[0]
        read(door, first, -60)
        assert read(door, second)["reason"] == "zone_full"
        read(gate, first, 1)
        assert read(door, second, 2)["decision"] == "granted"

    def test_it_does_not_open_by_a_replaced_code(self) -> None:
        device, _token = make_device()
        card, old = make_card()
        new = services.reissue_card(card, by=None).qr_value
        read(device, new)
        assert read(device, old, 1)["reason"] == "card_revoked"


class TestOffline:
    """The reader’s own times decide."""

    def told(self, device: Device, value: str, *moments: datetime, type_: str = "qr") -> list[dict[str, Any]]:
        return answer_batch(device, NOW, [scan(value, type_, read_at=moment) for moment in moments], NOW)

    @pytest.mark.parametrize("direction", ["in", "out", "both"])
    @pytest.mark.parametrize("type_", ["qr", "plate"])
    def test_it_is_one_read_in_a_batch(self, direction: str, type_: str) -> None:
        device, _token = make_device(direction=direction)
        card, qr = make_card()
        make_vehicle(card.client)
        value = qr if type_ == "qr" else "AB-123-CD"
        start = NOW - timedelta(hours=2)
        results = self.told(device, value, start + 4 * SECOND, start, start + 8 * SECOND, type_=type_)
        assert {each["event"] for each in results} == {results[0]["event"]}
        assert [each.get("repeated", False) for each in results] == [True, False, True]
        assert len(passages()) == 1

    def test_it_is_one_read_across_batches_and_live(self) -> None:
        device, _token = make_device(direction="both")
        _card, qr = make_card()
        live = read(device, qr)
        assert self.told(device, qr, NOW - SECOND)[0]["event"] == live["event"]
        assert self.told(device, qr, NOW - 3 * SECOND)[0]["event"] == live["event"]
        assert passages() == ["entry"]

    @pytest.mark.parametrize(("direction", "after"), [("in", 4), ("both", 50)])
    def test_one_with_no_known_time_is_only_repeated_by_another(self, direction: str, after: int) -> None:
        device, _token = make_device(direction=direction)
        card, qr = make_card()
        services.change_card_status(card, "lost", by=None, at=NOW - timedelta(days=1))
        assert read(device, qr, -3600)["reason"] == "card_lost"
        reset = datetime(2000, 1, 1, tzinfo=UTC)
        first, again = self.told(device, qr, reset, reset + SECOND)
        assert first["anomalies"] == ["offline", "clock_skew", "card_lost"]
        assert (again["event"], again["repeated"]) == (first["event"], True)
        assert read(device, qr, after)["reason"] == "card_lost"
        forget_reads([card.client_id], [], [])
        assert not Read.objects.exists()

    def test_it_records_a_passage_after_a_refusal(self) -> None:
        device, _token = make_device()
        _card, qr = make_card(make_client(email="absent@example.org"))
        assert read(device, qr, -2)["decision"] == "refused"
        [said] = self.told(device, qr, NOW)
        assert (said["decision"], passages()) == ("granted", ["refused", "entry"])

    def test_it_tells_a_stranger_s_passage_once(self) -> None:
        device, _token = make_device()
        self.told(device, "inconnu", NOW - SECOND, NOW)
        assert passages() == ["entry"]


class TestTurning:
    """A door that serves both ways turns only after a delay."""

    @pytest.mark.parametrize("way", ["entry", "exit"])
    def test_it_does_not_turn_at_once(self, way: str) -> None:
        device, _token = make_device(direction="both")
        _card, qr = make_card()
        first = read(device, qr, -3600)
        if way == "exit":
            first = read(device, qr)
        start = -3600 if way == "entry" else 0
        said = read(device, qr, start + 30)
        assert (said["event"], said["entry"], said["repeated"]) == (first["event"], first["entry"], True)
        stay = Entry.objects.get()
        assert (stay.is_open, stay.anomalies, stay.to_check) == (way == "entry", ["turn_too_soon"], True)
        assert read(device, qr, start + 60)["event"] != first["event"]

    def test_it_takes_the_delay_of_the_device_or_the_zone(self) -> None:
        zone = make_zone(turn_seconds=600)
        slow, fast = make_device(zone, "both")[0], make_device(zone, "both", turn_seconds=10)[0]
        _card, qr = make_card()
        read(slow, qr)
        read(slow, qr, 300)
        assert passages() == ["entry"]
        read(fast, qr, 320)
        assert passages() == ["entry", "exit"]

    def test_it_turns_at_once_where_the_direction_is_given(self) -> None:
        device, _token = make_device(direction="both")
        _card, qr = make_card()
        for seconds, direction in enumerate(("in", "out", "in")):
            read(device, qr, seconds, direction=direction)
        assert passages() == ["entry", "exit", "entry"]


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize("texts", [("DB701SX", "DB701SX"), ("DB701SX", "DB701S", "DB701SZ"), ("DB701SZ", "DB701SX")])
def test_a_plate_in_view_on_the_way_out_is_one_however_it_is_misread(texts: tuple[str, ...], offline: bool) -> None:
    way_in, _token = make_device()
    way_out, _token = make_device(way_in.zone, "out")
    make_vehicle(plate="DB-701-SZ")
    read(way_in, "DB701SZ", -3600, "plate")
    moments = [NOW - 60 * SECOND + 2 * number * SECOND for number in range(len(texts))]
    scans = [scan(text, "plate", read_at=at) for text, at in zip(texts, moments, strict=True)]
    if offline:
        told = answer_batch(way_out, NOW, scans, NOW)
    else:
        told = [answer(way_out, one, at) for one, at in zip(scans, moments, strict=True)]
    assert all(without_clock(again) == without_clock(told[0]) for again in told)
    assert [each.get("repeated", False) for each in told] == [False, *[True] * (len(texts) - 1)]
    assert passages() == ["entry", "exit"]


def test_a_near_plate_is_no_repeated_read_on_the_way_in_nor_later() -> None:
    way_in, _token = make_device()
    way_out, _token = make_device(way_in.zone, "out")
    make_vehicle(plate="DB-701-SZ")
    for device, start in ((way_in, -3600), (way_out, 0)):
        read(device, "DB701SZ", start, "plate")
        later = start + (2 if device == way_in else 30)
        assert read(device, "DB701SX", later, "plate")["reasons"] == ["unknown_credential"]


def test_a_trailer_that_a_guard_let_out_stays_in_view(desk: Browser) -> None:
    zone = make_zone()
    make_device(zone, "both", at_counter=True)
    way_in, way_out = make_device(zone)[0], make_device(zone, "out")[0]
    car = make_vehicle()
    read(way_in, "AB-123-CD", -3600, "plate")
    assert read(way_out, "TR-456-XY", -2, "plate")["decision"] == "refused"
    with time_machine.travel(NOW, tick=False):
        desk.post("/access/control/", {"subject": f"vehicle-{car.pk}", "read": "TR-456-XY", "action": "exit"})
    assert read(way_out, "TR-456-XY", 2, "plate").get("repeated")
    assert passages() == ["entry", "refused", "exit"]


def test_it_is_one_passage_at_the_counter(desk: Browser) -> None:
    make_zone(anti_passback="refuse")
    card, qr = make_card()
    for value in (qr, card.username):
        response = desk.post("/access/control/", {"value": value, "action": "enter"})
        assert "Entrée enregistrée" in response.content.decode()
    assert passages() == ["entry"]
    assert AccessCard.objects.get().use_count == 1
    desk.post("/access/control/", {"value": qr, "action": "exit"})
    assert passages() == ["entry", "exit"]
    assert Client.objects.get().inside_since is None


def test_it_lets_the_counter_insist_after_a_refusal(desk: Browser) -> None:
    make_zone()
    card, _qr = make_card(make_client(email="absent@example.org"))
    sent = {"value": card.username, "action": "enter"}
    desk.post("/access/control/", sent)
    desk.post("/access/control/", sent)
    desk.post("/access/control/", sent | {"reason": "appelé par l’atelier"})
    assert passages() == ["refused", "entry"]


def test_it_tells_a_stranger_at_the_counter_once(desk: Browser) -> None:
    make_zone()
    for _time in range(2):
        desk.post("/access/control/", {"value": "ZZ-999-ZZ", "action": "enter"})
    assert passages() == ["refused"]
    assert Read.objects.count() == 2
