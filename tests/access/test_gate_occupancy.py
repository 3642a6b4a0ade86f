"""Who is inside: the figures, the list, the search, what a waiting page is told, the list to print."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import services
from access.models import Entry, Zone
from access.services import client_columns
from tests.access.factories import make_active_client, make_card, make_entry, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.pages import find, links, parse, said, text

OCCUPANCY, EVACUATION, CONTROL = "/access/occupancy/", "/access/occupancy/evacuation/", "/access/control/"


@pytest.fixture
def zone(db: None) -> Zone:
    return make_zone("Parking P1", capacity=3)


@pytest.fixture
def guard(sign_in: SignIn) -> Browser:
    return sign_in(group="Gardien")


def enter(zone: Zone, name: str = "Curie", plate: str = "", **fields: Any) -> Entry:
    """Somebody who came in an hour ago."""
    client = make_active_client(first_name="Marie", last_name=name, phone="+33612345678", **fields)
    card = make_card(client)[0]
    vehicle = make_vehicle(client, plate) if plate else None
    at = timezone.now() - timedelta(hours=1)
    entry = Entry.objects.create(client=client, card=card, vehicle=vehicle, zone=zone, entered_at=at)
    client_columns.follow([client.pk])
    return entry


def people(response: Any) -> list[str]:
    return [text(node) for node in parse(response).iter("span") if node.get("class") == "people__who"]


@pytest.mark.parametrize("path", [OCCUPANCY, EVACUATION])
@pytest.mark.parametrize(
    ("permission", "status"),
    [("access.use_control", 200), ("access.view_entry", 200), ("access.view_event", 403), ("clients.view_client", 403)],
)
def test_it_is_for_who_lets_people_in_or_sees_entries(
    sign_in: SignIn, zone: Zone, path: str, permission: str, status: int
) -> None:
    assert sign_in(permission).get(path).status_code == status


def test_it_says_who_is_there_and_how_many_places_are_left(guard: Browser, zone: Zone) -> None:
    make_zone("Atelier")
    enter(zone, plate="AB-123-CD")
    response = guard.get(OCCUPANCY)
    cards = [text(node) for node in parse(response).iter("li") if "room-card" in node.get("class", "")]
    assert cards == ["Atelier 0 sans limite", "Parking P1 1 / 3 2 places libres"]
    [row] = people(response)
    assert "Marie Curie CLT-" in row
    assert "AB-123-CD" in said(response)
    assert "06 12 34 56 78" in said(response)
    assert "(1 h 00)" in said(response) or "depuis hier" in said(response)


def test_it_has_nobody_to_show(guard: Browser, zone: Zone) -> None:
    assert "Il n’y a personne" in said(guard.get(OCCUPANCY))
    assert "Il n’y a personne sur place" in said(guard.get(EVACUATION))


def test_it_shows_one_zone_and_finds_by_any_word(guard: Browser, zone: Zone) -> None:
    other = make_zone("Atelier")
    enter(zone, "Curie", "AB-123-CD")
    enter(other, "Pasteur")
    assert len(people(guard.get(OCCUPANCY))) == 2
    assert "Pasteur" in people(guard.get(OCCUPANCY, {"zone": other.pk}))[0]
    assert "Curie" in people(guard.get(OCCUPANCY, {"q": "ab123cd"}))[0]
    assert people(guard.get(OCCUPANCY, {"q": "curie", "zone": str(other.pk)})) == []
    assert "Personne de ce nom" in said(guard.get(OCCUPANCY, {"q": "zzz"}))


def test_it_shows_somebody_in_the_innermost_zone_only(guard: Browser, zone: Zone) -> None:
    inner = make_zone("Bureau", parent=zone)
    first = enter(zone, "Curie")
    for around, card in ((inner, first.card), (inner, make_card(first.client)[0])):
        make_entry(card, around)
    # The second badge of a client may be somebody else’s.
    assert len(people(guard.get(OCCUPANCY))) == 2
    make_entry(make_card(first.client)[0], zone)
    shown = guard.get(OCCUPANCY).context["groups"]
    assert [(group.zone.name, len(group.people)) for group in shown] == [("Bureau", 2), (zone.name, 1)]
    assert people(guard.get(OCCUPANCY, {"zone": zone.pk})) == people(guard.get(OCCUPANCY))


@pytest.mark.parametrize(
    "query",
    [
        {"zone": "x"},
        {"zone": "999"},
        {"zone": "9" * 50},
        {"page": "0"},
        {"page": "-1"},
        {"page": "x"},
        {"q": "x" * 999},
    ],
)
def test_it_says_what_in_the_address_makes_no_sense(guard: Browser, zone: Zone, query: dict[str, str]) -> None:
    enter(zone)
    response = guard.get(OCCUPANCY, query)
    assert response.status_code == 200
    assert find(response, "role", "alert") is not None
    assert people(response) == []


@pytest.mark.parametrize("query", ["\x00", "'", "%", "🚗", "--", "АВ"])
def test_it_takes_any_search(guard: Browser, zone: Zone, query: str) -> None:
    enter(zone)
    assert guard.get(OCCUPANCY, {"q": query}).status_code == 200


def test_it_answers_a_waiting_page_only_when_something_changed(guard: Browser, zone: Zone) -> None:
    live = find(guard.get(OCCUPANCY), "id", "presence")
    assert live is not None
    waiting = live.get("data-hx-get", "")
    # A minute may turn between the two; then there is news to tell: how long people have been there.
    statuses = {guard.get(waiting, headers={"HX-Request": "true"}).status_code for _turn in range(2)}
    assert 204 in statuses or statuses == {200}
    enter(zone)
    news = guard.get(waiting, headers={"HX-Request": "true"})
    assert news.status_code == 200
    assert "<html" not in news.content.decode()
    assert len(people(news)) == 1


def test_it_pages_thousands_at_the_same_cost(guard: Browser, zone: Zone) -> None:
    enter(zone)
    guard.get(OCCUPANCY)
    with CaptureQueriesContext(connection) as few:
        guard.get(OCCUPANCY)
    client = make_active_client()
    Entry.objects.bulk_create(
        Entry(client=client, zone=zone, entered_at=timezone.now(), person=client.pk * 4) for _number in range(150)
    )
    with CaptureQueriesContext(connection) as many:
        response = guard.get(OCCUPANCY)
    assert len(many) == len(few)
    assert len(people(response)) == 100
    assert "1–100 sur 151" in said(response)
    [following] = [url for label, url in links(response).items() if "Page suivante" in label]
    assert len(people(guard.get(following))) == 51


def test_it_lists_everybody_once_to_be_ticked_off(guard: Browser, zone: Zone) -> None:
    inner = services.save_zone(Zone(name="Box 4", parent=zone), by=None)
    entry = enter(zone, "Curie", "AB-123-CD")
    Entry.objects.create(
        client=entry.client, card=entry.card, vehicle=entry.vehicle, zone=inner, entered_at=timezone.now()
    )
    enter(zone, "Pasteur")
    response = guard.get(EVACUATION)
    assert "2 personnes sur place" in said(response)
    tables = {text(table.find("caption")): text(table.find("tbody")) for table in parse(response).iter("table")}
    assert set(tables) == {"Box 4 (1)", "Parking P1 (1)"}
    assert "Curie" in tables["Box 4 (1)"]
    assert "06 12 34 56 78" in tables["Box 4 (1)"]
    assert f"{timezone.localtime():%H:}" in said(response)


def test_it_leads_to_the_counter_for_who_may(sign_in: SignIn, guard: Browser, zone: Zone) -> None:
    entry = enter(zone)
    address = f"{CONTROL}?subject=card-{entry.card_id}"
    assert address in guard.get(OCCUPANCY).content.decode()
    assert "Déjà sur place" in said(guard.get(address))
    assert address not in sign_in("access.view_entry").get(OCCUPANCY).content.decode()
