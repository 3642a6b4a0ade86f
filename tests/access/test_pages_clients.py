"""The filters of the client list by visits, presence and cards."""

import re
from datetime import timedelta
from itertools import cycle, product
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import services
from clients.models import Client
from clients.services.due import refresh
from fixaloop.lists import figures
from fixaloop.speed import is_on
from fixaloop.words.dates import say_clock
from tests.access.factories import make_active_client, make_card, make_entry, make_vehicle
from tests.conftest import SignIn
from tests.pages import records, rows, said


@pytest.fixture
def people(db: None) -> dict[str, Client]:
    """Ines is inside, Ahmed left last week and his card has expired, Léa's card is suspended, Noé has none."""
    now, today = timezone.now(), timezone.localdate()
    made = {name: make_active_client(first_name=name, last_name="Petit") for name in ("Ines", "Ahmed", "Léa", "Noé")}
    inside, _value = make_card(made["Ines"])
    expired, _value = make_card(made["Ahmed"], valid_until=today - timedelta(days=2))
    suspended, _value = make_card(made["Léa"])
    services.change_card_status(suspended, "suspended", by=None)
    make_entry(inside, entered_at=now)
    make_entry(expired, entered_at=now - timedelta(days=9), exited_at=now - timedelta(days=7))
    return made


def names(desk: Browser, **query: Any) -> set[str]:
    response = desk.get("/clients/", query)
    assert response.context["list"].errors == []
    return {name.split()[0] for name in rows(response)}


def ago(days: int) -> str:
    return (timezone.localdate() - timedelta(days=days)).isoformat()


def test_it_finds_clients_by_cards_and_presence(people: dict[str, Client], desk: Browser) -> None:
    assert names(desk, card="active") == {"Ines"}
    assert names(desk, card="expired") == {"Ahmed"}
    assert names(desk, card="suspended") == {"Léa"}
    assert names(desk, card="none") == {"Noé"}
    assert names(desk, inside="true") == {"Ines"}
    assert names(desk, inside="false") == {"Ahmed", "Léa", "Noé"}


def test_it_finds_clients_by_visits(people: dict[str, Client], desk: Browser) -> None:
    assert names(desk, last_visit_after=ago(1)) == {"Ines"}
    # Who never came has not come since either.
    assert names(desk, last_visit_before=ago(1)) == {"Ahmed", "Léa", "Noé"}
    assert names(desk, last_visit_before=ago(1), never_visited="false") == {"Ahmed"}
    assert names(desk, never_visited="true") == {"Léa", "Noé"}
    assert names(desk, entered_after=ago(10), entered_before=ago(8)) == {"Ahmed"}
    assert names(desk, entered_after=ago(8), entered_before=ago(5)) == set()
    assert names(desk, exited_after=ago(8)) == {"Ahmed"}
    assert names(desk, exited_before=ago(8)) == set()
    assert names(desk, entered_after=ago(30), card="expired", inside="false", status="active", kind="individual") == {
        "Ahmed"
    }


def test_it_asks_both_days_of_one_stay(people: dict[str, Client], desk: Browser) -> None:
    """Ahmed came before and came after, and not in between."""
    card = people["Ahmed"].cards.get()  # type: ignore[attr-defined]
    make_entry(card, entered_at=timezone.now() - timedelta(days=1), exited_at=timezone.now())
    assert names(desk, entered_after=ago(6), entered_before=ago(3)) == set()
    page = desk.get("/clients/", {"entered_after": ago(6), "entered_before": ago(3)})
    assert {culprit.label.split("\u00a0")[0] for culprit in page.context["list"].empty.culprits} == {
        "Entrés depuis le",
        "Entrés jusqu’au",
    }


def test_it_shows_and_exports_them(people: dict[str, Client], desk: Browser) -> None:
    page = said(desk.get("/clients/"))
    assert "Dernière visite" in page
    assert "Sur place" in page
    lines = {line["Prénom"]: line for line in records(desk.get("/clients/export/"))}
    assert (lines["Ines"]["Sur place"], lines["Ines"]["Carte d’accès"]) == ("oui", "valable")
    assert lines["Ines"]["Dernière visite"].date() == timezone.localdate()
    assert (lines["Noé"]["Sur place"], lines["Noé"]["Dernière visite"]) == ("non", None)


PLATES = {
    "AB-123-CD": "FR",
    "1234 AB 75": "FR",
    "45 CMD 3": "FR",
    "12 C 1": "FR",
    "B-MW 1234": "DE",
    "LÖ-AB 123": "DE",
    "HH-AB 12H": "DE",
    "M-1234-AB": "ES",
}


def test_it_finds_a_client_by_a_plate_however_punctuated(desk: Browser, subtests: pytest.Subtests) -> None:
    owners = {plate: make_active_client(last_name="Zola") for plate in PLATES}
    for plate, owner in owners.items():
        make_vehicle(owner, plate, country=PLATES[plate])
    make_active_client(last_name="Aragon")
    # One plate in each way, and each plate without anything and in another way.
    ways = ("-", " ", ".", "/", "·", "\N{NO-BREAK SPACE}")
    first, *others = PLATES
    for plate, between in (*product([first], ways), *product(PLATES, [""]), *zip(others, cycle(ways), strict=False)):
        with subtests.test(plate=plate, between=between):
            typed = re.sub(r"[ -]", between, plate).lower()
            found = desk.get("/clients/", {"q": typed}).context["list"].pager.page.rows
            assert [client.pk for client in found] == [owners[plate].pk]


@pytest.mark.skipif(not is_on("figures"), reason="SPEED_OFF")
def test_it_costs_no_more_queries(people: dict[str, Client], desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "KEPT", 10**9)
    url = f"/clients/?card=active&inside=true&entered_after={ago(9)}&last_visit_after={ago(9)}"
    desk.get(url)
    with CaptureQueriesContext(connection) as queries:
        desk.get(url)
    # Two more than another list: how many entries there are decides how their clients are best found, and what the
    # cards of a page are worth is looked up together. Saved views are one.
    assert len(queries) <= 9


def test_it_hides_what_one_may_not_see(people: dict[str, Client], sign_in: SignIn) -> None:
    browser = sign_in("clients.view_client", "clients.export_client")
    page = said(browser.get("/clients/"))
    assert "Dernière visite" not in page
    assert "Carte d’accès" not in page
    assert "Le filtre « inside » n’existe pas." in said(browser.get("/clients/?inside=true"))
    assert "Sur place" not in records(browser.get("/clients/export/"))[0]
    assert "Sur place depuis" not in said(browser.get(people["Ines"].get_absolute_url()))


def test_it_says_since_when_a_client_is_inside(people: dict[str, Client], desk: Browser) -> None:
    since = timezone.localtime(people["Ines"].entries.get().entered_at)  # type: ignore[attr-defined]
    assert f"Sur place depuis {say_clock(since)}".replace("\xa0", " ") in said(
        desk.get(people["Ines"].get_absolute_url())
    )


def test_each_filter_says_itself_and_holds_in_page_fragment_and_file(people: dict[str, Client], desk: Browser) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    Client.objects.filter(pk=people["Noé"].pk).update(
        created_at=long_ago, updated_at=long_ago, touched_at=long_ago, status_until=timezone.now() + timedelta(days=9)
    )
    refresh(Client.objects.all())
    # A note of today is a contact before the night has written it.
    quiet = make_active_client(first_name="Omar", last_name="Petit")
    Client.objects.filter(pk=quiet.pk).update(created_at=long_ago, updated_at=long_ago, touched_at=long_ago)
    refresh(Client.objects.all())
    services.add_note(quiet, "A téléphoné", by=None)
    for query, token, found in (
        ({"no_contact_since": ago(300)}, "Sans contact depuis le", {"Noé"}),
        ({"last_visit_before": ago(1)}, "Dernière visite jusqu’au, ou jamais", {"Ahmed", "Léa", "Noé", "Omar"}),
        ({"never_visited": "true"}, "Jamais venus", {"Léa", "Noé", "Omar"}),
        ({"status_mode": "active"}, "Forcé actif", {"Ines", "Ahmed", "Léa", "Noé", "Omar"}),
        ({"status_mode": "endless"}, "Forcé sans fin", {"Ines", "Ahmed", "Léa", "Omar"}),
        ({"reviewed_before": ago(1)}, "Revus jusqu’au, ou jamais", {"Ines", "Ahmed", "Léa", "Noé", "Omar"}),
    ):
        page = desk.get("/clients/", query)
        fragment = desk.get("/clients/", query, headers={"HX-Request": "true"})
        assert {name.split()[0] for name in rows(page)} == found, query
        assert [token in str(one) for one in page.context["list"].tokens] == [True]
        assert rows(page) == rows(fragment)
        assert {line["Prénom"] for line in records(desk.get("/clients/export/", query))} == found
