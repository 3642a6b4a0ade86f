"""The page of a client: header, tabs, summary."""

import pytest
from django.test import Client as Browser

from tests.factories import make_client
from tests.pages import links, parse, said


def test_it_shows_all_that_is_known(desk: Browser) -> None:
    make_client(
        company_name="Garage du Port",
        siret="40125156601475",
        first_name="Rose",
        last_name="Bertin",
        email="rose+garage@example.org",
        phone="+33199001234",
        street="1 quai des Docks",
        street_extra="Bâtiment B",
        postal_code="B-1000",
        city="Bruxelles",
        country="BE",
        language="nl",
        external_reference="ANC-12",
        description="Première ligne\nSeconde <b>ligne</b> & fin",
    )
    response = desk.get("/clients/CLT-001/")
    page = said(response)
    shown = ("Garage du Port", "CLT-001", "Entreprise", "Inactif", "Aucune intervention", "Rose Bertin", "Bâtiment B")
    for value in (
        *shown,
        "401 251 566 01475",
        "B-1000 Bruxelles",
        "Belgique",
        "Néerlandais",
        "ANC-12",
        "Seconde <b>ligne</b> & fin",
    ):
        assert value in page
    addresses = [link.get("href", "") for link in parse(response).iter("a")]
    assert "tel:+33199001234" in {address.replace("-", "") for address in addresses}
    assert {"mailto:rose+garage@example.org", "mailto:rose%2Bgarage@example.org"} & set(addresses)


def test_it_says_what_is_missing_and_what_it_is_good_for(desk: Browser) -> None:
    make_client(company_name="Garage du Port", phone="+33199001234")
    page = said(desk.get("/clients/CLT-001/"))
    assert "33" in page
    assert "pour écrire au client" in page
    assert "pour facturer le bon établissement" in page
    assert "pour l’appeler" not in page


def test_it_says_nothing_is_missing_of_a_whole_client(desk: Browser) -> None:
    make_client(email="a@example.org", phone="+33199001234")
    assert "à compléter" not in said(desk.get("/clients/CLT-001/"))


def test_it_links_to_the_company_and_shows_tabs_where_they_concern(desk: Browser) -> None:
    make_client(company=make_client(company_name="Garage du Port"))
    assert links(desk.get("/clients/CLT-002/"))["Garage du Port"] == "/clients/CLT-001/"
    tabs = {"Résumé": "/clients/CLT-001/", "Membres": "/clients/CLT-001/members/"}
    tabs["Historique"] = "/clients/CLT-001/history/"
    for url in tabs.values():
        response = desk.get(url)
        shown = {link: address for link, address in links(response).items() if link in tabs}
        assert shown == tabs
        current = [a.get("href") for a in parse(response).iter("a") if a.get("aria-current") == "page"]
        assert url in current
    assert "Membres" not in links(desk.get("/clients/CLT-002/"))


@pytest.mark.parametrize("path", ["/clients/clt-001/", "/clients/CLT-1/", "/clients/CLT001/", "/clients/clt1/history/"])
def test_it_opens_however_the_reference_is_written(path: str, desk: Browser) -> None:
    make_client(last_name="Curie")
    assert "Camille Curie" in said(desk.get(path, follow=True))


def test_it_shows_a_dash_for_what_is_not_known(desk: Browser) -> None:
    make_client()
    facts = list(parse(desk.get("/clients/CLT-001/")).iter("dd"))
    assert facts
    assert ["".join(dd.itertext()).strip() for dd in facts if not "".join(dd.itertext()).strip()] == []
