"""Whose only way out is a reader that is silent when it is usually heard may have left unread."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from access.gate.credentials import Credential
from access.gate.unread import unread_exits
from access.models import Device, Entry, Event, Zone
from access.reader.reads import Scan, answer
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.pages import said

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
DOUBT = "sortie peut-être non lue"


@pytest.fixture
def zone() -> Zone:
    return make_zone("Parking")


def exit_reader(
    zone: Zone, *, heard: datetime, weeks: int = 3, each: int = 4, by: str = "card", **fields: Any
) -> Device:
    """A reader with so many exits in these hours of the weeks before."""
    device, _token = make_device(zone, "out", **fields)
    held = {by: (make_card()[0] if by == "card" else make_vehicle(plate=f"EX-{device.pk:03}-IT"))}
    for week in range(1, weeks + 1):
        for number in range(each):
            at = NOW - week * WEEK - (number + 1) * HOUR / 8
            Event.objects.record("exit", at=at, device=device, zone=zone, direction="out", **held)
    Device.objects.filter(pk=device.pk).update(last_seen_at=heard, created_at=NOW - 100 * DAY)
    return device


def stay(zone: Zone, **fields: Any) -> Entry:
    return make_entry(zone=zone, **{"entered_at": NOW - 4 * HOUR} | fields)


def doubted() -> set[Entry]:
    unread = unread_exits(NOW)
    found = {entry for entry in Entry.objects.select_related("zone") if unread.concerns(entry)}
    assert found == set(Entry.objects.open().filter(unread.condition))
    return found


def test_who_can_only_leave_by_a_reader_that_is_missed_may_have_left(zone: Zone) -> None:
    exit_reader(zone, heard=NOW - 3 * HOUR)
    owner = make_active_client()
    inside, inner = stay(zone), stay(make_zone(parent=zone))
    stay(make_zone())
    # They may drive out, or be let out at the counter.
    make_entry(make_card(owner)[0], zone, vehicle=make_vehicle(owner), entered_at=NOW - 5 * HOUR)
    Entry.objects.create(client=owner, zone=zone, entered_at=NOW - HOUR)
    assert doubted() == {inside, inner}


@pytest.mark.parametrize(
    ("heard", "fields"),
    [
        (NOW - 10 * timedelta(minutes=1), {}),
        (NOW - 3 * HOUR, {"each": 3}),
        (NOW - 3 * HOUR, {"weeks": 2}),
        (NOW - 3 * HOUR, {"by": "vehicle"}),
        (NOW - 3 * HOUR, {"enabled": False}),
        (NOW - 60 * DAY, {}),
    ],
)
def test_nobody_is_doubted_by_a_reader_that_is_as_usual(zone: Zone, heard: datetime, fields: dict[str, Any]) -> None:
    exit_reader(zone, heard=heard, **fields)
    stay(zone)
    assert doubted() == set()


def test_another_way_out_that_reads_such_things_takes_the_doubt_away(zone: Zone) -> None:
    exit_reader(zone, heard=NOW - 3 * HOUR)
    camera = exit_reader(zone, heard=NOW, by="vehicle")
    inside = stay(zone)
    assert doubted() == {inside}
    Event.objects.record("exit", at=NOW - DAY, device=camera, card=inside.card, zone=zone, direction="out")
    assert doubted() == set()


def test_more_readers_cost_no_more_queries(zone: Zone, django_assert_num_queries: Any) -> None:
    exit_reader(zone, heard=NOW - 3 * HOUR)
    inside, asked = stay(zone), 5
    with django_assert_num_queries(asked):
        unread_exits(NOW)
    for by in ("card", "vehicle", "vehicle"):
        exit_reader(make_zone(), heard=NOW, by=by)
    with django_assert_num_queries(asked):
        assert unread_exits(NOW).concerns(inside)


def test_what_a_reader_was_shown_last_counts(zone: Zone) -> None:
    exit_reader(zone, heard=NOW - 3 * HOUR)
    camera = exit_reader(zone, heard=NOW, by="vehicle", weeks=1)
    inside = stay(zone)
    Event.objects.record("exit", at=NOW - 9 * DAY, device=camera, card=inside.card, zone=zone, direction="out")
    assert doubted() == set()
    vehicle = make_vehicle(plate="EX-999-IT")
    held = {"device": camera, "zone": zone, "direction": "out", "vehicle": vehicle}
    for minute in range(50):
        Event.objects.record("exit", at=NOW - DAY - minute * HOUR / 60, **held)
    assert doubted() == {inside}


def test_a_car_is_doubted_where_its_camera_is_missed(zone: Zone) -> None:
    exit_reader(zone, heard=NOW - 3 * HOUR, by="vehicle")
    vehicle = make_vehicle(make_active_client(company_name="Garage"))
    van = Entry.objects.create(client=vehicle.client, vehicle=vehicle, zone=zone, entered_at=NOW - 4 * HOUR)
    stay(zone)
    assert doubted() == {van}


def test_it_holds_until_the_reader_is_heard_again(zone: Zone) -> None:
    device = exit_reader(zone, heard=NOW - 3 * HOUR)
    inside = stay(zone)
    assert doubted() == {inside}
    Device.objects.filter(pk=device.pk).update(last_seen_at=NOW)
    assert doubted() == set()


def test_the_lists_tell_it_until_somebody_has_looked(zone: Zone, sign_in: SignIn) -> None:
    exit_reader(zone, heard=NOW - 3 * HOUR)
    inside = stay(zone)
    desk = sign_in(group="Accueil")
    lists = ("/access/occupancy/", "/access/occupancy/evacuation/")
    assert all(DOUBT in said(desk.get(url)) for url in lists)
    assert "dont 1 à vérifier" in said(desk.get(lists[0]))
    assert "le lecteur de sortie est muet" in said(desk.get(inside.get_absolute_url()))
    desk.post(f"{inside.get_absolute_url()}settle/")
    assert not any(DOUBT in said(desk.get(url)) for url in lists)
    assert Event.objects.get(kind="correction").entry == inside
    assert Entry.objects.open().get() == inside


def test_leaving_by_another_door_ends_the_stay_as_ever(zone: Zone) -> None:
    exit_reader(zone, heard=NOW - 3 * HOUR)
    card, qr = make_card()
    make_entry(card, zone, entered_at=NOW - 4 * HOUR)
    said_by = answer(make_device(zone, "out")[0], Scan("o", Credential("qr", qr)), NOW)
    assert (said_by["decision"], Entry.objects.get().anomalies) == ("granted", [])
