"""Signing in and out, by hand."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_it_signs_in_where_one_wanted_to_go_and_out(open_page: Open) -> None:
    make_user(group="Accueil", username="rose")
    page = open_page(group="")
    page.goto("/clients/?sort=name")
    page.locator("#id_username").fill("rose")
    page.locator("#id_password").fill("wrong")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page).to_have_url(re.compile(r"/clients/\?sort=name$"))
    page.locator("summary", has_text="rose").first.click()
    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
