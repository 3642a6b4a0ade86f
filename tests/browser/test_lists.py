"""Lists: saved views, what can be taken back."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.factories import make_client

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_is_on_screen_is_saved_and_the_way_back_is_offered_for_ten_seconds(open_page: Open) -> None:
    make_client()
    page = open_page(width=390, height=844)
    page.clock.install()
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
