"""Duplicates: caught while typing, asked about before saving, impossible where they must be."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client as Browser

from clients.models import Client
from tests.conftest import SignIn
from tests.factories import company, make_client, make_user, person
from tests.pages import field_errors, links, said, values

pytestmark = pytest.mark.each_database

SIRET, SAME_COMPANY = "40125156601475", "40125156600014"


@pytest.mark.parametrize("email", ["info@example.org", "INFO@Example.org", "  info@example.org "])
def test_it_refuses_an_e_mail_that_another_client_has(email: str, desk: Browser) -> None:
    make_client(company_name="Garage du Port", email="info@example.org")
    response = desk.post("/clients/new/", person(email=email))
    assert response.status_code == 422
    assert "CLT-001 Garage du Port" in field_errors(response)["email"]
    assert "/clients/CLT-001/" in links(response).values()
    assert values(response)["email"] == email
    assert Client.objects.count() == 1


def test_it_takes_no_confirmation_for_an_e_mail(desk: Browser) -> None:
    make_client(email="info@example.org")
    assert desk.post("/clients/new/", person(email="info@example.org", confirm_duplicate="1")).status_code == 422


def test_it_does_not_compare_a_client_with_itself(desk: Browser) -> None:
    make_client(email="info@example.org", phone="+33199001234", postal_code="75004")
    typed = values(desk.get("/clients/CLT-001/edit/"))
    response = desk.post("/clients/CLT-001/edit/", typed | {"email": "INFO@example.org"})
    assert response.status_code == 302


def test_it_lets_many_clients_have_no_e_mail(desk: Browser) -> None:
    for _client in range(2):
        assert desk.post("/clients/new/", person(email="")).status_code == 302


@pytest.mark.django_db
def test_it_leaves_the_last_word_to_the_database() -> None:
    make_client(email="info@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_client(email="INFO@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_client(first_name="")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_client(siret=SIRET)


@pytest.mark.django_db(transaction=True)
def test_it_refuses_the_e_mail_that_two_people_save_at_once() -> None:
    users = [make_user(group="Accueil") for _person in range(4)]

    def send(user: Any) -> int:
        try:
            browser = Browser()
            browser.force_login(user)
            response = browser.post("/clients/new/", person(email="info@example.org"))
            if response.status_code == 422:
                assert "e-mail" in said(response)
                assert values(response)["email"] == "info@example.org"
            return response.status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as threads:
        answers = sorted(threads.map(send, users))
    assert answers == [302, 422, 422, 422]
    assert Client.objects.get().reference == "CLT-001"


def test_it_says_who_has_an_external_reference(desk: Browser) -> None:
    make_client(external_reference="ANC-12")
    response = desk.post("/clients/new/", person(external_reference="ANC-12"))
    assert response.status_code == 422
    assert list(field_errors(response)) == ["external_reference"]
    assert "CLT-001 Camille Martin a déjà cette référence externe" in field_errors(response)["external_reference"]
    assert said(response).count("référence externe.") == 2


def test_it_asks_whether_a_known_siret_is_another_client(desk: Browser) -> None:
    make_client(company_name="Collège Évariste Galois", siret=SIRET)
    response = desk.post("/clients/new/", company(siret=SIRET))
    assert response.status_code == 422
    assert "CLT-001" in field_errors(response)["siret"]
    assert "confirm_duplicate" in said_names(response)
    confirmed = desk.post("/clients/new/", company(siret=SIRET, confirm_duplicate="1"))
    assert confirmed.status_code == 302
    assert Client.objects.filter(siret=SIRET).count() == 2
    # Confirmed once, it is not asked again each time the client is changed.
    typed = values(desk.get("/clients/CLT-002/edit/")) | {"city": "Lyon"}
    assert desk.post("/clients/CLT-002/edit/", typed).status_code == 302


def said_names(response: Any) -> str:
    content: str = response.content.decode()
    return content


ALIKE = [
    ({"email": "info@example.org"}, "a déjà cette adresse e-mail"),
    ({"phone": "01.99.00.12.34"}, "a le même numéro de téléphone"),
    ({"siret": SIRET}, "a déjà ce SIRET"),
    ({"siret": SAME_COMPANY}, "même SIREN"),
    ({"company_name": "sarl GARAGE-DU-PORT", "postal_code": "17000"}, "porte le même nom au même code postal"),
]


@pytest.mark.parametrize(("typed", "message"), ALIKE)
def test_it_catches_duplicates_while_typing(typed: dict[str, str], message: str, desk: Browser) -> None:
    known = {"siret": SIRET, "email": "info@example.org", "phone": "+33199001234", "postal_code": "17000"}
    make_client(company_name="Garage du Port S.A.R.L.", **known)
    response = desk.post("/clients/check/", {"kind": "company", **typed})
    assert response.status_code == 200
    assert "<html" not in response.content.decode()
    assert "CLT-001 Garage du Port S.A.R.L." in said(response)
    assert message in said(response)


@pytest.mark.parametrize("typed", [{"phone": "01.99.00.12.34"}, {"siret": SAME_COMPANY}])
def test_it_lets_one_go_on_after_a_warning(typed: dict[str, str], desk: Browser) -> None:
    make_client(company_name="Garage du Port", siret=SIRET, phone="+33199001234")
    assert desk.post("/clients/new/", company(company_name="Autre", **typed)).status_code == 302


def test_it_tells_who_is_alike_when_one_saves_before_the_page_has_asked(desk: Browser) -> None:
    make_client(company_name="Garage du Port", phone="+33199001234")
    token = values(desk.get("/clients/new/"))["submission"]
    for _time in range(2):
        page = desk.post("/clients/new/", person(phone="01 99 00 12 34", submission=token), follow=True)
        assert links(page)["CLT-001 Garage du Port"] == "/clients/CLT-001/"
        assert "CLT-001 Garage du Port a le même numéro de téléphone." in said(page)
        assert "CLT-002 Marie Curie a le même" not in said(page)
    assert Client.objects.count() == 2


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"email": "autre@example.org", "phone": "01 99 00 99 99"},
        {"email": "info@", "phone": "0199", "siret": "4012"},
        {"company_name": "Garage du Port"},
        {"company_name": "Garage du Port", "postal_code": "17999"},
        {"email": "\x00", "phone": "\x00", "company_name": "x" * 10_000},
    ],
)
def test_it_says_nothing_where_nothing_is_alike(typed: dict[str, str], desk: Browser) -> None:
    make_client(company_name="Garage du Port", siret=SIRET, email="info@example.org", postal_code="17000")
    response = desk.post("/clients/check/", {"kind": "company", **typed})
    assert (response.status_code, said(response)) == (200, "")


def test_it_does_not_warn_about_the_client_being_changed(desk: Browser) -> None:
    make_client(email="info@example.org")
    typed = {"kind": "individual", "email": "info@example.org"}
    assert said(desk.post("/clients/check/", {**typed, "client": "1"})) == ""
    for nonsense in ("2", "", "x", "²", "9" * 40, "-1"):
        assert "CLT-001" in said(desk.post("/clients/check/", {**typed, "client": nonsense}))


def test_it_checks_for_those_who_change_clients_too(sign_in: SignIn) -> None:
    make_client(email="info@example.org")
    typed = {"kind": "individual", "email": "info@example.org"}
    browser = sign_in("clients.view_client", "clients.change_client")
    assert "CLT-001" in said(browser.post("/clients/check/", typed))


def test_it_does_not_tell_clients_to_those_who_may_not_see_them(sign_in: SignIn) -> None:
    make_client(email="info@example.org")
    typed = {"kind": "individual", "email": "info@example.org"}
    assert sign_in("clients.add_client", "clients.change_client").post("/clients/check/", typed).status_code == 403


def test_it_escapes_the_names_of_duplicates(desk: Browser) -> None:
    make_client(first_name="<b>Jean</b>", email="info@example.org")
    typed = person(email="info@example.org")
    for path in ("/clients/check/", "/clients/new/"):
        content = desk.post(path, typed).content.decode()
        assert "&lt;b&gt;Jean" in content
        assert "<b>Jean" not in content
