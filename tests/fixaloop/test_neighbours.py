"""Previous and next of the list that a reader came from, on the pages of its records."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import Client
from fixaloop.lists import counting, neighbours
from tests.access.factories import make_card, make_entry, make_vehicle
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import make_intervention
from tests.pages import parse

pytestmark = pytest.mark.django_db


def beside(browser: Browser, record: Any, came: str) -> dict[str, str]:
    page = browser.get(record.get_absolute_url(), headers={"referer": f"http://testserver{came}"})
    return {node.get("rel", ""): node.get("href", "") for node in parse(page).iter("a") if node.get("rel")}


def walk(browser: Browser, came: str, first: Any) -> list[str]:
    """The addresses from a record to the end of the list."""
    browser.get(came)
    found, here = [], first.get_absolute_url()
    while here:
        found.append(here)
        page = browser.get(here, headers={"referer": f"http://testserver{came}"})
        here = next((node.get("href", "") for node in parse(page).iter("a") if node.get("rel") == "next"), "")
        came = found[-1]
    return found


def people(*names: str) -> list[Client]:
    return [make_client(last_name=name) for name in names]


def make_cards() -> list[Any]:
    return [make_card(make_client())[0] for _number in range(3)][::-1]


def make_vehicles() -> list[Any]:
    return [make_vehicle(make_client(), f"AB-12{number}-CD") for number in range(3)]


def make_stays() -> list[Any]:
    now = timezone.now()
    return [make_entry(exited_at=now, entered_at=now - timedelta(hours=hour)) for hour in range(1, 4)]


def make_jobs() -> list[Any]:
    return [make_intervention(title=f"Travail {number}") for number in range(3)][::-1]


@pytest.mark.parametrize(
    ("came", "make"),
    [
        ("/clients/?sort=name", lambda: people("Arnaud", "Blanc", "Colin")),
        ("/interventions/", make_jobs),
        ("/access/cards/", make_cards),
        ("/access/vehicles/", make_vehicles),
        ("/access/entries/", make_stays),
    ],
)
def test_records_lead_from_one_to_the_next(came: str, make: Callable[[], list[Any]], desk: Browser) -> None:
    rows = make()
    desk.get(came)
    path = came.partition("?")[0]
    assert beside(desk, rows[1], came) == {
        "prev": rows[0].get_absolute_url(),
        "next": rows[2].get_absolute_url(),
        "up": came,
    }
    assert walk(desk, came, rows[0]) == [row.get_absolute_url() for row in rows]
    assert beside(desk, rows[1], f"{path}somewhere/") != {}
    assert beside(desk, rows[1], "/") == {}


def test_they_follow_filters_and_order_also_from_a_record_that_left_the_list(desk: Browser) -> None:
    arnaud, blanc, colin, durand = people("Arnaud", "Blanc", "Colin", "Durand")
    Client.objects.filter(pk__in=[arnaud.pk, blanc.pk, durand.pk]).update(city="Lyon", city_key="lyon")
    came = "/clients/?city=Lyon&sort=-name"
    desk.get(f"{came}&page=1")
    assert beside(desk, blanc, came) == {
        "prev": durand.get_absolute_url(),
        "next": arnaud.get_absolute_url(),
        "up": came,
    }
    Client.objects.filter(pk=blanc.pk).update(city="Paris", city_key="paris")
    assert beside(desk, blanc, "/clients/CLT-002/edit/")["next"] == arnaud.get_absolute_url()
    assert beside(desk, colin, came)["prev"] == durand.get_absolute_url()


@pytest.mark.parametrize("reading", [neighbours.FEW, neighbours.WALKED, neighbours.SORTED])
def test_long_lists_say_the_same_however_they_are_read(reading: str, desk: Browser) -> None:
    same = people("Blanc", "Blanc", "Blanc")
    desk.cookies["list_client"] = f"{reading} /clients/?q=blanc&sort=last_visit"
    found = beside(desk, same[1], "/clients/")
    assert (found["prev"], found["next"]) == (same[0].get_absolute_url(), same[2].get_absolute_url())


def test_a_long_list_is_told_as_such(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "COUNT_CAP", 1)
    people(*(f"Blanc{number}" for number in range(11)))
    desk.get("/clients/?kind=individual&per_page=10")
    assert desk.cookies["list_client"].value.split()[0] in (neighbours.WALKED, neighbours.SORTED)


def test_a_tab_of_a_client_is_a_list_too(desk: Browser) -> None:
    client = make_client()
    jobs = [make_intervention(client), make_intervention(), make_intervention(client)]
    came = f"/clients/{client.reference}/interventions/"
    desk.get(came)
    assert beside(desk, jobs[2], came) == {"next": jobs[0].get_absolute_url(), "up": came}


def test_nobody_is_led_through_a_list_they_may_not_see(sign_in: SignIn) -> None:
    cards = make_cards()
    reader = sign_in("access.view_accesscard")
    for wrong in (
        "few /clients/",
        "few /nowhere/",
        "few /access/cards/?sort=wrong",
        "few /access/cards/?client=x",
        "x",
    ):
        reader.cookies["list_accesscard"] = wrong
        assert beside(reader, cards[1], "/access/cards/") == {}
    jobs = make_jobs()
    clerk = sign_in("interventions.view_intervention")
    clerk.cookies["list_intervention"] = "few /clients/CLT-001/interventions/"
    assert beside(clerk, jobs[1], "/clients/CLT-001/interventions/") == {}


def test_they_cost_one_query(desk: Browser) -> None:
    rows = people("Arnaud", "Blanc", "Colin")
    desk.get("/clients/")

    def queries(came: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            beside(desk, rows[1], came)
        return len(captured)

    queries("/clients/")
    assert queries("/clients/") == queries("/") + 1


def test_signing_out_leaves_no_list_in_the_browser(desk: Browser) -> None:
    desk.get("/clients/?q=dupond")
    assert "dupond" in desk.cookies["list_client"].value
    desk.post("/accounts/logout/")
    assert desk.cookies["list_client"].value == ""
