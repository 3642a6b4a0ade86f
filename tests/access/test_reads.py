"""What readers are answered and what is written: entries, events, the client's row, each nonce once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import services
from access.gate import passages
from access.gate.credentials import Credential
from access.models import AccessCard, Device, Entry, Event, Payment, Read
from access.reader.reads import NonceReused, Scan, WrongDirection, answer, answer_batch
from clients.models import NEVER, Client
from tests.access.factories import make_active_client, make_card, make_device, make_vehicle, make_zone
from tests.factories import make_client

pytestmark = pytest.mark.django_db
NOW = timezone.now()
MINUTE = timedelta(minutes=1)


def scan(value: str, type_: str = "qr", nonce: str = "", **fields: Any) -> Scan:
    scan.count = getattr(scan, "count", 0) + 1  # type: ignore[attr-defined]
    return Scan(nonce or f"n{scan.count}", Credential(type_, value), **fields)  # type: ignore[attr-defined]


def read(device: Device, value: str, type_: str = "qr", **fields: Any) -> dict[str, Any]:
    at = fields.pop("at", NOW)
    return answer(device, scan(value, type_, **fields), at)


def test_it_opens_an_entry_and_tells_it() -> None:
    device, _token = make_device()
    card, qr = make_card()
    said = read(device, qr)
    entry, event = Entry.objects.get(), Event.objects.latest("pk")
    assert (said["decision"], said["reason"], said["reasons"]) == ("granted", None, [])
    assert (said["client"], said["entry"], said["event"]) == (card.client.reference, entry.pk, event.pk)
    assert (entry.card, entry.zone, entry.device_in, entry.entered_at) == (card, device.zone, device, NOW)
    assert (event.kind, event.entry, event.client, event.reasons) == ("entry", entry, card.client, [])
    client = Client.objects.get()
    assert (client.last_visit_at, client.inside_since) == (NOW, NOW)
    card.refresh_from_db()
    assert (card.use_count, card.last_used_at) == (1, NOW)


def test_it_closes_the_entry_on_the_way_out() -> None:
    zone = make_zone(capacity=5)
    (door, _), (gate, _) = make_device(zone), make_device(zone, "out")
    _card, qr = make_card()
    entry = read(door, qr)["entry"]
    said = read(gate, qr, at=NOW + MINUTE)
    assert (said["decision"], said["entry"]) == ("granted", entry)
    stay = Entry.objects.get()
    assert (stay.exited_at, stay.device_out, stay.estimated, stay.anomalies) == (NOW + MINUTE, gate, False, [])
    assert Client.objects.get().inside_since is None
    assert Client.objects.get().last_visit_at == NOW
    assert "occupancy" not in Event.objects.latest("pk").inputs["facts"]


def test_it_makes_nobody_wait_for_a_place_while_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("access.gate.decision.CROWD", 2)
    device, _token = make_device(make_zone(capacity=3))
    waited = []
    reasons = []
    for _person in range(4):
        _card, qr = make_card()
        with CaptureQueriesContext(connection) as queries:
            reasons.append(read(device, qr)["reason"])
        waited.append(any(query["sql"].startswith('SELECT "access_zone"."capacity"') for query in queries))
    assert (reasons, waited) == ([None, None, None, "zone_full"], [False, False, True, True])


def test_it_stays_inside_while_another_card_of_the_client_is() -> None:
    zone = make_zone()
    (door, _), (gate, _) = make_device(zone), make_device(zone, "out")
    client = make_active_client()
    (_one, first), (_two, second) = make_card(client), make_card(client)
    read(door, first)
    read(door, second, at=NOW + MINUTE)
    read(gate, first, at=NOW + 2 * MINUTE)
    assert Client.objects.get().inside_since == NOW + MINUTE


GARBAGE = ("", "FXL-0", "\0", "x" * 5000, "\ud800", "é" * 500, "' OR 1=1 --", "%%")


@pytest.mark.parametrize("type_", ["qr", "badge", "plate", "username"])
def test_it_refuses_garbage_and_tells_it(type_: str, subtests: pytest.Subtests) -> None:
    device, _token = make_device()
    make_card()
    for value in GARBAGE:
        with subtests.test(value=repr(value)[:20]):
            said = read(device, value, type_)
            assert (said["decision"], said["reasons"]) == ("refused", ["unknown_credential"])
            event = Event.objects.get(pk=said["event"])
            assert (event.kind, event.client, event.reasons) == ("refused", None, ["unknown_credential"])
            assert not Entry.objects.exists()


def test_it_never_keeps_a_qr_value() -> None:
    device, _token = make_device()
    _card, qr = make_card()
    read(device, qr)
    read(device, qr[:-1])
    everything = str(list(Event.objects.values())) + str(list(Read.objects.values())) + repr(Credential("qr", qr))
    assert qr[:-1] not in everything


@pytest.mark.parametrize("kind", ["qr", "badge", "plate", "username"])
def test_it_knows_cards_by_code_badge_plate_and_name(kind: str) -> None:
    device, _token = make_device()
    client = make_active_client()
    _card, qr = make_card(client, username="Jean.Valjean")
    make_card(client, kind="badge", badge_number="04A2B9C1")
    make_vehicle(client, "ef-456-gh")
    value = {"qr": qr.lower() + " ", "badge": "04:a2:b9:c1", "plate": "EF 456 GH", "username": "jean.valjean"}[kind]
    assert read(device, value, kind)["decision"] == "granted"


@pytest.mark.parametrize("status", ["suspended", "lost", "revoked"])
def test_it_refuses_a_card_by_its_status(status: str) -> None:
    device, _token = make_device()
    card, qr = make_card()
    services.change_card_status(card, status, reason="perdue en forêt", by=None)
    assert read(device, qr)["reason"] == f"card_{status}"


def test_it_knows_a_code_that_was_issued_again_as_revoked() -> None:
    device, _token = make_device()
    card, old = make_card()
    new = services.reissue_card(card, by=None).qr_value
    assert (read(device, old)["reason"], read(device, new)["decision"]) == ("card_revoked", "granted")


def test_it_lets_active_clients_in_alone() -> None:
    device, _token = make_device()
    _card, qr = make_card(make_client(email="absent@example.org"))
    said = read(device, qr)
    assert said["reason"] == "client_inactive"
    event = Event.objects.get(pk=said["event"])
    assert event.inputs["facts"]["client_why"] == {"reason": "no_job", "values": {}}


def test_it_refuses_the_members_of_a_company_that_was_forced_inactive() -> None:
    device, _token = make_device()
    company = make_client(company_name="Transports Valjean", status_mode="inactive", status_reason="impayés")
    _card, qr = make_card(make_active_client(company=company))
    assert read(device, qr)["reasons"] == ["company_inactive"]


def test_it_opens_the_zones_of_the_card_and_those_inside_them() -> None:
    site = make_zone("Site")
    hall, depot = make_zone("Hall", parent=site), make_zone("Dépôt")
    _card, qr = make_card(zones=[site])
    decisions = [read(make_device(zone)[0], qr)["reason"] for zone in (site, hall, depot)]
    assert decisions == [None, None, "zone_not_permitted"]


def test_it_closes_with_the_zone_around() -> None:
    hours = {day: [["00:00", "00:01"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    site = make_zone("Site", hours=hours)
    device, _token = make_device(make_zone("Hall", parent=site))
    noon = NOW.replace(hour=12)
    assert read(device, make_card(valid_until=None)[1], at=noon)["reason"] == "zone_closed"


def test_it_refuses_who_owes_too_much_until_it_is_paid(settings: Any) -> None:
    settings.UNPAID_LIMIT = Decimal(10)
    device, _token = make_device()
    card, qr = make_card()
    entry = Entry.objects.create(
        client=card.client, zone=device.zone, entered_at=NOW, exited_at=NOW, amount_due=Decimal("10.01")
    )
    assert read(device, qr)["reason"] == "unpaid"
    payment = Payment(entry=entry, amount=Decimal("0.01"), method="cash", paid_on=timezone.localdate())
    services.record_payment(payment, by=None)
    assert read(device, qr)["decision"] == "granted"


def test_it_refuses_a_second_entry_where_the_zone_says_so() -> None:
    device, _token = make_device(make_zone(anti_passback="refuse"))
    _card, qr = make_card()
    assert [read(device, qr, at=NOW + time * MINUTE)["reason"] for time in range(2)] == [None, "already_inside"]
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(("mode", "remarks"), [("warn", ["already_inside"]), ("none", [])])
def test_it_ends_a_forgotten_stay_where_the_next_begins(mode: str, remarks: list[str]) -> None:
    device, _token = make_device(make_zone(anti_passback=mode, capacity=1))
    _card, qr = make_card()
    read(device, qr)
    said = read(device, qr, at=NOW + MINUTE)
    assert (said["decision"], said["anomalies"]) == ("granted", remarks)
    forgotten, stay = Entry.objects.order_by("entered_at")
    assert (forgotten.exited_at, forgotten.estimated, forgotten.anomalies) == (NOW + MINUTE, True, ["exit_missed"])
    assert stay.is_open
    assert Client.objects.get().inside_since == NOW + MINUTE


def test_it_counts_places_and_frees_them() -> None:
    zone = make_zone(capacity=1)
    (door, _), (gate, _) = make_device(zone), make_device(zone, "out")
    (_one, first), (_two, second) = make_card(), make_card()
    assert [read(door, first)["reason"], read(door, second)["reason"]] == [None, "zone_full"]
    read(gate, first, at=NOW + MINUTE)
    assert read(door, second, at=NOW + MINUTE)["decision"] == "granted"


def test_it_tells_an_exit_without_an_entry() -> None:
    device, _token = make_device(direction="out")
    _card, qr = make_card()
    said = read(device, qr)
    assert (said["decision"], said["anomalies"], "entry" in said) == ("granted", ["exit_without_entry"], False)


def test_it_locks_nobody_in_whatever_is_wrong() -> None:
    device, _token = make_device(direction="out", enabled=False)
    card, qr = make_card(make_client(email="absent@example.org"))
    services.change_card_status(card, "suspended", by=None)
    said = read(device, qr)
    assert said["decision"] == "granted"
    assert said["anomalies"] == ["exit_without_entry", "device_disabled", "card_suspended", "client_inactive"]


def test_it_leaves_the_zones_inside_with_the_one_around() -> None:
    site = make_zone("Site")
    hall = make_zone("Hall", parent=site)
    _card, qr = make_card()
    for zone in (site, hall):
        read(make_device(zone)[0], qr)
    read(make_device(site, "out")[0], qr, at=NOW + MINUTE)
    assert not Entry.objects.open().exists()
    assert Entry.objects.get(zone=hall).anomalies == ["left_outer_zone"]


def test_it_tells_the_stay_that_ends_in_a_zone_inside() -> None:
    site = make_zone("Site")
    hall = make_zone("Hall", parent=site)
    _card, qr = make_card()
    entry = read(make_device(hall)[0], qr)["entry"]
    said = read(make_device(site, "out")[0], qr, at=NOW + MINUTE)
    assert (said["entry"], said["anomalies"]) == (entry, ["left_outer_zone"])
    assert Event.objects.get(pk=said["event"]).entry_id == entry


def test_it_turns_at_a_door_that_serves_both() -> None:
    device, _token = make_device(direction="both")
    _card, qr = make_card()
    kinds = []
    for step in range(3):
        said = read(device, qr, at=NOW + step * MINUTE)
        kinds.append(Event.objects.get(pk=said["event"]).kind)
    assert kinds == ["entry", "exit", "entry"]
    assert Event.objects.get(pk=read(device, qr, direction="in")["event"]).kind == "entry"


def test_it_refuses_a_direction_that_is_not_the_door_s() -> None:
    device, _token = make_device(direction="in")
    with pytest.raises(WrongDirection):
        read(device, make_card()[1], direction="out")


def test_it_records_what_happened_offline_before_the_door_served_one_way() -> None:
    device, _token = make_device(direction="both")
    _card, qr = make_card()
    entry = read(device, qr, at=NOW - 2 * MINUTE)["entry"]
    Device.objects.update(direction="in")
    device.refresh_from_db()
    happened = scan(qr, nonce="late", read_at=NOW - MINUTE, direction="out")
    [said] = answer_batch(device, NOW, [happened], NOW)
    assert (said["decision"], said["entry"]) == ("granted", entry)
    assert said["anomalies"] == ["offline", "direction_not_served"]
    assert Entry.objects.get().exited_at == NOW - MINUTE


@pytest.mark.parametrize("direction", ["in", "out"])
def test_it_ends_the_stay_of_whose_vehicle_it_was(direction: str) -> None:
    zone = make_zone()
    vehicle = make_vehicle(plate="AB-123-CD")
    seller = vehicle.client
    read(make_device(zone)[0], "AB-123-CD", "plate")
    vehicle.client = make_active_client(last_name="Acheteur")
    services.update_vehicle(vehicle, by=None)
    read(make_device(zone, direction)[0], "AB-123-CD", "plate", at=NOW + MINUTE)
    seller.refresh_from_db()
    vehicle.client.refresh_from_db()
    assert seller.inside_since is None
    assert vehicle.client.inside_since == (NOW + MINUTE if direction == "in" else None)


class TestPlates:
    """A vehicle comes in by its plate."""

    def test_it_lets_in_an_active_client_s_vehicle(self) -> None:
        vehicle = make_vehicle(plate="AB-123-CD")
        said = read(make_device()[0], "ab 123 cd", "plate")
        assert said["decision"] == "granted"
        assert (Entry.objects.get().vehicle, Entry.objects.get().card) == (vehicle, None)

    def test_it_refuses_a_plate_that_two_clients_claim(self) -> None:
        make_vehicle(plate="B-MW 1234", country="DE")
        make_vehicle(plate="BM-W 1234", country="DE")
        device, _token = make_device()
        assert read(device, "BMW1234", "plate")["reason"] == "vehicle_mismatch"
        assert read(device, "B-MW 1234", "plate")["decision"] == "granted"

    def test_it_takes_a_plate_without_a_country_for_a_french_one(self) -> None:
        make_vehicle(plate="AB 123 CD", country="IT")
        french = make_vehicle(plate="AB-123-CD")
        read(make_device()[0], "AB123CD", "plate")
        assert Entry.objects.get().vehicle == french

    def test_it_refuses_a_vehicle_that_was_sold(self) -> None:
        vehicle = make_vehicle()
        vehicle.is_active = False
        services.update_vehicle(vehicle, by=None)
        assert read(make_device()[0], "AB123CD", "plate")["reasons"] == ["vehicle_mismatch"]

    def test_it_knows_who_bought_it(self) -> None:
        sold = make_vehicle()
        sold.is_active = False
        services.update_vehicle(sold, by=None)
        bought = make_vehicle()
        read(make_device()[0], "AB123CD", "plate")
        assert Entry.objects.get().vehicle == bought

    def test_it_has_the_best_rights_of_its_client_s_cards(self) -> None:
        client = make_active_client()
        make_vehicle(client)
        here, elsewhere = make_device()[0], make_device()[0]
        card, _qr = make_card(client, zones=[here.zone])
        make_card(client, zones=[here.zone], valid_until=timezone.localdate() - timedelta(days=1))
        assert read(here, "AB123CD", "plate")["decision"] == "granted"
        assert read(elsewhere, "AB123CD", "plate")["reasons"] == ["zone_not_permitted"]
        services.change_card_status(card, "lost", by=None)
        assert read(here, "AB123CD", "plate")["decision"] == "granted"


class TestNonces:
    """Each nonce is answered once."""

    def test_it_gives_the_same_answer_again(self) -> None:
        device, _token = make_device()
        again = scan(make_card()[1])
        first = answer(device, again, NOW)
        assert answer(device, again, NOW + MINUTE) == first
        assert (Entry.objects.count(), Event.objects.filter(kind="entry").count(), Read.objects.count()) == (1, 1, 1)

    def test_it_refuses_another_read_under_the_same_nonce(self) -> None:
        device, _token = make_device()
        (_one, first), (_two, second) = make_card(), make_card()
        read(device, first, nonce="1")
        with pytest.raises(NonceReused):
            read(device, second, nonce="1")

    def test_it_keeps_the_nonces_of_devices_apart(self) -> None:
        _card, qr = make_card()
        for device in (make_device()[0], make_device()[0]):
            assert read(device, qr, nonce="1")["decision"] == "granted"


class TestFailures:
    """A failure refuses the way in, opens the way out, and leaves nothing half written."""

    @pytest.fixture(autouse=True)
    def broken(self) -> Any:
        with mock.patch.object(passages, "_tell", side_effect=DatabaseError("the disk is full")):
            yield

    def test_it_refuses_entry(self) -> None:
        device, _token = make_device()
        said = read(device, make_card()[1])
        assert (said["decision"], said["reason"]) == ("refused", "internal_error")
        assert Event.objects.get(pk=said["event"]).reasons == ["internal_error"]
        assert not Entry.objects.exists()
        assert not Read.objects.exists()
        assert AccessCard.objects.get().use_count == 0
        assert Client.objects.get().last_visit_at == NEVER

    def test_it_lets_out(self) -> None:
        device, _token = make_device(direction="out")
        assert read(device, make_card()[1])["decision"] == "granted"

    def test_it_answers_even_where_no_event_can_be_written(self) -> None:
        device, _token = make_device()
        _card, qr = make_card()
        with mock.patch("access.models.events.EventQuerySet.record", side_effect=DatabaseError("gone")):
            assert (read(device, qr)["reason"], read(device, qr)["event"]) == ("internal_error", None)


class TestOffline:
    """Passages recorded while the network was down are flagged and never refused."""

    def test_it_records_them_in_the_order_of_the_day_by_our_clock(self) -> None:
        device, _token = make_device(direction="both")
        _card, qr = make_card()
        day = timedelta(days=1)
        sent = NOW - day
        scans = [
            scan(qr, direction="out", read_at=sent - 10 * MINUTE),
            scan(qr, direction="in", read_at=sent - 60 * MINUTE),
        ]
        left, came = answer_batch(device, sent, scans, NOW)
        entry = Entry.objects.get()
        assert (entry.entered_at, entry.exited_at) == (NOW - 60 * MINUTE, NOW - 10 * MINUTE)
        assert [left["nonce"], came["nonce"]] == [each.nonce for each in scans]
        assert came["anomalies"] == ["offline", "clock_skew"]

    def test_it_records_what_would_have_been_refused(self) -> None:
        device, _token = make_device()
        card, qr = make_card(make_client(email="absent@example.org"))
        services.change_card_status(card, "suspended", by=None, at=NOW - MINUTE)
        said, unknown = answer_batch(device, NOW, [scan(qr), scan("inconnu")], NOW)
        assert (said["decision"], said["anomalies"]) == ("granted", ["offline", "card_suspended", "client_inactive"])
        assert (unknown["decision"], unknown["anomalies"]) == ("granted", ["offline", "unknown_credential"])
        assert Entry.objects.count() == 1

    def test_it_answers_a_batch_sent_twice_with_the_same(self) -> None:
        device, _token = make_device()
        scans = [scan(make_card()[1]), scan(make_card()[1])]
        assert answer_batch(device, NOW, scans, NOW) == answer_batch(device, NOW, scans, NOW + MINUTE)
        assert Entry.objects.count() == 2

    def test_it_says_in_its_place_what_cannot_be_recorded(self) -> None:
        device, _token = make_device()
        good = make_card()[1]
        results = answer_batch(device, NOW, [scan(good, nonce="1"), scan("x", nonce="1")], NOW)
        assert [result.get("code") for result in results] == [None, "nonce_reused"]

    def test_it_puts_a_late_entry_before_the_one_that_came_after_it(self) -> None:
        device, _token = make_device()
        _card, qr = make_card()
        read(device, qr)
        answer_batch(device, NOW, [scan(qr, read_at=NOW - 30 * MINUTE)], NOW)
        late, current = Entry.objects.order_by("entered_at")
        assert (late.exited_at, late.estimated, current.is_open) == (NOW, True, True)
        assert Client.objects.get().inside_since == NOW

    def test_it_ends_a_late_entry_at_the_exit_that_was_seen(self) -> None:
        zone = make_zone()
        (door, _), (gate, _) = make_device(zone), make_device(zone, "out")
        _card, qr = make_card()
        read(gate, qr)
        answer_batch(door, NOW, [scan(qr, read_at=NOW - 30 * MINUTE)], NOW)
        entry = Entry.objects.get()
        assert (entry.exited_at, entry.device_out, entry.estimated) == (NOW, gate, False)
        assert Client.objects.get().inside_since is None

    @pytest.mark.parametrize("off_by", [timedelta(days=1), timedelta(days=-9_000)])
    def test_it_takes_no_passage_from_the_future_nor_from_a_clock_that_was_reset(self, off_by: timedelta) -> None:
        device, _token = make_device()
        [said] = answer_batch(device, NOW, [scan(make_card()[1], read_at=NOW + off_by)], NOW)
        stay = Entry.objects.get()
        assert said["anomalies"] == ["offline", "clock_skew"]
        # Nobody knows whether they are still there.
        assert (stay.entered_at, stay.anomalies, stay.to_check) == (NOW, ["clock_skew"], True)
