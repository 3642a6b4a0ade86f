"""How long a stay may last, and what facts told late change: the stays are those that the facts in order would give."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from access import services
from access.gate import persons
from access.gate.credentials import Credential
from access.gate.lapse import lapse_of
from access.gate.orphans import close_orphans
from access.gate.stays import guess_end
from access.models import Device, Entry, Event, Zone
from access.reader.reads import Scan, answer, answer_batch
from clients.models import Client
from clients.services import force_status
from tests.access.factories import (
    make_active_client,
    make_card,
    make_device,
    make_entry,
    make_tariff,
    make_vehicle,
    make_zone,
)
from tests.factories import make_client

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
_numbers = count()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of a week in March 2026; the 2nd is a Monday."""
    return datetime(2026, 3, 1 + day, hour, minute, tzinfo=timezone.get_default_timezone())


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """An hour of the clock in 2026, as an instant to which hours can be added."""
    return datetime(2026, month, day, hour, minute, tzinfo=timezone.get_default_timezone()).astimezone(UTC)


NOW = at(6, 12)


def scan(value: str, type_: str = "qr", **fields: Any) -> Scan:
    return Scan(f"s{next(_numbers)}", Credential(type_, value), **fields)


def read(device: Device, value: str, moment: datetime, type_: str = "qr", **fields: Any) -> dict[str, Any]:
    return answer(device, scan(value, type_, **fields), moment)


def tell(device: Device, value: str, *moments: datetime, type_: str = "qr", now: datetime = NOW) -> list[Any]:
    return answer_batch(device, now, [scan(value, type_, read_at=moment) for moment in moments], now)


def card_of_march(**fields: Any) -> str:
    """The code of a card that is valid in the week of these tests."""
    return make_card(**{"valid_from": at(0, 0).date(), "valid_until": None, **fields})[1]


def stays() -> list[tuple[datetime, datetime | None, bool]]:
    """Those of people, without cars alone."""
    return list(Entry.objects.people().order_by("entered_at").values_list("entered_at", "exited_at", "estimated"))


def week(device: Device, qr: str, told: Any) -> list[str]:
    """The week of somebody who forgets to badge on leaving on Monday."""
    moments = [at(1, 8), *(at(day, hour) for day in range(2, 6) for hour in (8, 17))]
    answers = told(device, qr, moments)
    return [Event.objects.get(pk=each["event"]).kind for each in answers]


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize("mode", ["warn", "refuse", "none"])
def test_it_never_inverts_a_week(mode: str, offline: bool) -> None:
    device, _token = make_device(make_zone(anti_passback=mode), "both")
    qr = card_of_march()

    def live(door: Device, value: str, moments: list[datetime]) -> list[Any]:
        return [read(door, value, moment) for moment in moments]

    kinds = week(device, qr, (lambda door, value, moments: tell(door, value, *moments)) if offline else live)
    assert kinds == ["entry", *["entry", "exit"] * 4]
    monday, *others = Entry.objects.order_by("entered_at")
    assert (monday.exited_at, monday.estimated, monday.to_check) == (at(1, 22), True, True)
    assert monday.anomalies == ["exit_missed"]
    assert [(stay.exited_at, stay.to_check) for stay in others] == [(at(day, 17), False) for day in range(2, 6)]
    tuesday = Event.objects.get(at=at(2, 8))
    assert "exit_missed" in tuesday.anomalies


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize("order", ["badge first", "car first"])
def test_a_badge_and_a_car_are_one_passage_at_a_door_that_serves_both_ways(order: str, offline: bool) -> None:
    device, _token = make_device(direction="both")
    card, qr = make_card(valid_from=at(0, 0).date(), valid_until=None)
    make_vehicle(card.client)
    pair = [(qr, "qr"), ("AB-123-CD", "plate")][:: 1 if order == "badge first" else -1]
    told = []
    for hour in (8, 17):
        for second, (value, type_) in enumerate(pair):
            moment = at(1, hour) + timedelta(seconds=20 * second)
            late = {"type_": type_, "now": moment + HOUR}
            one = tell(device, value, moment, **late)[0] if offline else read(device, value, moment, type_)
            told.append(one["entry"])
    stay = Entry.objects.get()
    assert set(told) == {stay.pk}
    assert (stay.entered_at, stay.exited_at, stay.card, stay.to_check) == (at(1, 8), at(1, 17), card, False)


@pytest.mark.parametrize("way_in", ["qr", "plate"])
def test_nobody_joins_a_stay_that_has_lapsed(way_in: str) -> None:
    device, _token = make_device()
    card, qr = make_card(valid_from=at(0, 0).date(), valid_until=None)
    make_vehicle(card.client)
    values = {"qr": qr, "plate": "AB-123-CD"}
    read(device, values.pop(way_in), at(1, 8), way_in)
    [(type_, value)] = values.items()
    said = read(device, value, at(2, 8), type_)
    assert said["anomalies"] == ["exit_missed"]
    assert stays() == [(at(1, 8), at(1, 22), True), (at(2, 8), None, False)]


def test_it_goes_out_by_the_door_around_the_zone_that_somebody_is_in() -> None:
    site = make_zone("Site")
    hall = make_zone("Hall", parent=site)
    qr = card_of_march()
    entry = read(make_device(hall)[0], qr, at(1, 8))["entry"]
    assert read(make_device(site, "both")[0], qr, at(1, 17))["entry"] == entry


LONGEST = [
    ({}, at(1, 8), at(1, 22)),
    ({"longest_stay": 2}, at(1, 8), at(1, 10)),
    ({"longest_stay": 72}, at(1, 8), at(4, 8)),
    ({"reset_at": time(20)}, at(1, 8), at(1, 20)),
    ({"reset_at": time(3)}, at(1, 2), at(1, 3)),
    ({"reset_at": time(3)}, at(1, 3), at(1, 17)),
    ({"reset_at": time(3), "longest_stay": 72}, at(1, 3), at(2, 3)),
    # The clock skips this hour on the 29th of March.
    ({"reset_at": time(2, 30)}, at(28, 0), at(28, 2, 30).astimezone(UTC)),
    # That day has 23 hours, the 25th of October 25.
    ({"reset_at": time(0, 15), "longest_stay": 72}, utc(3, 28, 23, 30), utc(3, 29, 0, 15)),
    ({"reset_at": time(0), "longest_stay": 72}, utc(10, 25, 0, 20), utc(10, 26, 0)),
    ({"reset_at": time(23, 30)}, utc(10, 25, 22), utc(10, 25, 23, 30)),
]


def test_it_says_when_a_stay_is_over_and_the_night_agrees(subtests: pytest.Subtests) -> None:
    for number, (fields, entered, over) in enumerate(LONGEST):
        with subtests.test(fields=fields, entered=entered):
            Entry.objects.all().delete()
            stay = make_entry(zone=make_zone(f"Zone du cas {number}", **fields), entered_at=entered)
            assert lapse_of(stay) == over
            assert close_orphans(over - timedelta(seconds=1)) == 0
            assert close_orphans(over) == 1
            stay.refresh_from_db()
            assert (stay.exited_at, stay.estimated, stay.to_check, stay.anomalies) == (over, True, True, ["orphan"])


def test_a_guess_is_never_before_the_way_in() -> None:
    stay = make_entry(entered_at=at(1, 8))
    guess_end(stay, at(1, 7))
    assert (stay.exited_at, stay.estimated) == (at(1, 8), True)


@pytest.mark.parametrize(
    ("fields", "granted"), [({}, True), ({"longest_stay": 24}, False), ({"reset_at": time(3)}, True)]
)
@pytest.mark.parametrize("type_", ["qr", "plate"])
def test_it_lets_in_who_was_never_seen_leaving(fields: dict[str, Any], granted: bool, type_: str) -> None:
    zone = make_zone(anti_passback="refuse", capacity=1, **fields)
    door, _token = make_device(zone)
    make_vehicle()
    value = card_of_march() if type_ == "qr" else "AB-123-CD"
    read(door, value, at(1, 9), type_)
    said = read(door, value, at(2, 8), type_)
    if not granted:
        assert said["reasons"] == ["already_inside"]
        return
    assert (said["decision"], said["anomalies"]) == ("granted", ["exit_missed"])
    forgotten, stay = Entry.objects.order_by("entered_at")
    assert (forgotten.exited_at, forgotten.estimated, forgotten.to_check) == (lapse_of(forgotten), True, True)
    assert (stay.is_open, Client.objects.exclude(inside_since=None).get().inside_since) == (True, at(2, 8))


@pytest.mark.parametrize(
    ("seen", "reason"), [(at(1, 7), None), (at(1, 10), "already_inside"), (at(1, 13, 30), "already_inside")]
)
def test_it_lets_in_where_the_exit_reader_was_silent(seen: datetime, reason: str | None) -> None:
    zone = make_zone(anti_passback="refuse")
    door, gate = make_device(zone)[0], make_device(zone, "out")[0]
    Device.objects.filter(pk=gate.pk).update(last_seen_at=seen)
    qr = card_of_march()
    read(door, qr, at(1, 8))
    said = read(door, qr, at(1, 14))
    assert (said["reason"], said["anomalies"]) == (reason, [] if reason else ["exit_reader_silent"])
    if reason is None:
        assert Entry.objects.earliest("entered_at").anomalies == ["exit_missed"]


@pytest.mark.parametrize("own_exit", [False, True])
def test_it_lets_into_an_inner_zone_where_the_exit_reader_around_was_silent(own_exit: bool) -> None:
    site = make_zone()
    hall = make_zone(parent=site, anti_passback="refuse")
    door = make_device(hall)[0]
    make_device(hall, "both", at_counter=True)
    if own_exit:
        Device.objects.filter(pk=make_device(hall, "out")[0].pk).update(last_seen_at=at(1, 14))
    Device.objects.filter(pk=make_device(site, "out")[0].pk).update(last_seen_at=at(1, 7))
    qr = card_of_march()
    read(door, qr, at(1, 8))
    said = read(door, qr, at(1, 14))
    assert (said["reason"], said["anomalies"]) == (
        ("already_inside", []) if own_exit else (None, ["exit_reader_silent"])
    )


class TestLateExits:
    """A way out told late ends the stay it belongs to."""

    @pytest.fixture
    def zone(self) -> Zone:
        return make_zone("Site")

    @pytest.mark.parametrize("type_", ["qr", "plate"])
    def test_it_ends_the_stay_before_the_one_under_way(self, zone: Zone, type_: str) -> None:
        door, gate = make_device(zone)[0], make_device(zone, "out")[0]
        make_vehicle()
        value = card_of_march() if type_ == "qr" else "AB-123-CD"
        monday = read(door, value, at(1, 8), type_)["entry"]
        tuesday = read(door, value, at(2, 8), type_)["entry"]
        [said] = tell(gate, value, at(1, 17), type_=type_)
        assert (said["entry"], said["anomalies"]) == (monday, ["offline"])
        assert stays() == [(at(1, 8), at(1, 17), False), (at(2, 8), None, False)]
        ended = Entry.objects.get(pk=monday)
        assert (ended.anomalies, ended.to_check, ended.device_out) == ([], False, gate)
        assert Entry.objects.get(pk=tuesday).is_open

    @pytest.mark.parametrize("left", [at(1, 17), at(1, 23), at(3, 9)])
    def test_it_replaces_the_estimate_of_the_night(self, zone: Zone, left: datetime) -> None:
        door, gate = make_device(zone)[0], make_device(zone, "out")[0]
        qr = card_of_march()
        entry = read(door, qr, at(1, 8))["entry"]
        assert close_orphans(at(2, 3)) == 1
        [said] = tell(gate, qr, left)
        assert said["entry"] == entry
        stay = Entry.objects.get()
        assert (stay.exited_at, stay.estimated, stay.device_out) == (left, False, gate)
        long = left > at(1, 22)
        assert (stay.anomalies, stay.to_check) == (["stay_too_long"] if long else [], long)

    def test_it_replaces_the_estimate_live(self, zone: Zone) -> None:
        door, gate = make_device(zone)[0], make_device(zone, "out")[0]
        qr = card_of_march()
        entry = read(door, qr, at(1, 20))["entry"]
        close_orphans(at(2, 11))
        assert read(gate, qr, at(2, 12))["entry"] == entry
        assert stays() == [(at(1, 20), at(2, 12), False)]

    def test_it_leaves_an_estimate_of_long_ago(self, zone: Zone) -> None:
        door, gate = make_device(zone)[0], make_device(zone, "out")[0]
        qr = card_of_march()
        read(door, qr, at(1, 8))
        close_orphans(at(2, 3))
        assert read(gate, qr, at(9, 17))["anomalies"] == ["exit_without_entry"]

    def test_it_ends_the_stays_of_the_zones_inside_that_overlap(self, zone: Zone) -> None:
        hall = make_zone("Hall", parent=zone)
        qr = card_of_march()
        read(make_device(hall)[0], qr, at(1, 8))
        for around, minute in ((zone, 0), (hall, 5)):
            read(make_device(around)[0], qr, at(3, 8, minute))
        close_orphans(at(4, 3))
        tell(make_device(zone, "out")[0], qr, at(3, 17))
        monday, site, inner = Entry.objects.order_by("entered_at")
        assert (monday.exited_at, monday.estimated) == (at(1, 22), True)
        assert {(stay.exited_at, stay.estimated) for stay in (site, inner)} == {(at(3, 17), False)}
        assert inner.anomalies == ["left_outer_zone"]

    def test_it_gives_a_day_told_late_as_if_told_in_time(self, zone: Zone) -> None:
        """The reader of the exit was offline at noon, the one of the entry too; the evening was seen."""
        door, gate = make_device(zone)[0], make_device(zone, "out")[0]
        qr = card_of_march()
        read(door, qr, at(1, 8))
        read(gate, qr, at(1, 17))
        tell(gate, qr, at(1, 12))
        tell(door, qr, at(1, 13))
        assert stays() == [(at(1, 8), at(1, 12), False), (at(1, 13), at(1, 17), False)]
        assert Client.objects.get().inside_since is None

    def test_it_does_the_same_at_a_door_that_serves_both_ways(self, zone: Zone) -> None:
        device, _token = make_device(zone, "both")
        qr = card_of_march()
        read(device, qr, at(1, 8))
        read(device, qr, at(1, 17))
        tell(device, qr, at(1, 13), at(1, 12))
        assert stays() == [(at(1, 8), at(1, 12), False), (at(1, 13), at(1, 17), False)]

    @pytest.mark.parametrize("first", ["badge", "car"])
    @pytest.mark.parametrize("since", ["there", "gone", "forgotten"])
    def test_it_leaves_inside_who_came_back_by_other_means(self, zone: Zone, first: str, since: str) -> None:
        make_tariff(zone)
        door, gate = make_device(zone)[0], make_device(zone, "out")[0]
        make_vehicle(client := make_active_client())
        means = [(card_of_march(client=client), "qr"), ("AB-123-CD", "plate")]
        (value, type_), (other, other_type) = means if first == "badge" else reversed(means)
        read(door, value, at(1, 7), type_)
        read(door, other, at(1, 10), other_type)
        if since == "gone":
            read(gate, other, at(1, 12), other_type)
        if since == "forgotten":
            close_orphans(at(2, 3))
        tell(gate, value, at(1, 8), type_=type_, now=at(1, 13) if since == "there" else at(2, 4))
        if since == "forgotten":
            close_orphans(at(3, 3))
        left = {"there": None, "gone": at(1, 12), "forgotten": at(2, 0)}[since]
        assert stays() == [(at(1, 7), at(1, 8), False), (at(1, 10), left, since == "forgotten")]
        past, now = Entry.objects.people().order_by("entered_at")
        assert [(stay.card is None, stay.vehicle is None) for stay in (past, now)] == (
            [(False, True), (True, False)] if first == "badge" else [(True, False), (False, True)]
        )
        assert (now.device_in, now.device_out) == (door, gate if since == "gone" else None)
        assert past.amount_due == Decimal(2)
        assert persons.inside(zone) == int(since == "there")
        assert Client.objects.get().inside_since == (at(1, 10) if since == "there" else None)


class TestLateEntries:
    """A way in told late takes its place among the stays."""

    def test_it_ends_at_the_exit_of_the_zone_around(self) -> None:
        site = make_zone("Site")
        hall = make_zone("Hall", parent=site)
        qr = card_of_march()
        read(make_device(site)[0], qr, at(1, 8))
        read(make_device(site, "out")[0], qr, at(1, 17))
        tell(make_device(hall)[0], qr, at(1, 9))
        assert stays() == [(at(1, 8), at(1, 17), False), (at(1, 9), at(1, 17), False)]

    def test_it_does_not_take_the_guess_of_the_night_for_an_exit(self) -> None:
        door, gate = make_device(zone := make_zone())[0], make_device(zone, "out")[0]
        qr = card_of_march()
        read(door, qr, at(1, 8))
        close_orphans(at(2, 3))
        tell(gate, qr, at(1, 17))
        tell(door, qr, at(1, 20))
        # Nor is the second entry seen ending: it has lapsed since.
        assert stays() == [(at(1, 8), at(1, 17), False), (at(1, 20), at(2, 10), True)]

    def test_it_ends_where_the_next_stay_begins(self) -> None:
        zone = make_zone()
        door, gate = make_device(zone)[0], make_device(zone, "out")[0]
        qr = card_of_march()
        read(door, qr, at(2, 8))
        read(gate, qr, at(2, 17))
        tell(door, qr, at(2, 6), at(1, 8))
        assert stays() == [(at(1, 8), at(1, 22), True), (at(2, 6), at(2, 8), True), (at(2, 8), at(2, 17), False)]
        assert Client.objects.get().inside_since is None

    def test_it_takes_over_the_exit_of_the_stay_it_falls_into(self) -> None:
        zone = make_zone()
        door, gate = make_device(zone)[0], make_device(zone, "out")[0]
        qr = card_of_march()
        read(door, qr, at(1, 8))
        read(gate, qr, at(1, 17))
        tell(door, qr, at(1, 13))
        assert stays() == [(at(1, 8), at(1, 13), True), (at(1, 13), at(1, 17), False)]

    @pytest.mark.parametrize("offline", [False, True])
    @pytest.mark.parametrize(("first", "joins", "other"), [("car", "one", "two"), ("one", "car", "van")])
    def test_it_ends_the_stay_it_came_in_by_though_another_one_began_since(
        self, first: str, joins: str, other: str, offline: bool
    ) -> None:
        seen = {first: at(1, 8), joins: at(1, 8, 1), other: at(1, 9)}
        back, *others = self.all_stays(seen, (first, at(1, 11)), offline=offline)
        assert back == ({"one", "car"}, at(1, 8), at(1, 11))
        # The car that the badge left behind may still be there.
        assert others == [
            *[({"car"}, at(1, 8), None)] * (first == "one"),
            ({other}, at(1, 9), None),
            ({first}, at(1, 11), None),
        ]

    @pytest.mark.parametrize("came", [at(1, 7), at(1, 8, 15)])
    def test_a_car_joins_no_badge_while_it_is_inside_with_another(self, came: datetime) -> None:
        seen = {"one": at(1, 8), "two": at(1, 8, 30), "car": at(1, 8, 31)}
        first, second, third = self.all_stays(seen, ("car", came), offline=True)
        alone, one = (first, second) if came < at(1, 8) else (second, first)
        assert (one, third) == (({"one"}, at(1, 8), None), ({"two", "car"}, at(1, 8, 30), None))
        assert alone == ({"car"}, came, at(1, 8) if came < at(1, 8) else at(1, 8, 30))

    def all_stays(self, seen: dict[str, datetime], last: tuple[str, datetime], *, offline: bool) -> list[Any]:
        """The stays of a client after their badges and cars were seen coming in, the last time live or told late."""
        device, client = make_device()[0], make_active_client()
        shown = {"car": ("AB-123-CD", "plate"), "van": ("EF-456-GH", "plate")}
        for plate, _type in shown.values():
            make_vehicle(client, plate)
        shown |= {name: (card_of_march(client=client, username=name), "qr") for name in ("one", "two")}
        for name, moment in seen.items():
            read(device, shown[name][0], moment, shown[name][1])
        name, moment = last
        value, type_ = shown[name]
        said = (
            tell(device, value, moment, type_=type_, now=at(1, 12))[0]
            if offline
            else read(device, value, moment, type_)
        )
        assert said["decision"] == "granted"
        words = {"AB-123-CD": "car", "EF-456-GH": "van", None: None}
        rows = Entry.objects.order_by("entered_at", "pk").values_list(
            "card__username", "vehicle__plate", "entered_at", "exited_at"
        )
        return [({card, words[plate]} - {None}, came, left) for card, plate, came, left in rows]


class TestFactsOfThen:
    """An offline passage is judged on what held when it happened."""

    @pytest.mark.parametrize("status", ["revoked", "lost", "suspended"])
    @pytest.mark.parametrize("direction", ["in", "out", "both"])
    def test_it_has_no_anomaly_of_a_card_that_was_blocked_afterwards(self, status: str, direction: str) -> None:
        device, _token = make_device(direction=direction)
        card, qr = make_card(valid_from=at(0, 0).date())
        now = timezone.now()
        services.change_card_status(card, status, by=None, at=now - HOUR)
        before, after = tell(device, qr, now - 2 * HOUR, now - HOUR / 2, now=now)
        assert f"card_{status}" not in before["anomalies"]
        assert f"card_{status}" in after["anomalies"]

    def test_it_knows_the_code_that_was_replaced_afterwards(self) -> None:
        device, _token = make_device()
        card, old = make_card(valid_from=at(0, 0).date())
        now = timezone.now()
        services.reissue_card(card, by=None, at=now - HOUR)
        before, after = tell(device, old, now - 2 * HOUR, now - HOUR / 2, now=now)
        assert "card_revoked" not in before["anomalies"]
        assert "card_revoked" in after["anomalies"]

    @pytest.mark.parametrize("type_", ["qr", "plate"])
    def test_it_knows_the_status_of_the_client_then(self, type_: str) -> None:
        device, _token = make_device()
        client = make_active_client()
        value = make_card(client, valid_from=at(0, 0).date())[1] if type_ == "qr" else "AB-123-CD"
        make_vehicle(client)
        now = timezone.now()
        Client.objects.update(created_at=now - 24 * HOUR)
        Event._base_manager.filter(kind="status").delete()
        client.refresh_from_db()
        force_status(client, mode="inactive", until=None, reason="impayés", by=None, version=client.version)
        [before] = tell(device, value, now - HOUR, type_=type_, now=now)
        assert before["anomalies"] == ["offline"]
        [after] = tell(device, value, now + HOUR, type_=type_, now=now + 2 * HOUR)
        assert "client_inactive" in after["anomalies"]

    def test_it_tells_who_became_active_only_afterwards(self) -> None:
        device, _token = make_device()
        client = make_client(email="absent@example.org")
        _card, qr = make_card(client, valid_from=at(0, 0).date())
        now = timezone.now()
        Client.objects.update(created_at=now - 24 * HOUR)
        client.refresh_from_db()
        force_status(client, mode="active", until=None, reason="parking", by=None, version=client.version)
        [said] = tell(device, qr, now - HOUR, now=now)
        assert said["anomalies"] == ["offline", "client_inactive"]

    def test_it_knows_the_company_of_then(self) -> None:
        device, _token = make_device()
        company = make_client(company_name="Transports Valjean")
        _card, qr = make_card(make_active_client(company=company), valid_from=at(0, 0).date())
        company.refresh_from_db()
        force_status(company, mode="inactive", until=None, reason="impayés", by=None, version=company.version)
        now = timezone.now()
        [said] = tell(device, qr, now - HOUR, now=now)
        assert said["anomalies"] == ["offline"]

    def test_it_knows_the_vehicle_of_then(self) -> None:
        device, _token = make_device()
        vehicle = make_vehicle()
        vehicle.is_active = False
        services.update_vehicle(vehicle, by=None)
        now = timezone.now()
        [said] = tell(device, "AB-123-CD", now - HOUR, type_="plate", now=now)
        assert said["anomalies"] == ["offline"]

    @pytest.mark.parametrize("what", ["badge", "plate", "car"])
    def test_it_knows_whose_it_was_then(self, what: str) -> None:
        door, gate = make_device(zone := make_zone())[0], make_device(zone, "out")[0]
        now = timezone.now()
        first, second = make_active_client(), make_active_client()
        badge: dict[str, Any] = {"kind": "badge", "badge_number": "04A2B9C1", "valid_from": at(0, 0).date()}
        with time_machine.travel(now - 72 * HOUR, tick=False):
            card = make_card(first, **badge)[0] if what == "badge" else None
            vehicle = make_vehicle(first)
        with time_machine.travel(now - 3 * HOUR, tick=False):
            if card is not None:
                services.change_card_status(card, "revoked", reason="rendu", by=None)
                make_card(second, **badge)
            elif what == "plate":
                vehicle.is_active = False
                services.update_vehicle(vehicle, by=None)
                make_vehicle(second)
            else:
                vehicle.client = second
                services.update_vehicle(vehicle, by=None)
        type_, value = ("badge", "04A2B9C1") if what == "badge" else ("plate", "AB-123-CD")
        came, left = now - 8 * HOUR, now - 5 * HOUR
        said = [tell(device, value, moment, type_=type_, now=now)[0] for device, moment in ((door, came), (gate, left))]
        assert [(each["client"], each["anomalies"]) for each in said] == [(first.reference, ["offline"])] * 2
        assert stays() == [(came, left, False)]
        assert Entry.objects.get().client == first
        [since] = tell(door, value, now - HOUR, type_=type_, now=now)
        assert since["client"] == second.reference


@pytest.mark.parametrize("by_car", [False, True])
def test_an_entry_told_after_it_has_lapsed_is_over_at_once(by_car: bool) -> None:
    device, _token = make_device(make_zone(longest_stay=4))
    card, qr = make_card(valid_from=at(0, 0).date(), valid_until=None)
    make_vehicle(card.client)
    value, type_ = ("AB123CD", "plate") if by_car else (qr, "qr")
    [told] = tell(device, value, at(1, 8), type_=type_, now=at(1, 13))
    stay = Entry.objects.get(pk=told["entry"])
    assert (stay.exited_at, stay.estimated, stay.to_check) == (at(1, 12), True, True)
    assert stay.anomalies == ["orphan"]
    card.client.refresh_from_db()
    assert card.client.inside_since is None
    # An exit told in the same way later replaces the estimate.
    out, _token = make_device(device.zone, "out")
    tell(out, value, at(1, 9), type_=type_, now=at(1, 14))
    stay.refresh_from_db()
    assert (stay.exited_at, stay.estimated) == (at(1, 9), False)
    assert not Entry.objects.open().exists()
