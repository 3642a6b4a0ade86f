"""Lists: saved views, what can be taken back, rows by keyboard."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.access.factories import make_card, make_entry, make_vehicle, make_zone
from tests.browser.conftest import Open
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, make_technician

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_is_on_screen_is_saved_and_the_way_back_is_offered_for_ten_seconds(open_page: Open) -> None:
    make_client()
    page = open_page(width=390, height=844, clock=True)
    page.goto("/clients/")
    page.get_by_role("searchbox").fill("zzz")
    page.clock.run_for(1_000)
    expect(page.get_by_role("list", name="Filtres actifs")).to_be_visible()
    page.get_by_role("link", name="Enregistrer cette vue").click()
    page.get_by_label("Nom de la vue").fill("Mes zzz")
    page.keyboard.press("Enter")
    expect(page.locator(".views [aria-current]")).to_have_text("Mes zzz")
    assert page.evaluate("document.scrollingElement.scrollLeft") == 0
    undo = page.get_by_role("button", name="Annuler")
    undo.focus()
    page.clock.run_for(11_000)
    expect(undo).to_be_visible()
    page.get_by_role("searchbox").focus()
    page.clock.run_for(11_000)
    expect(undo).not_to_be_visible()


def test_rows_are_gone_through_ticked_looked_at_and_opened_by_keys(open_page: Open) -> None:
    for name in ("Ada", "Bob", "Cléo"):
        make_card(
            make_client(first_name=name, last_name="Martin", email=f"{name}@example.org".replace("é", "e")),
            username=name,
        )
    page = open_page()
    page.goto("/access/cards/?sort=username")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Ada", exact=True)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name="Choisir Bob")).to_be_checked()
    peek = page.get_by_role("complementary", name="Aperçu")
    page.keyboard.press("p")
    expect(peek.get_by_role("heading")).to_contain_text("Bob")
    page.keyboard.press("j")
    expect(peek.get_by_role("heading")).to_contain_text("Cléo")
    page.keyboard.press("Escape")
    expect(peek).not_to_be_visible()
    expect(page.get_by_role("link", name="Cléo", exact=True)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bob")
    page.wait_for_load_state()
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile("/edit/$"))


def test_keys_can_be_turned_off_in_the_profile(open_page: Open) -> None:
    make_client(), make_client()
    page = open_page()
    page.goto("/clients/")
    page.keyboard.press("?")
    # Clients have rows, and no boxes to tick.
    expect(page.get_by_text("Aperçu de la ligne")).to_be_visible()
    expect(page.get_by_text("Cocher la ligne")).to_be_hidden()
    page.goto("/profile/")
    page.get_by_label("Raccourcis clavier activés sur ce poste").uncheck()
    page.goto("/clients/")
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    expect(page.locator("#results a:focus")).to_have_count(0)


def test_text_twice_as_large_scrolls_no_list_sideways(open_page: Open) -> None:
    owner = make_client(company_name="Groupement de coopération social Côtes d’Armor", email="g@example.org")
    make_card(owner, username="g.cooperation.social")
    make_entry(make_card(owner)[0])
    make_intervention(owner, title="Compresseur en panne au fond de la cour")
    page = open_page(width=390, height=844)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        access = ("cards", "entries", "events", "occupancy")
        for url in ("/clients/", "/interventions/", "/views/", *(f"/access/{name}/" for name in access)):
            page.goto(url)
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (url, width)


def test_no_list_scrolls_sideways_at_any_width_of_a_desk(open_page: Open) -> None:
    owner = make_client(company_name="Miroiterie Joly et Fils de la Vallée", city="Saint-Martin-de-Belleville")
    today = timezone.localdate()
    card, _code = make_card(owner, username="jean-baptiste.de.la.fontaine", zones=[make_zone("Parking du haut")])
    make_card(owner, username="passage", valid_until=today + timedelta(days=1))
    make_entry(card, amount_due=Decimal("1234.50"))
    make_vehicle(owner, make="Volkswagen", model="Transporter", color="Gris anthracite", year=2020)
    start = timezone.now() + timedelta(days=1)
    slot = {"planned_start": start, "planned_end": start + timedelta(hours=2), "technician": make_technician()}
    in_state("planned", owner, title="Remplacer le joint de la porte arrière", **slot)
    page = open_page()
    for url in ("/clients/", "/interventions/", "/access/cards/", "/access/entries/", "/access/vehicles/"):
        page.goto(url)
        for width in (821, 900, 1181, 1256, 1280, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width, (url, width)


def test_a_filter_that_did_not_arrive_says_again_what_the_list_shows(open_page: Open) -> None:
    make_client()
    page = open_page()
    page.goto("/clients/")
    page.route("**/clients/?status=active", lambda route: route.fulfill(status=429))
    page.locator("#id_status").select_option("active")
    expect(page.locator("[data-toast]")).not_to_be_empty()
    expect(page.locator("#id_status")).to_have_value("")
    page.unroute("**/clients/?status=active")
    page.locator("#id_status").select_option("active")
    expect(page).to_have_url(re.compile(r"status=active$"))


def test_a_wide_list_is_printed_on_its_side_and_the_account_opens_inside_the_window(open_page: Open) -> None:
    for _serial in range(30):
        make_client()
    page = open_page(width=1280, height=720)
    page.goto("/clients/?per_page=50")
    paper = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages[0]
    assert paper.mediabox.width > paper.mediabox.height
    assert f"{timezone.localtime():%d/%m/%Y}" in paper.extract_text()
    page.locator(".account > summary").first.click()
    menu = page.locator(".account__items").first.bounding_box()
    assert menu is not None
    assert menu["y"] >= 0
    assert menu["y"] + menu["height"] <= 720
