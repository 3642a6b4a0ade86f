"""What opens to a plate: its own right, its clients’ cards, zones open to all; and the pages that say so."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import services
from access.gate import persons
from access.gate.credentials import Credential
from access.gate.opens import opens_of_vehicle
from access.models import Driver, Entry, Event, Vehicle, Zone
from access.reader.reads import Scan, answer, answer_batch
from clients.services.merging import merge_clients
from fixaloop.words.dates import say_days
from tests.access.factories import make_active_client, make_card, make_device, make_special_day, make_vehicle, make_zone
from tests.access.test_gate_counter import ask, button, word
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import said

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR = timedelta(hours=1)


def read(zone: Zone, value: str = "AB123CD", kind: str = "plate", way: str = "in", at: Any = NOW) -> dict[str, Any]:
    device, _token = make_device(zone, way)
    return answer(device, Scan(f"n{device.pk}", Credential(kind, value)), at)


def given(**fields: Any) -> Vehicle:
    """A vehicle whose client has no card, changed like this."""
    zones = fields.pop("zones", None)
    vehicle = make_vehicle()
    for name, value in fields.items():
        setattr(vehicle, name, value)
    return services.update_vehicle(vehicle, zones=zones, by=None)


@pytest.mark.each_database
def test_nobody_drives_a_vehicle_twice_or_as_another_than_its_owner() -> None:
    kept, lost, other = make_active_client(), make_active_client(), make_active_client()
    shared = make_vehicle(other, plate="AA-111-AA")
    of_kept, of_lost = make_vehicle(kept, plate="BB-222-BB"), make_vehicle(lost, plate="CC-333-CC")
    for vehicle, driver in ((shared, kept), (shared, lost), (of_kept, lost), (of_lost, kept), (of_lost, other)):
        services.add_driver(vehicle, driver, by=None)
    merge_clients(kept, lost, by=None)
    of_lost.refresh_from_db()
    drivers = list(Driver.objects.order_by("vehicle__plate_key").values_list("vehicle", "client"))
    assert drivers == [(shared.pk, kept.pk), (of_lost.pk, other.pk)]
    of_lost.client = other
    services.update_vehicle(of_lost, by=None)
    assert not of_lost.drivers.exists()


def test_a_plate_without_a_right_opens_what_is_open_to_all_active_clients() -> None:
    make_vehicle()
    reasons = {way: read(make_zone(open_to=way))["reasons"] for way in ("active", "given", "undecided")}
    assert reasons == {"active": [], "given": ["zone_not_permitted"], "undecided": []}
    assert read(make_zone(open_to="given"), way="out")["decision"] == "granted"


def test_it_says_of_a_plate_what_is_missing() -> None:
    make_vehicle()
    message = read(make_zone(open_to="given"))["message"]
    assert message == "Vous n’avez pas d’accès à cette zone : adressez-vous à l’accueil."


def test_an_inactive_client_s_plate_opens_nothing() -> None:
    make_vehicle(make_client())
    for way in ("active", "given"):
        assert read(make_zone(open_to=way))["reasons"][0] == "client_inactive"


@pytest.mark.parametrize("way", ["given", "undecided"])
def test_a_vehicle_s_own_right_opens_its_zones_and_those_inside(way: str) -> None:
    outer = make_zone(open_to=way)
    inner, other = make_zone(parent=outer, open_to=way), make_zone(open_to=way)
    given(zones=[outer])
    assert [read(zone)["reasons"] for zone in (outer, inner, other)] == [[], [], ["zone_not_permitted"]]


def test_a_vehicle_s_own_right_has_its_hours_and_its_end() -> None:
    zone = make_zone(open_to="given")
    vehicle = given(everywhere=True, valid_until=timezone.localdate(NOW))
    assert read(zone)["reasons"] == []
    vehicle.valid_until = timezone.localdate(NOW) - timedelta(days=1)
    services.update_vehicle(vehicle, by=None)
    assert read(zone, at=NOW + HOUR)["reasons"] == ["card_expired"]
    vehicle.valid_until = None
    other_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][(timezone.localdate(NOW).weekday() + 3) % 7]
    vehicle.hours = {other_day: [["08:00", "09:00"]]}
    services.update_vehicle(vehicle, by=None)
    assert read(zone, at=NOW + 2 * HOUR)["reasons"] == ["outside_hours"]


def test_a_vehicle_also_has_the_rights_of_its_client_s_cards() -> None:
    here, there, all_clients = make_zone(open_to="given"), make_zone(open_to="given"), make_zone(open_to="active")
    vehicle = given(zones=[here])
    card, _qr = make_card(vehicle.client, zones=[there])
    assert [read(zone)["reasons"] for zone in (here, there, all_clients)] == [[], [], []]
    services.change_card_status(card, "suspended", by=None)
    assert [read(zone, at=NOW + HOUR)["reasons"] for zone in (here, all_clients)] == [[], []]
    assert read(there, at=NOW + HOUR)["decision"] == "refused"


def test_a_zone_open_to_all_opens_to_cards_for_other_zones() -> None:
    zone = make_zone(open_to="active")
    card, qr = make_card(zones=[make_zone()])
    assert read(zone, qr, "qr")["reasons"] == []
    assert read(zone, card.username, "username")["decision"] == "granted"
    assert read(make_zone(open_to="given"), make_card(zones=[make_zone()])[1], "qr")["reasons"] == [
        "zone_not_permitted"
    ]


def test_an_exact_read_costs_as_many_queries_as_before(django_assert_max_num_queries: Any) -> None:
    make_vehicle()
    device, _token = make_device()
    with django_assert_max_num_queries(16):
        answer(device, Scan("1", Credential("plate", "AB123CD")), NOW)


@pytest.fixture
def boss(sign_in: SignIn) -> Browser:
    return sign_in(group="Direction")


def test_a_name_opens_at_the_counter_what_a_plate_opens(boss: Browser) -> None:
    make_zone("Parking P1", open_to="given")
    client = make_active_client(last_name="Roussel")
    response = ask(boss, client.reference)
    assert (word(response), "n’est ouverte ni" in said(response)) == ("Entrée refusée (stop)", True)


def test_the_counter_gives_the_zone_to_the_vehicle(boss: Browser) -> None:
    zone = make_zone("Parking P1", open_to="given")
    vehicle = make_vehicle()
    refused = ask(boss, "AB-123-CD")
    response = boss.post("/access/control/repair/", button(refused, "Donner cette zone au véhicule"))
    assert word(response) == "Entrée autorisée (ok)"
    assert list(vehicle.zones.all()) == [zone]


def test_a_zone_says_that_nobody_has_decided_and_takes_the_decision(boss: Browser, sign_in: SignIn) -> None:
    zone = make_zone("Parking P1")
    page = f"/access/zones/{zone.pk}/"
    assert "Personne ne l’a encore décidé" in said(boss.get(page))
    assert boss.post(f"{page}open/", {"open_to": "nonsense"}).status_code == 302
    boss.post(f"{page}open/", {"open_to": "given"})
    zone.refresh_from_db()
    assert zone.open_to == "given"
    assert "Personne ne l’a encore décidé" not in said(boss.get(page))
    guard = sign_in(group="Gardien")
    assert guard.post(f"{page}open/", {"open_to": "active"}).status_code == 403


def test_a_new_zone_is_for_those_who_are_given_it_unless_told_otherwise(boss: Browser) -> None:
    page = boss.get("/access/zones/new/").content.decode()
    assert 'value="given"' in page[page.index('name="open_to"') :].partition("checked")[0]
    boss.post("/access/zones/new/", {"name": "Cour", "open_to": "active"})
    assert Zone.objects.get().open_to == "active"


def test_the_pages_say_what_opens_and_when(boss: Browser) -> None:
    park, yard = make_zone("Parking P1", open_to="given"), make_zone("Cour", open_to="active")
    vehicle = given(zones=[park], hours={"mon": [["08:00", "18:00"]]}, valid_until=timezone.localdate())
    make_card(vehicle.client, username="marie", zones=[yard])
    for url in (vehicle.get_absolute_url(), vehicle.client.get_absolute_url()):
        page = said(boss.get(url))
        assert "ouvre : Parking P1" in page.replace("\xa0", " ")
        assert "quand : lun 8 h–18 h, jusqu’au" in page.replace("\xa0", " ")
        assert "Carte marie" in page
        assert "Tout client actif" in page


def test_the_form_gives_rights_to_a_vehicle(boss: Browser) -> None:
    zone = make_zone("Parking P1")
    client = make_active_client()
    sent = {"client": client.reference, "plate": "AB-123-CD", "zones": [zone.pk], "hours": "lun-ven 8h-18h"}
    response = boss.post("/access/vehicles/new/", sent | {"valid_until": "2031-01-05"})
    assert response.status_code == 302
    vehicle = Vehicle.objects.get()
    assert (list(vehicle.zones.all()), str(vehicle.valid_until)) == ([zone], "2031-01-05")
    assert vehicle.hours["fri"] == [["08:00", "18:00"]]
    edited = sent | {"version": vehicle.version, "zones": [], "everywhere": "on", "hours": ""}
    boss.post(f"/access/vehicles/{vehicle.pk}/edit/", edited)
    vehicle.refresh_from_db()
    assert (vehicle.everywhere, list(vehicle.zones.all()), vehicle.hours) == (True, [], {})


class TestDrivers:
    """Two clients drive one car."""

    def test_the_plate_enters_by_the_rights_of_either(self) -> None:
        zone = make_zone(open_to="given")
        vehicle, driver = make_vehicle(make_client(last_name="Parti")), make_active_client()
        make_card(driver, zones=[zone])
        assert read(zone)["reasons"][0] == "client_inactive"
        services.add_driver(vehicle, driver, by=None)
        answered = read(zone, at=NOW + HOUR / 2)
        assert (answered["decision"], answered["client"]) == ("granted", driver.reference)
        entry = Entry.objects.get()
        assert (entry.client, entry.vehicle) == (driver, vehicle)
        left = read(zone, way="out", at=NOW + HOUR)
        assert (left["client"], left["entry"]) == (driver.reference, entry.pk)
        driver.refresh_from_db()
        assert driver.inside_since is None
        services.remove_driver(vehicle, driver, by=None)
        assert read(zone, at=NOW + 2 * HOUR)["decision"] == "refused"

    def test_the_owner_comes_first(self) -> None:
        zone = make_zone(open_to="active")
        vehicle = make_vehicle()
        services.add_driver(vehicle, make_active_client(), by=None)
        assert read(zone)["client"] == vehicle.client.reference

    @pytest.mark.parametrize(("seconds", "drives"), [(15, True), (120, False)])
    def test_who_has_just_shown_a_badge_drives(self, seconds: int, drives: bool) -> None:
        zone = make_zone(open_to="active")
        vehicle, driver = make_vehicle(), make_active_client()
        services.add_driver(vehicle, driver, by=None)
        _card, qr = make_card(driver)
        entry = read(zone, qr, "qr")["entry"]
        said = read(zone, at=NOW + timedelta(seconds=seconds))
        assert (said["entry"] == entry, said["client"] == driver.reference) == (drives, drives)
        assert {stay.client for stay in Entry.objects.open()} == {driver, *([] if drives else [vehicle.client])}
        read(zone, way="out", at=NOW + HOUR)
        assert Entry.objects.open().exists() is not drives

    @pytest.mark.parametrize("told", ["live", "batch"])
    @pytest.mark.parametrize(("seconds", "drives"), [(15, True), (120, False)])
    def test_who_shows_a_badge_just_after_drove(self, seconds: int, drives: bool, told: str) -> None:
        zone = make_zone(open_to="active")
        vehicle, driver = make_vehicle(), make_active_client()
        services.add_driver(vehicle, driver, by=None)
        card, qr = make_card(driver)
        entry = read(zone, at=NOW - HOUR)["entry"]
        scan = Scan("badge", Credential("qr", qr), read_at=NOW - HOUR + timedelta(seconds=seconds))
        device, _token = make_device(zone)
        at: Any = scan.read_at
        said = answer(device, scan, at) if told == "live" else answer_batch(device, NOW, [scan], NOW)[0]
        assert (said["entry"] == entry) is drives
        [*stays] = Entry.objects.open().order_by("pk")
        assert {stay.client for stay in stays} == {driver, *([] if drives else [vehicle.client])}
        assert (stays[0].card, stays[0].vehicle) == (card if drives else None, vehicle)
        vehicle.client.refresh_from_db()
        driver.refresh_from_db()
        assert (driver.inside_since is not None, vehicle.client.inside_since is None) == (True, drives)
        assert persons.inside(zone) == len(stays)
        assert read(zone, way="out")["entry"] == entry
        assert Entry.objects.open().exists() is not drives

    def test_the_owner_s_own_badge_after_the_car_keeps_the_driver_out(self) -> None:
        zone = make_zone(open_to="active")
        vehicle, driver = make_vehicle(), make_active_client()
        services.add_driver(vehicle, driver, by=None)
        badges = [make_card(client)[1] for client in (vehicle.client, driver)]
        read(zone)
        for number, qr in enumerate(badges, 1):
            read(zone, qr, "qr", at=NOW + timedelta(seconds=10 * number))
        assert {stay.client: stay.vehicle for stay in Entry.objects.open()} == {vehicle.client: vehicle, driver: None}

    def test_a_driver_by_car_leaves_the_owner_inside(self) -> None:
        zone = make_zone(open_to="given")
        vehicle, driver = make_vehicle(), make_active_client()
        _card, qr = make_card(vehicle.client, zones=[zone])
        make_card(driver, zones=[zone])
        services.add_driver(vehicle, driver, by=None)
        read(zone, qr, "qr")
        services.change_card_status(vehicle.client.cards.get(), "suspended", by=None)
        assert read(zone, at=NOW + HOUR)["client"] == driver.reference
        read(zone, way="out", at=NOW + 2 * HOUR)
        assert [stay.client for stay in Entry.objects.open()] == [vehicle.client]

    def test_the_page_of_the_vehicle_adds_and_removes_them(self, boss: Browser, sign_in: SignIn) -> None:
        vehicle, driver = make_vehicle(), make_active_client(last_name="Second")
        url = f"/access/vehicles/{vehicle.pk}/drivers/"
        boss.post(url, {"client": driver.reference})
        assert "Second" in said(boss.get(vehicle.get_absolute_url()))
        assert Event.objects.get(kind="note").client == driver
        for wrong in (driver.reference, vehicle.client.reference, "CLT-999"):
            assert boss.post(url, {"client": wrong}).status_code == 422
        boss.post(url, {"remove": driver.reference})
        assert not vehicle.drivers.exists()
        assert sign_in(group="Gardien").post(url, {"client": driver.reference}).status_code == 403


class TestSpecialDays:
    """What opens is told with the days to come on which it does not."""

    def days(self, boss: Browser, url: str) -> list[str]:
        page = said(boss.get(url)).replace("\xa0", " ")
        return [part.partition("sauf : ")[2] for part in re.findall(r"sauf : [^)]*\)", page)]

    def test_the_pages_of_client_and_vehicle_tell_them(self, boss: Browser) -> None:
        park, yard = make_zone("Parking P1", open_to="given"), make_zone("Cour", open_to="active")
        vehicle = given(zones=[park])
        make_special_day(park, timezone.localdate() + timedelta(days=3))
        make_special_day(yard, timezone.localdate() + timedelta(days=40))
        day = say_days(timezone.localdate() + timedelta(days=3), timezone.localdate() + timedelta(days=3))
        for url in (vehicle.get_absolute_url(), vehicle.client.get_absolute_url()):
            assert self.days(boss, url) == [f"{day} : fermé (Inventaire)"]

    def test_those_of_a_zone_around_and_of_all_zones_count(self, boss: Browser) -> None:
        outer = make_zone("Domaine", open_to="given")
        vehicle = given(zones=[make_zone("Atelier", open_to="given", parent=outer)])
        make_special_day(outer, timezone.localdate())
        today = say_days(timezone.localdate(), timezone.localdate())
        assert self.days(boss, vehicle.get_absolute_url()) == [f"{today} : fermé (Domaine : Inventaire)"]

    def test_public_holidays_count_where_the_zone_is_closed_then(self, boss: Browser) -> None:
        zone = make_zone(open_to="given", closed_on_holidays=True)
        given(zones=[zone])
        vehicle = Vehicle.objects.get()
        eve = datetime(2026, 12, 24, 12, tzinfo=UTC)
        [right] = opens_of_vehicle(vehicle, eve, see_cards=True)
        assert right.days.replace("\xa0", " ").startswith("25 déc. 2026 : fermé (")


def test_a_client_s_page_costs_one_query_for_all_that_opens(boss: Browser) -> None:
    park = make_zone("Parking P1", open_to="given")
    vehicle = given(zones=[park])
    for number in range(3):
        make_card(vehicle.client, zones=[park, make_zone()])
        other = make_vehicle(vehicle.client, f"CD-12{number}-EF")
        services.update_vehicle(other, zones=[park], by=None)
    url = vehicle.client.get_absolute_url()
    boss.get(url)
    with CaptureQueriesContext(connection) as queries:
        boss.get(url)
    # Cards, vehicles, and the zones with who is given them; the timeline.
    assert len([query for query in queries.captured_queries if 'FROM "access_' in query["sql"]]) == 4
