"""People whom the counter lets in by the name of a company: each is somebody, and nobody knows what they carry."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from access.gate import persons
from access.gate.credentials import Credential
from access.models import Device, Entry, RollCall, Zone
from access.reader.reads import Scan, answer
from access.services import person_numbers
from clients.models import Client
from clients.services.merging import merge_clients
from tests.access.factories import make_active_client, make_card, make_entry, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.pages import said

pytestmark = pytest.mark.django_db
PLATE = "AB-123-CD"
HOUR = timedelta(hours=1)


@pytest.fixture
def zone() -> Zone:
    return make_zone("Parking", capacity=2, anti_passback="refuse")


@pytest.fixture
def firm() -> Client:
    return make_active_client(company_name="Garage du Port")


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def ask(sign_in: SignIn, firm: Client, clock: Any) -> Callable[..., str]:
    """What the counter answers about the company, an hour after the last question."""
    guard = sign_in(group="Gardien")

    def ask(zone: Zone, action: str) -> str:
        clock.shift(HOUR)
        return said(
            guard.post("/access/control/", {"device": f"zone-{zone.pk}", "value": firm.reference, "action": action})
        )

    return ask


def people() -> list[tuple[Zone, bool]]:
    """Each stay in the order of entries, and whether it is open."""
    return [(stay.zone, stay.is_open) for stay in Entry.objects.select_related("zone").order_by("entered_at")]


def test_two_visitors_by_one_name_are_two_people(ask: Callable[..., str], sign_in: SignIn, zone: Zone) -> None:
    for _visitor in range(2):
        assert "Entrée enregistrée" in ask(zone, "enter")
    assert (people(), persons.inside(zone)) == ([(zone, True)] * 2, 2)
    # A third one has no place: the two others take one each.
    assert "Entrée refusée" in ask(zone, "enter")
    guard = sign_in(group="Gardien")
    guard.post("/access/occupancy/evacuation/start/")
    assert RollCall.objects.get().lines.count() == 2
    assert "Sortie enregistrée" in ask(zone, "exit")
    assert (people(), persons.inside(zone)) == ([(zone, False), (zone, True)], 1)
    ask(zone, "exit")
    assert persons.inside(zone) == 0


def test_the_one_who_may_have_come_in_again_is_to_be_checked(ask: Callable[..., str], zone: Zone) -> None:
    for _visitor in range(2):
        ask(zone, "enter")
    first, second = Entry.objects.order_by("entered_at")
    assert (first.anomalies, first.to_check, second.anomalies) == (["entered_again"], True, [])
    ask(zone, "exit")
    first.refresh_from_db()
    assert (first.is_open, first.anomalies, first.to_check) == (False, [], False)


def test_who_goes_further_in_is_one_of_them(ask: Callable[..., str], zone: Zone) -> None:
    hall = make_zone(parent=zone)
    for where in (zone, zone, hall):
        ask(where, "enter")
    assert (persons.inside(zone), persons.inside(hall)) == (2, 1)
    # Whoever was not seen further in leaves first.
    ask(zone, "exit")
    assert people() == [(zone, True), (zone, False), (hall, True)]
    ask(hall, "exit")
    ask(zone, "exit")
    assert [open_ for _zone, open_ in people()] == [False] * 3


def test_the_night_keeps_them_apart(ask: Callable[..., str], zone: Zone, firm: Client) -> None:
    for _visitor in range(2):
        ask(zone, "enter")
    assert person_numbers.refresh(Entry.objects.all()) == 0
    Client.objects.filter(pk=firm.pk).update(kind="individual", first_name="Jean", last_name="Port", company_name="")
    assert person_numbers.refresh(Entry.objects.all()) == 2
    assert persons.inside(zone) == 1


def test_a_merge_of_companies_loses_nobody_let_in_by_their_names(
    ask: Callable[..., str], sign_in: SignIn, firm: Client
) -> None:
    yard = make_zone()
    hall = make_zone(parent=yard)
    lost = make_active_client(company_name="Garage du Quai")
    guard, who = sign_in(group="Gardien"), {"value": lost.reference, "action": "enter"}
    for where in (yard, yard, hall):
        ask(where, "enter")
        guard.post("/access/control/", {"device": f"zone-{where.pk}", **who})
    make_entry(make_card(firm)[0], yard)
    assert (persons.inside(yard), persons.inside(hall)) == (5, 2)
    merge_clients(firm, lost, by=None)
    assert (persons.inside(yard), persons.inside(hall)) == (5, 2)
    assert person_numbers.refresh(Entry.objects.all()) == 0
    # One at a time leaves, and whoever comes is another one.
    ask(yard, "exit")
    assert persons.inside(yard) == 4
    ask(yard, "enter")
    assert persons.inside(yard) == 5


def test_writing_that_one_left_leaves_the_other(
    ask: Callable[..., str], zone: Zone, clock: Any, sign_in: SignIn
) -> None:
    hall = make_zone(parent=zone)
    for where in (zone, zone, hall):
        ask(where, "enter")
    other = Entry.objects.filter(zone=zone).latest("entered_at")
    clock.shift(HOUR)
    left = timezone.localtime(timezone.now() - HOUR / 2)
    posted = {"exited_at": f"{left:%Y-%m-%dT%H:%M}", "reason": "vu partir"}
    assert sign_in(group="Gardien").post(f"{other.get_absolute_url()}exit/", posted).status_code == 302
    assert people() == [(zone, True), (zone, False), (hall, True)]


@pytest.mark.parametrize("way_out", ["badge", "plate", "counter"])
def test_a_visitor_let_in_by_the_name_of_a_company_leaves_by_what_they_have(
    sign_in: SignIn, firm: Client, zone: Zone, gate: Device, door: Device, way_out: str
) -> None:
    """Nobody knows whose badge it is, so that the exit is an estimate, told to whoever looks for people."""
    guard = sign_in(group="Gardien")
    posted = {"device": f"zone-{zone.pk}", "reason": "reconnu"}
    guard.post("/access/control/", posted | {"value": firm.reference, "action": "enter"})
    [stay] = Entry.objects.open()
    card = make_card(firm, username="visiteur")[0]
    make_vehicle(firm, PLATE)
    colleague = answer(door, Scan("colleague", Credential("qr", make_card(firm)[1])), timezone.now())["entry"]
    value = {"badge": ("username", card.username), "plate": ("plate", PLATE)}.get(way_out)
    if value is None:
        guard.post("/access/control/", posted | {"value": card.username, "action": "exit"})
    else:
        told = answer(gate, Scan("out", Credential(*value)), timezone.now())
        assert (told["entry"], told["anomalies"]) == (stay.pk, ["left_unnamed"])
    assert [other.pk for other in Entry.objects.open()] == [colleague]
    stay.refresh_from_db()
    assert (stay.estimated, stay.to_check, stay.anomalies[-1]) == (True, True, "left_unnamed")
    assert "Garage du Port" in said(guard.get("/access/occupancy/evacuation/")).partition("Peut-être encore là")[2]


def test_who_was_seen_further_in_leaves_the_whole_site_by_a_badge(
    ask: Callable[..., str], firm: Client, zone: Zone, gate: Device
) -> None:
    hall = make_zone(parent=zone)
    for where in (zone, hall):
        ask(where, "enter")
    answer(gate, Scan("out", Credential("qr", make_card(firm)[1])), timezone.now())
    assert people() == [(zone, False), (hall, False)]


def test_a_badge_that_has_a_stay_leaves_alone_who_was_let_in_by_name(zone: Zone, gate: Device, door: Device) -> None:
    firm = make_active_client(company_name="Garage du Port")
    named = Entry.objects.create(client=firm, zone=zone, entered_at=timezone.now() - 10 * HOUR)
    qr = make_card(firm)[1]
    entry = answer(door, Scan("in", Credential("qr", qr)), timezone.now() - 6 * HOUR)["entry"]
    assert answer(gate, Scan("out", Credential("qr", qr)), timezone.now())["entry"] == entry
    assert [stay.pk for stay in Entry.objects.open()] == [named.pk]
