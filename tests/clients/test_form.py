"""The form of a client: creation and change, both kinds, nothing typed ever lost."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client
from tests.conftest import SignIn
from tests.factories import company, make_client, make_user, person
from tests.pages import field_errors, find, parse, said, text, values

WHOLE = {
    "email": "marie@example.org",
    "phone": "01 99 00 12 34",
    "street": "36 quai de Béthune",
    "street_extra": "Escalier B",
    "postal_code": "75004",
    "city": "Paris",
    "country": "FR",
    "description": "Deux lignes\nen tout",
    "language": "en",
    "external_reference": "ANC-12",
}


def test_it_creates_a_person(desk: Browser) -> None:
    response = desk.post("/clients/new/", person(**WHOLE), follow=True)
    client = Client.objects.get()
    assert response.redirect_chain == [("/clients/CLT-001/", 302)]
    assert "Marie Curie" in said(response)
    assert "Le client est créé." in said(response)
    assert (client.kind, client.first_name, client.last_name) == ("individual", "Marie", "Curie")
    assert client.phone == "+33199001234"
    kept = {name: str(getattr(client, name)) for name in WHOLE if name != "phone"}
    assert kept == {name: value for name, value in WHOLE.items() if name != "phone"}
    assert client.history.get().history_user.username == "odile"


def test_it_creates_a_company_with_the_person_to_speak_to(desk: Browser) -> None:
    desk.post("/clients/new/", company(siret="401 251 566 01475", first_name="Rose", last_name="Bertin"))
    client = Client.objects.get()
    assert (client.company_name, client.siret, client.contact) == ("Garage du Port", "40125156601475", "Rose Bertin")
    assert "401 251 566 01475" in said(desk.get(client.get_absolute_url()))


@pytest.mark.parametrize(
    ("country", "stored", "shown"),
    [
        ("FR", "+33199001234", "01 99 00 12 34"),
        ("GP", "+590590851950", "05 90 85 19 50"),
        ("BE", "+3222811111", "+32 2 281 11 11"),
    ],
)
def test_it_shows_a_phone_as_one_dials_it_and_keeps_it(country: str, stored: str, shown: str, desk: Browser) -> None:
    client = make_client(phone=stored, country=country)
    page = values(desk.get("/clients/CLT-001/edit/"))
    assert page["phone"] == shown
    desk.post("/clients/CLT-001/edit/", page | {"kind": "individual", "city": "Ailleurs"})
    # A move to another country does not change the number that was shown.
    desk.post("/clients/CLT-001/edit/", values(desk.get("/clients/CLT-001/edit/")) | {"country": "DE"})
    client.refresh_from_db()
    assert (client.city, client.country.code, client.phone) == ("Ailleurs", "DE", stored)


def test_it_needs_nothing_but_a_name(desk: Browser) -> None:
    assert desk.post("/clients/new/", {"kind": "individual", "first_name": "Paul", "last_name": "Y"}).status_code == 422
    assert desk.post("/clients/new/", person(first_name="Paul", last_name="Y")).status_code == 302
    assert desk.post("/clients/new/", company()).status_code == 302


@pytest.mark.parametrize(
    ("typed", "missing"),
    [
        (person(first_name="", last_name=""), {"first_name", "last_name"}),
        (person(first_name="   "), {"first_name"}),
        (person(last_name="\u200b"), {"last_name"}),
        (company(company_name=""), {"company_name"}),
        (company(company_name="\u00a0"), {"company_name"}),
        (person(kind="robot"), {"kind"}),
        (person(country="XX"), {"country"}),
        (person(language="tlh"), {"language"}),
    ],
)
def test_it_says_beside_the_field_what_is_missing(typed: dict[str, str], missing: set[str], desk: Browser) -> None:
    response = desk.post("/clients/new/", typed)
    assert response.status_code == 422
    assert set(field_errors(response)) == missing
    assert not Client.objects.exists()


def test_it_keeps_what_was_typed_when_it_refuses(desk: Browser) -> None:
    typed = person(
        **WHOLE | {"phone": "01 99", "email": "marie chez example", "company_name": "Tapé avant", "siret": "12"}
    )
    response = desk.post("/clients/new/", typed)
    assert response.status_code == 422
    assert set(field_errors(response)) == {"phone", "email"}
    kept = values(response)
    assert {name: kept[name] for name in typed} == typed


@pytest.mark.parametrize("kind", ["individual", "company"])
def test_it_shows_the_fields_of_both_kinds_whichever_is_chosen(kind: str, desk: Browser) -> None:
    page = desk.get(f"/clients/new/?kind={kind}")
    assert values(page)["kind"] == kind
    assert {"first_name", "last_name", "company_name", "siret"} <= set(values(page))


@pytest.mark.parametrize("kind", ["", "robot", "\x00"])
def test_it_opens_on_a_person_when_the_kind_makes_no_sense(kind: str, desk: Browser) -> None:
    assert values(desk.get("/clients/new/", {"kind": kind}))["kind"] == "individual"


def test_it_opens_with_the_company_of_a_new_member(desk: Browser) -> None:
    make_client(company_name="Garage du Port")
    assert values(desk.get("/clients/new/?kind=individual&company=CLT-001"))["company"] == "CLT-001"
    for nonsense in ("CLT-999", "\x00", "x" * 500):
        assert desk.get("/clients/new/", {"company": nonsense}).status_code == 200


def test_it_drops_what_a_person_does_not_have(desk: Browser) -> None:
    desk.post("/clients/new/", person(company_name="Tapé avant", siret="401 251 566 01475"))
    client = Client.objects.get()
    assert (client.company_name, client.siret) == ("", "")


def test_it_names_the_town_of_a_postal_code_that_has_one(desk: Browser) -> None:
    desk.post("/clients/new/", person(postal_code="94240"))
    desk.post("/clients/new/", person(postal_code="51300"))
    desk.post("/clients/new/", person(postal_code="01000", city="Ailleurs"))
    assert list(Client.objects.order_by("number").values_list("city", flat=True)) == ["L'Haÿ-les-Roses", "", "Ailleurs"]


def test_it_creates_one_client_from_one_form_sent_twice(desk: Browser) -> None:
    token = values(desk.get("/clients/new/"))["submission"]
    first = desk.post("/clients/new/", person(submission=token))
    again = desk.post("/clients/new/", person(submission=token))
    assert (first["Location"], again["Location"]) == ("/clients/CLT-001/", "/clients/CLT-001/")
    assert Client.objects.count() == 1


def test_it_creates_once_what_would_stand_in_its_own_way(desk: Browser) -> None:
    token = values(desk.get("/clients/new/"))["submission"]
    typed = company(submission=token, email="garage@example.org", siret="40125156601475", external_reference="A1")
    answers = [desk.post("/clients/new/", typed) for _time in range(2)]
    assert {answer["Location"] for answer in answers} == {"/clients/CLT-001/"}
    assert Client.objects.count() == 1


def test_it_creates_somebody_else_from_the_form_that_back_shows_again(desk: Browser) -> None:
    token = values(desk.get("/clients/new/"))["submission"]
    desk.post("/clients/new/", person(submission=token))
    desk.post("/clients/new/", person(submission=token, first_name="Pierre"))
    assert [client.name for client in Client.objects.order_by("number")] == ["Marie Curie", "Pierre Curie"]


def test_it_creates_again_who_was_deleted(desk: Browser) -> None:
    token = values(desk.get("/clients/new/"))["submission"]
    desk.post("/clients/new/", person(submission=token))
    desk.post("/clients/CLT-001/delete/")
    page = desk.post("/clients/new/", person(submission=token), follow=True)
    assert page.redirect_chain == [("/clients/CLT-002/", 302)]
    assert Client.objects.get().name == "Marie Curie"


def test_it_gives_each_form_its_own_token(desk: Browser) -> None:
    tokens = {values(desk.get("/clients/new/"))["submission"] for _time in range(3)}
    assert len(tokens) == 3


def test_it_takes_a_corrected_form_back(desk: Browser) -> None:
    token = values(desk.get("/clients/new/"))["submission"]
    refused = desk.post("/clients/new/", person(submission=token, phone="12"))
    assert values(refused)["submission"] == token
    assert desk.post("/clients/new/", person(submission=token)).status_code == 302
    assert Client.objects.count() == 1


def test_it_refuses_a_token_that_is_none(desk: Browser) -> None:
    assert desk.post("/clients/new/", person(submission="nonsense")).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_it_creates_one_client_from_one_form_sent_many_times_at_once() -> None:
    token, user = str(uuid.uuid4()), make_user(group="Direction")

    def send(_index: int) -> Any:
        try:
            browser = Browser()
            browser.force_login(user)
            response = browser.post("/clients/new/", person(submission=token))
            return response.status_code, response["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6) as threads:
        answers = set(threads.map(send, range(6)))
    assert answers == {(302, "/clients/CLT-001/")}
    assert Client.objects.count() == 1


def test_it_opens_with_what_is_stored(desk: Browser) -> None:
    desk.post("/clients/new/", person(**WHOLE))
    shown = values(desk.get("/clients/CLT-001/edit/"))
    assert shown["description"] == "Deux lignes\nen tout"
    assert shown["country"] == "FR"
    assert shown["version"] == "1"
    assert "submission" not in shown


def test_it_changes_nothing_when_saved_as_it_opened(desk: Browser) -> None:
    make_client(company_name="Employeur")
    make_client(company=Client.objects.get(), **{name: WHOLE[name] for name in ("email", "street", "description")})
    before = Client.objects.filter(number=2).values().get()
    response = desk.post("/clients/CLT-002/edit/", values(desk.get("/clients/CLT-002/edit/")))
    assert response.status_code == 302
    after = Client.objects.filter(number=2).values().get()
    moved = {name for name in before if before[name] != after[name]}
    assert moved <= {"version", "updated_at"}


def test_it_changes_a_client(desk: Browser) -> None:
    make_client(email="avant@example.org")
    typed = values(desk.get("/clients/CLT-001/edit/")) | {"email": "apres@example.org", "last_name": "Claudel"}
    response = desk.post("/clients/CLT-001/edit/", typed, follow=True)
    assert response.redirect_chain == [("/clients/CLT-001/", 302)]
    assert "Camille Claudel" in said(response)
    assert "apres@example.org" in said(response)
    client = Client.objects.get()
    assert client.version == 2
    assert client.search_text.startswith("claudel camille")


def test_it_turns_a_person_into_a_company_and_back(desk: Browser) -> None:
    make_client()
    typed = values(desk.get("/clients/CLT-001/edit/"))
    desk.post("/clients/CLT-001/edit/", typed | {"kind": "company", "company_name": "Atelier", "version": ""})
    assert Client.objects.get().name == "Atelier"
    page = desk.post("/clients/CLT-001/edit/", typed | {"kind": "individual", "version": ""}, follow=True)
    assert Client.objects.get().name == "Camille Martin"
    assert "« CLT-001 Atelier » devient un particulier : sa raison sociale et son SIRET sont effacés." in said(page)


def test_it_does_not_make_a_person_of_a_company_that_has_members(desk: Browser) -> None:
    make_client(company=make_client(company_name="Employeur"))
    typed = values(desk.get("/clients/CLT-001/edit/")) | {"kind": "individual", "first_name": "A", "last_name": "B"}
    response = desk.post("/clients/CLT-001/edit/", typed)
    assert response.status_code == 422
    assert "kind" in field_errors(response)


def test_it_keeps_no_change_that_is_none(desk: Browser, sign_in: SignIn) -> None:
    make_client(phone="+33199001234", country="BE", description="deux\nlignes")
    mine = values(desk.get("/clients/CLT-001/edit/"))
    colleague = sign_in(group="Accueil")
    colleague.post("/clients/CLT-001/edit/", values(colleague.get("/clients/CLT-001/edit/")))
    client = Client.objects.get()
    assert (client.version, client.history.count()) == (1, 1)
    assert desk.post("/clients/CLT-001/edit/", mine | {"city": "Lyon"}).status_code == 302
    assert Client.objects.get().city == "Lyon"
    # Both have made the same change: there is nothing to decide.
    assert desk.post("/clients/CLT-001/edit/", mine | {"city": "Lyon"}).status_code == 302
    assert Client.objects.get().version == 2


def test_it_compares_what_two_people_typed_as_one_reads_it(desk: Browser, sign_in: SignIn) -> None:
    make_client()
    mine = values(desk.get("/clients/CLT-001/edit/"))
    colleague = sign_in(group="Direction")
    forced = {"status_mode": "active", "status_reason": "parking", "status_until": "2098-03-01"}
    colleague.post("/clients/CLT-001/edit/", values(colleague.get("/clients/CLT-001/edit/")) | forced)
    response = desk.post("/clients/CLT-001/edit/", mine | forced | {"status_until": "2098-04-02"})
    assert response.status_code == 409
    alert = find(response, "role", "alert")
    assert alert is not None
    cells = [[text(cell) for cell in row] for row in alert.iter("tr")][1:]
    assert cells == [["Jusqu’au", "02/04/2098", "01/03/2098"]]


def test_it_tells_the_second_of_two_who_save(desk: Browser, sign_in: SignIn) -> None:
    make_client(email="avant@example.org")
    mine = values(desk.get("/clients/CLT-001/edit/"))
    colleague = sign_in(group="Accueil", first_name="Jeanne", last_name="Lanvin")
    theirs = values(colleague.get("/clients/CLT-001/edit/"))
    colleague.post("/clients/CLT-001/edit/", theirs | {"email": "jeanne@example.org"})

    response = desk.post("/clients/CLT-001/edit/", mine | {"email": "odile@example.org", "city": "Lyon"})
    assert response.status_code == 409
    alert = text(find(response, "role", "alert"))
    assert "Jeanne Lanvin" in alert
    assert "jeanne@example.org" in alert
    kept = values(response)
    assert (kept["email"], kept["city"]) == ("odile@example.org", "Lyon")
    assert Client.objects.get().email == "jeanne@example.org"

    again = desk.post("/clients/CLT-001/edit/", kept)
    assert again.status_code == 302
    assert (Client.objects.get().email, Client.objects.get().city) == ("odile@example.org", "Lyon")


def test_it_keeps_the_status_to_those_who_may_force_it(sign_in: SignIn) -> None:
    browser = sign_in("clients.view_client", "clients.add_client", "clients.change_client")
    assert "status_mode" not in values(browser.get("/clients/new/"))
    browser.post("/clients/new/", person(status_mode="active", status_reason="je voudrais"))
    assert Client.objects.get().status_mode == "automatic"


def test_it_forces_a_status_on_creation(desk: Browser) -> None:
    day = f"{timezone.localdate() + timedelta(days=3):%Y-%m-%d}"
    typed = person(status_mode="active", status_until=day, status_reason="parking mensuel")
    response = desk.post("/clients/new/", typed, follow=True)
    assert "parking mensuel" in said(response)
    client = Client.objects.get()
    assert client.status_by is not None
    assert client.status_by.username == "odile"
    assert client.active_until == client.status_until


def test_it_lets_one_change_a_client_whose_forced_status_has_ended(desk: Browser) -> None:
    client = make_client(status_mode="active", status_reason="parking", status_until=timezone.now() + timedelta(days=1))
    Client.objects.filter(pk=client.pk).update(status_until=timezone.now() - timedelta(days=30))
    typed = values(desk.get("/clients/CLT-001/edit/")) | {"city": "Lyon"}
    assert desk.post("/clients/CLT-001/edit/", typed).status_code == 302
    assert Client.objects.get().city == "Lyon"


def test_it_answers_404_for_a_client_that_is_not(desk: Browser) -> None:
    for path in ("/clients/CLT-999/", "/clients/CLT-999/edit/", "/clients/CLT-0/", "/clients/CLT-999999999/"):
        response = desk.get(path)
        assert response.status_code == 404
        assert "Page introuvable" in said(response)


def test_it_marks_the_first_error_for_the_keyboard(desk: Browser) -> None:
    page = parse(desk.post("/clients/new/", person(first_name="")))
    assert [node.get("name") for node in page.iter() if node.get("aria-invalid") == "true"] == ["first_name"]


@pytest.mark.parametrize("path", ["new/", "CLT-001/edit/", "CLT-001/status/", "templates/new/"])
def test_a_form_that_holds_nothing_is_no_look_at_it(path: str, desk: Browser) -> None:
    make_client()
    assert desk.post(f"/clients/{path}", {}).status_code == 422


def test_the_job_that_somebody_calls_for_comes_next(desk: Browser, sign_in: SignIn) -> None:
    assert "Enregistrer et créer une intervention" in said(desk.get("/clients/new/"))
    sent = desk.post("/clients/new/", person(then="interventions:new"))
    assert sent["Location"] == "/interventions/new/?client=CLT-001"
    other = sign_in("clients.add_client", "clients.view_client")
    assert "créer une intervention" not in said(other.get("/clients/new/"))
    assert other.post("/clients/new/", person(then="interventions:new"))["Location"] == "/clients/CLT-002/"


def test_a_new_client_has_no_status_to_choose(desk: Browser) -> None:
    assert find(desk.get("/clients/new/"), "name", "status_mode") is None
    make_client()
    assert find(desk.get("/clients/CLT-001/edit/"), "name", "status_mode") is not None


def test_what_is_rarely_said_is_folded_until_it_says_something(desk: Browser) -> None:
    assert find(desk.get("/clients/new/"), "class", "more").get("open") is None  # type: ignore[union-attr]
    make_client(external_reference="X-1")
    for page in (
        desk.get("/clients/CLT-001/edit/"),
        desk.post("/clients/new/", person(other_contacts="06 12")),
        desk.post("/clients/new/", person(contacts="add")),
    ):
        assert find(page, "class", "more").get("open") is not None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "url", ["/clients/new/", "/clients/CLT-001/edit/", "/interventions/new/", "/access/zones/new/"]
)
def test_no_id_stands_twice_and_no_list_begins_with_dashes(url: str, desk: Browser) -> None:
    make_client()
    page = desk.get(url)
    ids = [node.get("id") for node in parse(page).iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    assert "-----" not in said(page)
