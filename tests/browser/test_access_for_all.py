"""Screens fit small phones, and axe-core finds nothing to say, by day and by night."""

import pytest
from playwright.sync_api import expect

from tests.access.factories import make_device, make_zone
from tests.browser.conftest import Open
from tests.browser.readable import complaints, complaints_of
from tests.factories import make_client

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Groupement de coopération social et médico-social Apajh Côtes d’Armor et Finistère"
PAGES = {
    "dashboard": "/",
    "list": "/clients/",
    "empty": "/clients/?q=nobody&kind=company",
    "nonsense": "/clients/?status=dead&couleur=bleu",
    "form": "/clients/new/",
    "edit": "/clients/CLT-001/edit/",
    "detail": "/clients/CLT-001/",
    "members": "/clients/CLT-001/members/",
    "history": "/clients/CLT-001/history/",
    "status": "/clients/CLT-001/status/",
    "merge": "/clients/CLT-001/merge/?other=CLT-002",
    "delete": "/clients/CLT-002/delete/",
    "anonymize": "/clients/CLT-002/anonymize/",
    "model": "/clients/templates/new/",
    "password": "/accounts/password/",
}


@pytest.fixture(autouse=True)
def known(transactional_db: None) -> None:
    garage = make_client(
        company_name=LONG,
        email="une.adresse.vraiment.tres.longue.pour.un.telephone@sous-domaine.example.org",
        phone="+33199001234",
        siret="40125156601475",
        description="x" * 200,
        status_mode="active",
        status_reason="parking mensuel de l’entreprise, place 14, réglé au trimestre",
    )
    make_client(company=garage, last_name="Geoffroy-Saint-Hilaire-de-la-Très-Longue-Lignée")


def test_it_navigates_by_thumb(open_page: Open) -> None:
    page = open_page(width=390, height=700)
    page.goto("/clients/")
    bar = page.locator("nav.bar")
    expect(bar).to_be_visible()
    bar.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")


def test_everybody_can_read_it(open_page: Open) -> None:
    assert complaints_of(open_page(), PAGES) == {}


def test_everybody_can_sign_in_and_correct_an_error(open_page: Open) -> None:
    page = open_page(group="")
    page.goto("/accounts/login/")
    assert complaints(page) == []
    page.locator("#id_username").fill("x")
    page.locator("#id_password").fill("y")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.wait_for_load_state()
    assert complaints(page) == []
    page = open_page()
    page.goto("/clients/new/")
    page.locator("#id_phone").fill("12")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("#id_phone_error")).to_be_visible()
    page.wait_for_load_state()
    assert complaints(page, around=False) == []


def test_what_only_a_script_can_do_is_not_offered_without_it(open_page: Open) -> None:
    make_device(make_zone("Parking"), "both", name="Guichet", at_counter=True)
    page = open_page(script=False)
    for address, words in (("/access/control/", "Caméra"), ("/profile/security/passkey/", "Ajouter la clé")):
        page.goto(address)
        offered = page.get_by_text(words, exact=True)
        expect(offered).to_have_count(1)
        expect(offered.locator("visible=true")).to_have_count(0)
