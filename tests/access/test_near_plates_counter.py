"""Plates that nobody owns at the counter: cars proposed with their owners, taken in one click, found again later."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access.gate.credentials import Credential
from access.models import Device, Entry, Event, Zone
from access.reader.reads import Scan, answer
from tests.access.factories import make_active_client, make_card, make_device, make_vehicle, make_zone
from tests.access.test_gate_counter import ask, button, word
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import links, parse, said, text, values

HOUR = timedelta(hours=1)


@pytest.fixture
def zone(db: None) -> Zone:
    return make_zone("Parking P1")


@pytest.fixture
def guard(sign_in: SignIn, zone: Zone) -> Browser:
    return sign_in(group="Gardien")


def read(device: Device, plate: str, minutes: int = 0) -> dict[str, Any]:
    at = timezone.now() - timedelta(minutes=minutes)
    return answer(device, Scan(f"{plate}{minutes}{device.pk}", Credential("plate", plate)), at)


def proposed(response: Any) -> list[str]:
    forms = [node for node in parse(response).iter("form") if node.get("class") == "near__one"]
    return [text(form.find(".//strong")) for form in forms]


def click(browser: Browser, response: Any, name: str) -> Any:
    return browser.post("/access/control/", button(response, name))


def test_it_recognises_a_misread_plate_and_says_so(guard: Browser) -> None:
    make_vehicle(plate="DB-701-SZ")
    response = ask(guard, "DB7OISZ")
    assert word(response) == "Entrée autorisée (ok)"
    assert "Plaque lue approximativement" in said(response)
    click(guard, response, "Faire entrer")
    event = Event.objects.latest("pk")
    assert (event.kind, event.anomalies, event.plate_read) == ("entry", ["plate_approximate"], "DB7OISZ")


@pytest.mark.parametrize("typed", ["DB701S", "B701SZ", "db-701-s", "DB702SZ", "BD701SZ"])
def test_it_proposes_the_near_plate_with_its_owner(guard: Browser, typed: str) -> None:
    vehicle = make_vehicle(make_active_client(last_name="Roussel"), plate="DB-701-SZ")
    response = ask(guard, typed, "enter")
    assert word(response) == "Entrée refusée (stop)"
    assert not Entry.objects.exists()
    assert proposed(response) == ["DB-701-SZ"]
    assert "Roussel" in said(response)
    response = click(guard, response, "Faire entrer")
    assert word(response) == "Entrée enregistrée (ok)"
    event = Event.objects.latest("pk")
    assert (event.vehicle, event.entry, event.anomalies) == (vehicle, Entry.objects.get(), ["plate_approximate"])


def test_it_checks_the_rights_of_the_car_that_was_chosen(guard: Browser) -> None:
    make_vehicle(make_client(), plate="DB-701-SZ")
    response = click(guard, ask(guard, "DB701S"), "C’est elle, voir pourquoi")
    assert word(response) == "Entrée refusée (stop)"
    assert "Le client est inactif" in said(response)
    assert not Entry.objects.exists()


def test_it_lets_a_trailer_out_with_the_car_that_tows_it(guard: Browser, zone: Zone) -> None:
    way_in, way_out = make_device(zone)[0], make_device(zone, "out")[0]
    cars = [make_vehicle(plate=plate) for plate in ("GH-556-KT", "AA-111-BB", "TR-901-XY")]
    for car in cars:
        read(way_in, car.plate, minutes=30)
    assert read(way_out, "TR456XY")["reason"] == "unknown_credential"
    page = guard.get("/access/control/")
    assert "Retenue à la sortie" in said(page)
    assert proposed(page)[0] == "TR-901-XY"
    assert set(proposed(page)) == {"GH-556-KT", "AA-111-BB", "TR-901-XY"}
    response = click(guard, page, "Faire sortir")
    assert word(response) == "Sortie enregistrée (brand)"
    left = Entry.objects.get(vehicle=cars[2])
    assert left.exited_at is not None
    assert left.anomalies == ["plate_other"]
    assert Event.objects.latest("pk").inputs["credential"]["value"] == "TR456XY"
    assert "Retenue" not in said(guard.get("/access/control/held/"))


def test_it_forgets_what_was_held_long_ago_and_shows_it_to_no_other_site(guard: Browser, zone: Zone) -> None:
    read(make_device(zone, "out")[0], "TR456XY", minutes=11)
    read(make_device(make_zone(), "out")[0], "TR456XZ")
    assert "Retenue" not in said(guard.get("/access/control/held/"))


def test_it_shows_what_is_held_to_who_runs_the_counter(sign_in: SignIn, zone: Zone) -> None:
    assert sign_in(group="Technicien").get("/access/control/held/").status_code == 403


def test_it_takes_no_other_text_for_a_plate(guard: Browser) -> None:
    card, _qr = make_card()
    forged = {"subject": f"card-{card.pk}", "action": "enter", "read": "<b>AB12</b>"}
    assert "AB12" not in guard.post("/access/control/", forged).content.decode()
    assert Event.objects.latest("pk").plate_read == ""


@pytest.mark.parametrize("typed", ["TR-456-XY", "WA 12345", "1-ABC-234"])
def test_it_keeps_a_plate_that_nobody_owns_and_finds_it(guard: Browser, zone: Zone, typed: str) -> None:
    key = "".join(filter(str.isalnum, typed))
    ask(guard, typed, "enter")
    read(make_device(zone, "out")[0], key)
    read(make_device(zone, "out")[0], "ZZ999ZZ")
    for query in (typed, key.lower(), key[:5]):
        found = parse(guard.get("/access/events/", {"q": query}))
        rows = [text(row) for row in found.iter("tr") if "Accès refusé" in text(row)]
        assert len(rows) == 2
        assert key in rows[0].replace("-", "").replace(" ", "")
    assert "Accès refusé" not in said(guard.get("/access/events/", {"q": "TR456XZ"}))


def test_it_finds_a_plate_that_somebody_bought_meanwhile(guard: Browser, zone: Zone) -> None:
    ask(guard, "AB-123-CD", "enter")
    vehicle = make_vehicle()
    ask(guard, "AB-123-CD", "enter")
    page = said(guard.get("/access/events/", {"q": "AB123CD"}))
    assert vehicle.client.name in page
    assert "Accès refusé" in page


def test_the_letters_that_were_read_else_are_marked(guard: Browser) -> None:
    for plate in ("EE-123-ZZ", "EE-128-ZE"):
        make_vehicle(make_active_client(), plate=plate)
    response = ask(guard, "EE128ZZ")
    assert word(response) == "Plaque inconnue (warn)"
    marked = {text(node): [text(mark) for mark in node.iter("mark")] for node in parse(response).iter("strong")}
    assert marked["EE-123-ZZ"] == ["3"]
    assert marked["EE-128-ZE"] == ["E"]


def test_an_unknown_plate_goes_along_to_the_form_of_a_vehicle(guard: Browser, sign_in: SignIn) -> None:
    desk = sign_in("access.use_control", "access.add_vehicle", "access.view_vehicle", "clients.view_client")
    url = links(ask(desk, "zz 999 zz"))["Enregistrer ce véhicule"]
    assert values(desk.get(url))["plate"] == "ZZ 999 ZZ"
    assert "Enregistrer ce véhicule" not in links(ask(guard, "zz 999 zz"))
