"""A day at the desk: create, search, filter, sort, page, export, in a real browser."""

import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from clients.models import Client
from fixaloop.accounts.sessions import OpenSession
from tests.browser.conftest import Open
from tests.factories import PASSWORD, make_client, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def expect_names(page: Page, *names: str) -> None:
    expect(page.locator("#results tbody th[scope=row] a")).to_have_text(names)


def test_it_creates_a_person_whose_town_it_fills_in(open_page: Open) -> None:
    page = open_page()
    page.goto("/clients/")
    page.get_by_role("link", name="Nouveau client").first.click()
    page.get_by_label("Prénom").fill("Marie")
    page.locator("#id_last_name").fill("Curie")
    page.get_by_label("Code postal").press_sequentially("94240", delay=30)
    expect(page.get_by_label("Ville")).to_have_value("L'Haÿ-les-Roses")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Marie Curie")
    expect(page).to_have_url(re.compile(r"/clients/CLT-001/$"))


def test_it_creates_a_company_after_looking_like_a_person(open_page: Open) -> None:
    page = open_page()
    page.goto("/clients/new/")
    expect(page.locator("#id_siret")).to_be_hidden()
    page.locator("#id_first_name").fill("Rose")
    page.get_by_text("Entreprise", exact=True).click()
    expect(page.locator("#id_siret")).to_be_visible()
    page.locator("#id_company_name").fill("Garage du Port")
    page.locator("#id_siret").fill("401 251 566 01475")
    page.get_by_text("Particulier", exact=True).click()
    expect(page.locator("#id_siret")).to_be_hidden()
    page.get_by_text("Entreprise", exact=True).click()
    expect(page.locator("#id_siret")).to_have_value("401 251 566 01475")
    expect(page.locator("#id_first_name")).to_have_value("Rose")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Garage du Port")


def test_it_catches_a_duplicate_while_one_types(open_page: Open) -> None:
    make_client(company_name="Garage du Port", email="garage@example.org")
    page = open_page()
    page.goto("/clients/new/")
    page.locator("#id_email").press_sequentially("garage@example.org", delay=10)
    expect(page.locator("#duplicates")).to_contain_text("CLT-001 Garage du Port")
    page.locator("#id_email").fill("autre@example.org")
    expect(page.locator("#duplicates")).not_to_contain_text("CLT-001")


def test_it_forgets_a_duplicate_of_what_a_person_has_not(open_page: Open) -> None:
    make_client(company_name="Garage du Port", siret="40125156601475")
    page = open_page()
    page.goto("/clients/new/")
    page.get_by_text("Entreprise", exact=True).click()
    page.locator("#id_siret").press_sequentially("40125156601475", delay=10)
    expect(page.locator("#duplicates")).to_contain_text("CLT-001 Garage du Port")
    page.get_by_text("Particulier", exact=True).click()
    expect(page.locator("#duplicates")).not_to_contain_text("CLT-001")


def test_it_moves_to_the_first_field_to_correct(open_page: Open) -> None:
    page = open_page()
    page.goto("/clients/new/")
    page.locator("#id_first_name").fill("Marie")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("#id_last_name")).to_be_focused()
    expect(page.locator("#id_last_name_error")).to_contain_text("Indiquez le nom")
    expect(page.locator("#id_first_name")).to_have_value("Marie")


def test_it_creates_one_client_for_a_double_click(open_page: Open) -> None:
    page = open_page()
    page.goto("/clients/new/")
    page.locator("#id_first_name").fill("Marie")
    page.locator("#id_last_name").fill("Curie")
    page.get_by_role("button", name="Enregistrer", exact=True).dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Marie Curie")
    assert Client.objects.count() == 1


def test_it_suggests_companies_to_belong_to(open_page: Open) -> None:
    make_client(company_name="Garage du Port")
    page = open_page()
    page.goto("/clients/new/")
    page.locator("#id_company").press_sequentially("port", delay=20)
    page.get_by_role("option", name="Garage du Port").click()
    expect(page.locator("#id_company")).to_have_value("CLT-001")


def test_it_searches_as_one_types_and_comes_back(open_page: Open) -> None:
    for name in ("Zola", "Éluard", "Aragon"):
        make_client(last_name=name)
    page = open_page()
    page.goto("/clients/?sort=name")
    expect_names(page, "Camille Aragon", "Camille Éluard", "Camille Zola")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("eluard", delay=30)
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect_names(page, "Camille Éluard")
    expect(page).to_have_url(re.compile(r"\?sort=name&q=eluard$|\?q=eluard&sort=name$"))
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.go_back()
    expect(page.locator("#results tbody tr")).to_have_count(3)
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.go_forward()
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_have_value("eluard")
    page.reload()
    expect_names(page, "Camille Éluard")


def test_it_shows_what_its_address_asks_for_however_fast_one_goes_back_and_forward(open_page: Open) -> None:
    for name in ("Zola", "Éluard"):
        make_client(last_name=name)
    page = open_page()
    page.goto("/clients/")
    page.get_by_role("searchbox").fill("eluard")
    expect_names(page, "Camille Éluard")
    expect(page).to_have_url(re.compile(r"\?q=eluard$"))
    # Held until nobody asks for it any more.
    page.route("**/*htmx*", lambda _route: None)
    page.go_back(wait_until="commit")
    expect(page.locator("#results tbody tr")).to_have_count(2)
    page.go_forward(wait_until="commit")
    expect(page).to_have_url(re.compile(r"\?q=eluard$"))
    page.unroute("**/*htmx*")
    expect_names(page, "Camille Éluard")
    expect(page.get_by_role("searchbox")).to_have_value("eluard")


def test_it_filters_and_takes_a_filter_away_by_its_token(open_page: Open) -> None:
    make_client(company_name="Garage du Port")
    make_client(last_name="Zola")
    page = open_page()
    page.goto("/clients/")
    page.locator("#id_kind").select_option("company")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?kind=company$"))
    tokens = page.locator("#results").get_by_role("link", name=re.compile("Type"))
    tokens.first.click()
    expect(page.locator("#results tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"/clients/$"))
    expect(page.locator("#id_kind")).to_have_value("")


def test_it_says_why_nothing_is_found_and_shows_the_way_out(open_page: Open) -> None:
    make_client(last_name="Zola")
    page = open_page()
    page.goto("/clients/?status=active")
    expect(page.locator("#results")).to_contain_text("Statut : Actif")
    page.get_by_role("link", name="Chercher aussi parmi les inactifs").click()
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.locator("#id_status")).to_have_value("")


def test_it_sorts_and_turns_pages(open_page: Open) -> None:
    for number in range(1, 26):
        make_client(last_name=f"N{number:02d}")
    page = open_page()
    page.goto("/clients/?per_page=10")
    page.locator("#results thead").get_by_role("link", name="Client").click()
    expect(page).to_have_url(re.compile("sort=name"))
    expect(page.locator("#results tbody tr").first).to_contain_text("N01")
    page.locator("#results").get_by_role("link", name=re.compile("suivante", re.IGNORECASE)).click()
    expect(page.locator("#results tbody tr").first).to_contain_text("N11")
    expect(page).to_have_url(re.compile("page=2"))
    page.go_back()
    expect(page.locator("#results tbody tr").first).to_contain_text("N01")


def test_it_downloads_what_is_shown(open_page: Open, tmp_path: Path) -> None:
    make_client(company_name="Garage du Port")
    make_client(last_name="Zola")
    page = open_page()
    page.goto("/clients/")
    page.locator("#id_kind").select_option("company")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("link", name="Exporter").click()
    assert re.fullmatch(r"clients-.*\.xlsx", download.value.suggested_filename)
    download.value.save_as(tmp_path / "clients.xlsx")
    sheet = load_workbook(tmp_path / "clients.xlsx").worksheets[0]
    assert [row[4].value for row in sheet.iter_rows(min_row=2)] == ["Garage du Port"]


def test_it_shows_no_button_to_who_may_only_look(open_page: Open) -> None:
    make_client(last_name="Zola")
    page = open_page("Lecture seule")
    page.goto("/clients/")
    expect(page.get_by_role("link", name="Camille Zola")).to_be_visible()
    for name in ("Nouveau client", "Exporter"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    page.get_by_role("link", name="Camille Zola").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Camille Zola")
    for name in ("Modifier", "Supprimer", "Changer le statut"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    response = page.goto("/clients/new/")
    assert response is not None
    assert response.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("Accès refusé")


def test_it_asks_to_sign_in_again_and_comes_back(open_page: Open) -> None:
    make_client(last_name="Zola")
    page = open_page()
    page.goto("/clients/?sort=name")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("searchbox").fill("zola")
    expect(page).to_have_url(re.compile("/accounts/login/.*q%3Dzola"))
    expect(page.get_by_label("Mot de passe")).to_be_visible()


def test_it_works_without_scripts(open_page: Open) -> None:
    make_client(company_name="Garage du Port")
    make_client(last_name="Zola")
    page = open_page(script=False)
    page.goto("/clients/")
    page.locator("#id_q").fill("zola")
    page.get_by_role("button", name="Filtrer").first.click()
    expect(page).to_have_url(re.compile("q=zola"))
    expect_names(page, "Camille Zola")
    page.goto("/clients/new/")
    page.locator("#id_first_name").fill("Marie")
    page.locator("#id_last_name").fill("Curie")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Marie Curie")


def test_it_never_cuts_a_pasted_text(open_page: Open) -> None:
    page = open_page()
    page.goto("/clients/new/")
    page.locator("#id_first_name").fill("Marie")
    page.locator("#id_last_name").fill("Curie")
    pasted = {"#id_street": "x" * 300, "#id_description": "y" * 5314}
    for field, text in pasted.items():
        page.locator(field).focus()
        page.keyboard.insert_text(text)
        expect(page.locator(field)).to_have_value(text)
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    for field, told in (("street", ("300", "255")), ("description", ("5314", "5000"))):
        for number in told:
            expect(page.locator(f"#id_{field}_error")).to_contain_text(number)
        expect(page.locator(f"#id_{field}")).to_have_value(pasted[f"#id_{field}"])
    assert not Client.objects.exists()


def test_it_adds_and_arranges_rows_of_contacts(open_page: Open) -> None:
    make_client(phone="+33639980001", other_contacts="+33639980002\tbureau\npaul@example.org")
    page = open_page()
    page.goto("/clients/CLT-001/edit/")
    rows = page.locator("[name=other_contacts]")
    expect(rows).to_have_count(3)
    rows.nth(2).fill("06 39 98 00 03")
    page.get_by_role("button", name="Ajouter un téléphone ou un e-mail").click()
    expect(rows).to_have_count(4)
    page.get_by_role("button", name="Retirer paul@example.org").click()
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Faire de 06 39 98 00 02 le principal").click()
    expect(page.locator("#id_phone")).to_have_value("06 39 98 00 02")
    expect(rows.nth(0)).to_have_value("06 39 98 00 01")
    # Enter saves, whatever stands first in the form.
    page.locator("#id_last_name").press("Enter")
    expect(page).to_have_url(re.compile(r"/clients/CLT-001/$"))
    client = Client.objects.get()
    assert (client.phone, client.other_contacts) == ("+33639980002", "+33639980001\n+33639980003")


def test_rows_of_contacts_come_back_after_a_lost_session(open_page: Open) -> None:
    make_user(username="odile", group="Direction")
    page = open_page(group="")

    def sign_in() -> None:
        page.locator("[name=username]").fill("odile")
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")

    page.goto("/accounts/login/?next=/clients/new/")
    sign_in()
    values = page.locator(".contact-row input[name=other_contacts]")
    expect(values).to_have_count(1)
    page.get_by_text("Autres contacts").click()
    page.get_by_role("button", name="Ajouter un téléphone").click()
    expect(values).to_have_count(2)
    values.nth(0).fill("un@example.org")
    values.nth(1).fill("deux@example.org")
    page.locator("#id_last_name").fill("Curie")
    OpenSession.objects.all().delete()
    page.get_by_role("button", name="Enregistrer", exact=True).first.click()
    page.wait_for_url("**/login/**")
    sign_in()
    expect(page.locator("#id_last_name")).to_have_value("Curie")
    expect(values.nth(0)).to_have_value("un@example.org")
    expect(values.nth(1)).to_have_value("deux@example.org")


def palette(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Rechercher partout")


def test_half_a_phone_number_and_enter_lead_to_the_client(open_page: Open) -> None:
    make_client(last_name="Lefèvre", phone="+33199001234")
    for number in range(2):
        make_client(last_name="Martin", phone=f"+3319811111{number}")
    page = open_page(width=1440)
    page.goto("/clients/new/")
    page.locator("#id_last_name").press_sequentially("Du")
    page.keyboard.press("Control+k")
    expect(palette(page).get_by_role("combobox")).to_be_focused()
    expect(palette(page).get_by_role("option", name="Nouveau client")).to_be_visible()
    page.keyboard.type("0199 00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Camille Lefèvre")


def test_the_command_bar_is_led_by_keys_and_gives_the_focus_back(open_page: Open) -> None:
    make_client(last_name="Zola")
    make_client(last_name="Zorn")
    page = open_page()
    page.goto("/")
    page.get_by_role("link", name="Rechercher", exact=False).first.focus()
    page.keyboard.press("/")
    field, options = palette(page).get_by_role("combobox"), palette(page).get_by_role("option")
    page.keyboard.type("zo", delay=20)
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(options.first).to_contain_text("Camille Zola")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    chosen = options.nth(1).get_attribute("id")
    expect(field).to_have_attribute("aria-activedescendant", str(chosen))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(palette(page)).to_be_hidden()
    expect(page.get_by_role("link", name="Rechercher", exact=False).first).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.press("ArrowDown")
    with page.context.expect_page() as other:
        page.keyboard.press("Control+Enter")
    expect(other.value).to_have_url(re.compile("/clients/CLT-001/$"))


def test_without_javascript_the_link_leads_to_the_search(open_page: Open) -> None:
    make_client(last_name="Zola")
    page = open_page(script=False)
    page.goto("/")
    page.get_by_role("link", name="Rechercher").first.click()
    page.get_by_role("searchbox").fill("clt 1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Camille Zola")
