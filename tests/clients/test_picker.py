"""Naming a client in a form: by reference, by what it is called, with suggestions."""

import pytest
from django.test import Client as Browser

from clients.models import Client
from tests.conftest import SignIn
from tests.factories import make_client, person
from tests.pages import field_errors, parse, values


@pytest.fixture(autouse=True)
def known(db: None) -> None:
    make_client(company_name="Garage du Port", email="garage@example.org")
    make_client(company_name="Garage de la Gare")
    make_client(first_name="Jean", last_name="Port")


@pytest.mark.parametrize(
    "typed", ["CLT-001", "clt-1", " CLT 001 ", "clt1", "garage@example.org", "port garage", "garage du port"]
)
def test_it_takes_a_company_by_any_of_its_names(typed: str, desk: Browser) -> None:
    assert desk.post("/clients/new/", person(company=typed)).status_code == 302
    assert Client.objects.get(last_name="Curie").company == Client.objects.get(number=1)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("CLT-999", "CLT-999"),
        ("Inconnu", "Inconnu"),
        ("garage", "Plusieurs clients"),
        ("CLT-003", "CLT-003 Jean Port n’est pas une entreprise"),
        ("---", "---"),
        ("x" * 300, "255"),
        ("a\x00@b.fr", ""),
        ("<b>gras</b>", "<b>gras</b>"),
    ],
)
def test_it_says_why_it_takes_no_other(typed: str, sentence: str, desk: Browser) -> None:
    response = desk.post("/clients/new/", person(company=typed))
    assert response.status_code == 422
    assert sentence in field_errors(response)["company"]
    assert values(response)["company"].replace("\ufffd", "\x00") == typed


def test_it_takes_no_client_as_its_own_company(desk: Browser) -> None:
    typed = values(desk.get("/clients/CLT-001/edit/")) | {"company": "CLT-001"}
    response = desk.post("/clients/CLT-001/edit/", typed)
    assert response.status_code == 422
    assert "company" in field_errors(response)


def options(browser: Browser, **query: str) -> list[tuple[str, str]]:
    page = parse(browser.get("/clients/pick/", query))
    return [(option.get("value", ""), (option.text or "").strip()) for option in page.iter("option")]


def test_it_suggests_while_typing(desk: Browser) -> None:
    assert options(desk, company="port") == [("CLT-003", "Jean Port"), ("CLT-001", "Garage du Port")]
    assert options(desk, company="port", kind="company") == [("CLT-001", "Garage du Port")]
    assert options(desk, other="gare") == [("CLT-002", "Garage de la Gare")]


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("zoe", "Zoé Élan · Metz · zoe"),
        ("06 39 98 11 22", "Zoé Élan · Metz · 06 39 98 11 22"),
        ("élan zoé", "Zoé Élan · Metz · élan zoé"),
        ("ZOÉ É", None),
        ("clt-004", None),
    ],
)
def test_a_browser_shows_what_the_server_found(typed: str, label: str | None, desk: Browser) -> None:
    # It hides the suggestions that do not hold what is typed.
    make_client(first_name="Zoé", last_name="Élan", city="Metz", phone="0639981122")
    [option] = parse(desk.get("/clients/pick/", {"client": typed})).iter("option")
    assert (option.get("value"), option.text, option.get("label")) == ("CLT-004", "Zoé Élan · Metz", label)


@pytest.mark.parametrize("typed", ["", " ", "zzz", "\x00", "a\x00@b.fr", "x" * 5000, "%", "_"])
def test_it_suggests_nothing_for_what_names_nobody(typed: str, desk: Browser) -> None:
    assert options(desk, company=typed) == []


def test_it_suggests_a_handful_at_most(desk: Browser) -> None:
    for _client in range(12):
        make_client(company_name="Garage Bis")
    assert len(options(desk, company="bis")) == 8


def test_it_suggests_to_those_who_may_see_clients(sign_in: SignIn) -> None:
    assert sign_in("clients.add_client").get("/clients/pick/?company=port").status_code == 403
