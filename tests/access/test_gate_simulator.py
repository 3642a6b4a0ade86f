"""The simulator: one at an instant, all at an instant, and a past refusal with the facts of then."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import services
from access.models import Entry, Event, Zone
from tests.access.factories import make_active_client, make_card, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.pages import field_errors, links, parse, said, text

SIMULATOR = "/access/simulator/"
# Saturday the 21st; the day after is the Sunday somebody asks about.
SUNDAY = "2026-11-22T06:00"


@pytest.fixture(autouse=True)
def saturday() -> Any:
    with time_machine.travel(datetime.fromisoformat("2026-11-21T15:00+01:00"), tick=False):
        yield


@pytest.fixture
def zone(db: None) -> Zone:
    return make_zone("Zone B", capacity=1)


@pytest.fixture
def guard(sign_in: SignIn, zone: Zone) -> Browser:
    return sign_in(group="Gardien")


def ask(browser: Browser, zone: Zone, who: str = "", at: str = SUNDAY) -> Any:
    return browser.post(SIMULATOR, {"who": who, "zone": str(zone.pk), "at": at}, follow=True)


def lines(response: Any) -> list[str]:
    return [text(node) for node in parse(response).iter("li") if node.find("span/a") is not None]


def test_it_is_for_who_runs_the_counter(sign_in: SignIn, zone: Zone) -> None:
    assert sign_in("access.view_event").get(SIMULATOR).status_code == 403
    assert sign_in("access.use_control").get(SIMULATOR).status_code == 200


def test_it_tells_all_reasons_of_another_day(guard: Browser, zone: Zone) -> None:
    card, _qr = make_card(
        username="marie", valid_until=timezone.localdate(), hours={"sat": [["08:00", "18:00"]]}, zones=[make_zone()]
    )
    response = ask(guard, zone, "marie")
    assert "Serait refusé" in said(response)
    for sentence in ("La carte a expiré le 21 novembre 2026.", "n’ouvre pas la zone Zone B", "Hors des horaires"):
        assert sentence in said(response)
    assert "Prolonger la carte." in said(response)
    assert response.redirect_chain[0][0] == f"{SIMULATOR}?subject=card-{card.pk}&zone={zone.pk}&at=2026-11-22T06%3A00"


def test_it_keeps_who_was_asked_about_and_never_what_was_scanned(guard: Browser, zone: Zone) -> None:
    _card, qr = make_card(username="marie")
    vehicle = make_vehicle(make_active_client(), plate="AB-123-CD")
    named = {qr: "marie", "ab 123 cd": "AB-123-CD", vehicle.client.reference: vehicle.client.reference}
    for asked, kept in named.items():
        page = ask(guard, zone, asked)
        assert page.context["form"]["who"].value() == kept
        assert qr not in page.content.decode()
    assert ask(guard, zone).context["form"]["who"].value() == ""


def test_it_counts_presence_and_places_now_and_only_now(guard: Browser, zone: Zone) -> None:
    make_card(username="marie")
    other = make_active_client()
    Entry.objects.create(client=other, zone=zone, entered_at=timezone.now())
    assert "pleine" in said(ask(guard, zone, "marie", ""))
    later = ask(guard, zone, "marie")
    assert "Passerait" in said(later)
    assert "on ne sait pas qui sera là" in said(later)


def test_it_writes_nothing(guard: Browser, zone: Zone) -> None:
    make_card(username="marie")
    before = Event.objects.count()
    ask(guard, zone, "marie")
    ask(guard, zone)
    assert (Event.objects.count(), Entry.objects.count()) == (before, 0)


def test_it_lets_no_scanned_value_into_the_address_or_the_page(guard: Browser, zone: Zone) -> None:
    _card, qr = make_card()
    response = ask(guard, zone, qr)
    assert "Passerait" in said(response)
    assert qr not in response.content.decode() + str(response.redirect_chain)
    unknown = ask(guard, zone, "FXL-0123456789")
    assert unknown.status_code == 422
    assert "ne sont à personne" in field_errors(unknown)["who"]
    assert "FXL-0123456789" not in unknown.content.decode()


def test_it_lets_one_choose_between_several(guard: Browser, zone: Zone) -> None:
    make_active_client(first_name="Paul", last_name="Martin")
    make_active_client(first_name="Anne", last_name="Martin")
    [address] = [url for label, url in links(ask(guard, zone, "martin")).items() if label == "Anne Martin"]
    assert "Anne Martin" in said(guard.get(address))


def test_it_lists_who_could_come_in(guard: Browser, zone: Zone) -> None:
    cards: dict[str, dict[str, Any]] = {
        "partout": {},
        "ici": {"zones": [zone]},
        "ailleurs": {"zones": [make_zone()]},
        "samedi": {"hours": {"sat": [["00:00", "24:00"]]}},
        "perimee": {"valid_until": timezone.localdate()},
    }
    for name, fields in cards.items():
        make_card(username=name, **fields)
    suspended, _qr = make_card(username="suspendue")
    services.change_card_status(suspended, "suspended", by=None)
    response = ask(guard, zone)
    assert [line.partition("CLT-")[2][3:] for line in lines(response)] == ["ici", "partout"]


def test_it_lists_nobody_for_a_closed_zone(guard: Browser) -> None:
    make_card()
    closed = make_zone("Dépôt", hours={"mon": [["08:00", "18:00"]]})
    assert "La zone est fermée" in said(ask(guard, closed))


def test_it_pages_the_list_at_the_same_cost_a_card(guard: Browser, zone: Zone) -> None:
    inner = services.save_zone(Zone(name="Box", parent=zone), by=None)
    client = make_active_client()
    for number in range(3):
        make_card(client, username=f"porteur-a{number:03d}")
    ask(guard, inner)
    with CaptureQueriesContext(connection) as few:
        ask(guard, inner)
    for number in range(57):
        make_card(client, username=f"porteur-b{number:03d}")
    with CaptureQueriesContext(connection) as many:
        response = ask(guard, inner)
    assert len(many) == len(few)
    assert len(lines(response)) == 50
    [more] = [url for label, url in links(response).items() if label == "Suite"]
    assert len(lines(guard.get(more))) == 10


def test_it_explains_a_past_refusal_with_the_facts_of_then(guard: Browser, zone: Zone) -> None:
    card, qr = make_card(username="marie")
    services.change_card_status(card, "suspended", by=None)
    guard.post("/access/control/", {"value": qr, "action": "enter"})
    services.change_card_status(card, "active", by=None)
    event = Event.objects.get(kind="refused")
    response = guard.get(SIMULATOR, {"event": event.pk})
    assert "Serait refusé avec les faits d’alors" in said(response)
    assert "La carte est suspendue." in said(response)
    assert "Statut de la carteSuspendue" in said(response)
    assert "Passerait" in said(guard.get(links(response)["Et maintenant ?"]))


def test_it_shows_past_events_to_who_may_see_events(sign_in: SignIn, guard: Browser, zone: Zone) -> None:
    guard.post("/access/control/", {"value": make_card()[1], "action": "enter"})
    event = Event.objects.get(kind="entry")
    assert sign_in("access.use_control").get(SIMULATOR, {"event": event.pk}).status_code == 403
    assert "Passerait" in said(guard.get(SIMULATOR, {"event": event.pk}))


def test_it_says_so_when_an_event_is_no_decision(guard: Browser, zone: Zone) -> None:
    note = services.add_note(make_active_client(), "a rappelé", by=None)
    assert "n’est pas une décision" in said(guard.get(SIMULATOR, {"event": note.pk}))


@pytest.mark.parametrize("event", ["x", "", "999999", "9" * 30, "-1"])
def test_it_knows_no_such_event(guard: Browser, event: str) -> None:
    assert guard.get(SIMULATOR, {"event": event}).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"zone": "x"},
        {"zone": "9" * 40},
        {"zone": "1", "at": "demain"},
        {"zone": "1", "at": "9999-12-31T23:59"},
        {"zone": "1", "at": "2027-03-28T02:30"},
        {"zone": "1", "subject": "card-999"},
        {"zone": "1", "subject": "x\x00"},
        {"zone": "1", "after": "\x00"},
    ],
)
def test_it_answers_any_address(guard: Browser, zone: Zone, query: dict[str, str]) -> None:
    real = {name: str(zone.pk) if (name, value) == ("zone", "1") else value for name, value in query.items()}
    assert guard.get(SIMULATOR, real).status_code == 200


@pytest.mark.parametrize("value", ["x" * 1_000_000, "a\x00b", "АВ-123-СЕ", "🚗", "' OR 1=1 --"])
def test_it_takes_any_name(guard: Browser, zone: Zone, value: str) -> None:
    response = ask(guard, zone, value)
    assert response.status_code == 422
    assert value not in response.content.decode()


def test_it_simulates_a_car(guard: Browser, zone: Zone) -> None:
    card, _qr = make_card(valid_until=timezone.localdate() + timedelta(days=300))
    make_vehicle(card.client, "AB-123-CD")
    assert "Passerait" in said(ask(guard, zone, "ab123cd"))
    assert "Serait refusé" in said(ask(guard, zone, "ab123cd", "2028-01-01T06:00"))
