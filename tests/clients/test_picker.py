"""Naming a client in a form: by reference, by what it is called, with suggestions."""

import json

import pytest
from django.test import Client as Browser

from clients.models import Client
from tests.conftest import SignIn
from tests.factories import make_client, person
from tests.pages import field_errors, find, parse, values


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
    return [
        (option.get("data-value", ""), option.get("data-name", ""))
        for option in page.iter("div")
        if option.get("role") == "option"
    ]


def test_it_suggests_while_typing(desk: Browser) -> None:
    assert options(desk, company="port") == [("CLT-003", "Jean Port"), ("CLT-001", "Garage du Port")]
    assert options(desk, company="port", kind="company") == [("CLT-001", "Garage du Port")]
    assert options(desk, other="gare") == [("CLT-002", "Garage de la Gare")]


@pytest.mark.parametrize("typed", ["zoe", "06 39 98 11 22", "élan zoé", "ZOÉ É", "clt-004"])
def test_it_shows_what_the_command_bar_would(typed: str, desk: Browser) -> None:
    make_client(first_name="Zoé", last_name="Élan", city="Metz", phone="0639981122")
    assert options(desk, client=typed) == [("CLT-004", "Zoé Élan · Metz")]


@pytest.mark.parametrize(
    ("typed", "carried"),
    [
        ("Marcel Dupond", {"first_name": "Marcel", "last_name": "Dupond"}),
        ("Dupond", {"first_name": "", "last_name": "Dupond"}),
        ("06 39 98 07 14", {"phone": "06 39 98 07 14"}),
        ("a.dupond@example.org", {"email": "a.dupond@example.org"}),
        ("Transports Dupond SARL", {"kind": "company", "company_name": "Transports Dupond SARL"}),
    ],
)
def test_it_offers_to_create_whom_it_does_not_know(typed: str, carried: dict[str, str], desk: Browser) -> None:
    offer = find(desk.get("/clients/pick/", {"create": "1", "client": typed}), "id", "pick-new")
    assert offer is not None
    assert json.loads(offer.get("data-create", "")) == carried
    assert find(desk.get("/clients/pick/", {"client": typed}), "id", "pick-new") is None


def test_it_offers_it_to_those_who_may_create(sign_in: SignIn) -> None:
    reader = sign_in("clients.view_client", "interventions.add_intervention")
    assert find(reader.get("/clients/pick/", {"create": "1", "client": "Dupond"}), "id", "pick-new") is None


def test_of_several_of_a_name_one_is_chosen_without_javascript(desk: Browser) -> None:
    refused = desk.post("/clients/new/", person(company="garage"))
    assert {"CLT-001", "CLT-002"} <= {node.get("value") for node in parse(refused).iter("input")}
    assert desk.post("/clients/new/", person(company="garage", company_choice="CLT-002")).status_code == 302
    assert Client.objects.get(last_name="Curie").company == Client.objects.get(number=2)


@pytest.mark.parametrize("typed", ["", " ", "zzz", "\x00", "a\x00@b.fr", "x" * 5000, "%", "_"])
def test_it_suggests_nothing_for_what_names_nobody(typed: str, desk: Browser) -> None:
    assert options(desk, company=typed) == []


def test_it_suggests_a_handful_at_most(desk: Browser) -> None:
    for _client in range(12):
        make_client(company_name="Garage Bis")
    assert len(options(desk, company="bis")) == 8


def test_it_suggests_to_those_who_may_see_clients(sign_in: SignIn) -> None:
    assert sign_in("clients.add_client").get("/clients/pick/?company=port").status_code == 403
