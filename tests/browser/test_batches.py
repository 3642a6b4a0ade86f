"""Rows ticked by keyboard, done at once, and taken back."""

import pytest
from playwright.sync_api import expect

from access.models import AccessCard
from tests.access.factories import make_active_client, make_card
from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_cards_are_extended_by_keyboard_and_taken_back(open_page: Open) -> None:
    for _serial in range(3):
        make_card()
    page = open_page(width=390, height=844)
    page.goto("/access/cards/")
    page.locator("input.tick").nth(0).focus()
    page.keyboard.press("Space")
    page.locator("input.tick").nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-tick-count]")).to_have_text("Cochées : 3")
    page.get_by_role("button", name="Prolonger").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Ou de combien de mois").fill("6")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Confirmer pour 3 lignes").click()
    expect(page.get_by_text("C’est fait")).to_be_visible()
    assert AccessCard.objects.filter(version=2).count() == 3
    page.get_by_role("button", name="Annuler ce lot").click()
    expect(page.get_by_text("Annulé le")).to_be_visible()
    assert AccessCard.objects.filter(version=3).count() == 3


def test_what_is_done_to_ticked_rows_lies_above_the_pager(open_page: Open) -> None:
    owner = make_active_client()
    for serial in range(25):
        make_card(owner, username=f"porteur.{serial}")
    page = open_page(width=1280, height=720)
    page.goto("/access/cards/")
    page.locator("input.tick").first.check()
    on_top = page.get_by_role("button", name="Prolonger").evaluate(
        "(button) => { const {x, y} = button.getBoundingClientRect(); "
        "return button.contains(document.elementFromPoint(x + 5, y + 5)) }"
    )
    assert on_top
