"""The tab Membres of a company: a list like the others, of its own clients."""

from decimal import Decimal

from django.test import Client as Browser

from access import services
from clients.models import Client, FormerReference
from fixaloop.words.money import euros
from tests.access.factories import make_card, make_entry
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, pay
from tests.pages import rows, said, workbook


def test_it_lists_the_clients_of_the_company_alone(desk: Browser) -> None:
    garage = make_client(company_name="Garage du Port")
    make_client(company=garage, last_name="Zola", status_mode="active", status_reason="abonné")
    make_client(company=garage, last_name="Aragon", email="aragon@example.org")
    make_client(last_name="Autre")
    response = desk.get("/clients/CLT-001/members/")
    assert rows(response) == ["Camille Zola", "Camille Aragon"]
    members, status = response.context["list"].figures()[:2]
    assert members.value == "2"
    assert [(part.label, part.count_text) for part in status.parts] == [("actif", "1"), ("inactif", "1")]
    assert "Garage du Port" in said(response)


def test_it_shows_cards_presence_and_what_they_come_to_together(desk: Browser, sign_in: SignIn) -> None:
    garage = make_client(company_name="Garage du Port")
    zola = make_client(company=garage, last_name="Zola", email="zola@example.org")
    make_client(company=garage, last_name="Aragon")
    stay = make_entry(make_card(zola)[0])
    services.set_amount(stay, Decimal(12), by=None)
    job = make_intervention(zola, parts_amount=100, labor_amount=Decimal("50.5"))
    pay(job, "40")
    in_state("cancelled", zola, parts_amount=1000)
    # Others than its members count for nothing.
    make_intervention(garage, parts_amount=7)
    response = desk.get("/clients/CLT-001/members/")
    figures = {figure.title: (figure.value, figure.note) for figure in response.context["list"].figures()[2:]}
    assert figures == {
        "Sur place maintenant": ("1", "1 avec une carte valable"),
        "Interventions": ("2", "dont 1 en cours"),
        "Facturé": (euros(Decimal("150.5")), f"{euros(40)} payés, reste dû {euros(Decimal('110.5'))}"),
        "Visites": ("1", f"reste dû {euros(12)}"),
    }
    page = said(response)
    assert "Sur place" in page
    assert "Valable" in page
    seen = sign_in(group="Technicien").get("/clients/CLT-001/members/").context["list"].figures()
    assert [figure.title for figure in seen] == ["Membres", "Statut", "Interventions"]


def test_it_keeps_its_own_filters_sort_and_address(desk: Browser) -> None:
    garage = make_client(company_name="Garage du Port")
    for name in ("Zola", "Aragon"):
        make_client(company=garage, last_name=name)
    response = desk.get("/clients/CLT-001/members/?q=camille&sort=-name")
    assert rows(response) == ["Camille Zola", "Camille Aragon"]
    [token] = response.context["list"].tokens
    assert token.remove_url == "/clients/CLT-001/members/?sort=-name"
    assert response.context["list"].export_url == "/clients/CLT-001/members/export/?q=camille&sort=-name"
    assert response.context["list"].form_url == "/clients/CLT-001/members/"


def test_its_file_says_whose_members_they_are(desk: Browser) -> None:
    make_client(company=make_client(company_name="Garage du Port"), last_name="Zola")
    make_intervention(Client.objects.get(last_name="Zola"))
    for path, label, whose in (
        ("CLT-001/members/", "Entreprise", "CLT-001 Garage du Port"),
        ("CLT-002/interventions/", "Client", "CLT-002 Camille Zola"),
    ):
        book = workbook(desk.get(f"/clients/{path}export/"))
        assert (label, whose) in list(book["Provenance"].values)


def test_it_offers_a_new_member(desk: Browser) -> None:
    make_client(company_name="Garage du Port")
    url = desk.get("/clients/CLT-001/members/").context["list"].new_url
    assert url == "/clients/new/?kind=individual&company=CLT-001"


def test_it_is_not_there_for_a_client_that_is_not(desk: Browser) -> None:
    assert desk.get("/clients/CLT-009/members/").status_code == 404
    assert desk.get("/clients/CLT-009/members/export/").status_code == 404


def test_it_is_of_companies_alone(desk: Browser) -> None:
    make_client()
    response = desk.get("/clients/CLT-001/members/")
    assert (response.status_code, response["Location"]) == (302, "/clients/CLT-001/")


def test_it_follows_the_company_that_was_merged(desk: Browser) -> None:
    FormerReference.objects.create(number=77, client=make_client(company_name="Garage du Port"))
    for path in ("members/", "members/export/"):
        response = desk.get(f"/clients/CLT-077/{path}")
        assert (response.status_code, response["Location"]) == (302, f"/clients/CLT-001/{path}")
