"""The tab Membres of a company: a list like the others, of its own clients."""

from django.test import Client as Browser

from clients.models import Client, FormerReference
from tests.factories import make_client
from tests.interventions.factories import make_intervention
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
    assert [(part.label, part.count_text) for part in status.parts] == [("actifs", "1"), ("inactifs", "1")]
    assert "Garage du Port" in said(response)


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


def test_it_follows_the_company_that_was_merged(desk: Browser) -> None:
    FormerReference.objects.create(number=77, client=make_client(company_name="Garage du Port"))
    for path in ("members/", "members/export/"):
        response = desk.get(f"/clients/CLT-077/{path}")
        assert (response.status_code, response["Location"]) == (302, f"/clients/CLT-001/{path}")
