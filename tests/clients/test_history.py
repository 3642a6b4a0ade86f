"""The tab Historique: who changed what, when, from what to what."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client as Browser

from clients import services
from clients.models import Client
from clients.services.merging import merge_clients
from tests.factories import make_client
from tests.pages import links, said, values


def edit(browser: Browser, **changes: str) -> None:
    typed = values(browser.get("/clients/CLT-001/edit/")) | changes
    assert browser.post("/clients/CLT-001/edit/", typed).status_code == 302


def latest(browser: Browser) -> Any:
    return browser.get("/clients/CLT-001/history/").context["changes"][0]


def test_it_says_who_when_and_the_two_values(desk: Browser) -> None:
    make_client(city="Paris", phone="+33199001234", language="fr", country="FR")
    later = datetime(2040, 11, 21, 13, 32, tzinfo=UTC)
    with time_machine.travel(later, tick=False):
        desk.force_login(User.objects.get(username="odile"))
        edit(desk, city="Lyon", phone="01 99 00 99 99", language="en", postal_code="1000", email="")
        change = latest(desk)
        page = said(desk.get("/clients/CLT-001/history/"))
    assert change.by == "Odile Durand"
    assert change.at == later
    assert {field.name: (field.old, field.new) for field in change.fields} == {
        "city": ("Paris", "Lyon"),
        "phone": ("01 99 00 12 34", "01 99 00 99 99"),
        "language": ("Français", "Anglais"),
        "postal_code": ("", "01000"),
    }
    for shown in ("Odile Durand", "Paris", "Lyon", "01 99 00 12 34", "Anglais", "Création", "14 h 32"):
        assert shown in page


def test_it_tells_what_changed_and_not_how_it_reads_since(desk: Browser) -> None:
    make_client(phone="+33199001234", city="Lille")
    edit(desk, country="BE")
    assert [(field.name, field.old, field.new) for field in latest(desk).fields] == [("country", "France", "Belgique")]


def test_it_names_companies_by_their_reference(desk: Browser) -> None:
    make_client()
    make_client(company_name="Garage du Port")
    make_client(company_name="Atelier")
    edit(desk, company="CLT-002")
    edit(desk, company="CLT-003")
    [field, *_payer] = latest(desk).fields
    assert (field.old, field.new) == ("CLT-002 Garage du Port", "CLT-003 Atelier")
    # What is deleted since is still told.
    services.delete_client(Client.objects.get(number=2), by=None)
    response = desk.get("/clients/CLT-001/history/")
    assert response.status_code == 200
    [field, *_payer] = latest(desk).fields
    assert field.new == "CLT-003 Atelier"
    assert field.old


def test_it_survives_the_people_who_left(desk: Browser) -> None:
    leaver = User.objects.create_user("parti", last_name="Parti")
    make_client(by=leaver, status_mode="active", status_reason="abonné")
    assert "Parti" in said(desk.get("/clients/CLT-001/history/"))
    leaver.delete()
    response = desk.get("/clients/CLT-001/history/")
    assert response.status_code == 200
    assert "abonné" in said(response)


def test_it_does_not_tell_a_save_that_changed_nothing(desk: Browser) -> None:
    make_client()
    created = latest(desk)
    edit(desk)
    assert latest(desk) == created


def test_it_goes_on_to_older_changes(desk: Browser) -> None:
    client = make_client(city="Ville 0")
    for number in range(1, 30):
        client.city = f"Ville {number}"
        services.update_client(client, by=None)
    first = desk.get("/clients/CLT-001/history/")
    assert [change.fields[0].new for change in first.context["changes"]] == [f"Ville {n}" for n in range(29, 4, -1)]
    assert first.context["changes"][-1].fields[0].old == "Ville 4"
    older = {text: url for text, url in links(first).items() if "ancien" in text}
    [url] = older.values()
    second = desk.get(f"/clients/CLT-001/history/{url}")
    assert [change.fields[0].new for change in second.context["changes"][:-1]] == [
        f"Ville {n}" for n in range(4, 0, -1)
    ]
    assert second.context["changes"][-1].summary == "Création"
    assert any("récent" in text for text in links(second))


@pytest.mark.parametrize("page", ["2", "99", "0", "-1", "x", "9" * 30, "9" * 5000, "٣", ""])
def test_it_survives_a_page_that_is_not(page: str, desk: Browser) -> None:
    make_client()
    response = desk.get("/clients/CLT-001/history/", {"page": page})
    assert response.status_code == 200
    assert len(response.context["changes"]) == 1
    assert ("n’existe pas" in said(response)) == (page != "")


def test_it_says_that_it_has_no_filters(desk: Browser) -> None:
    make_client()
    page = said(desk.get("/clients/CLT-001/history/?couleur=bleu"))
    assert "Le filtre « couleur » n’existe pas." in page


def test_it_escapes_what_people_typed(desk: Browser) -> None:
    make_client(description="<script>alert(1)</script>")
    assert "<script>alert" not in desk.get("/clients/CLT-001/history/").content.decode()


def test_it_shows_both_pasts_after_a_merge(desk: Browser) -> None:
    kept, lost = make_client(city="Lyon"), make_client(city="Metz", email="lost@example.org")
    for client, city in ((lost, "Nancy"), (kept, "Villeurbanne")) * 15:
        client.city = city if client.city != city else f"{city} ouest"
        services.update_client(client, by=None)
    merge_clients(kept, lost, by=None)
    first, second, third = (said(desk.get(f"/clients/CLT-001/history/?page={page}")) for page in (1, 2, 3))
    assert "fiche CLT-002, fusionnée ici" in first
    assert "lost@example.org" in first
    # Each past goes on from its own last version, over the ends of pages too.
    for page in (first, second):
        assert "Villeurbanne → Après : Nancy" not in page
        assert "Nancy → Après : Villeurbanne" not in page
        assert "Nancy ouest → Après : Nancy" in page
    assert "Metz" in second + third
