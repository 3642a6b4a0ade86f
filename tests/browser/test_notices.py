"""The bell, the page it opens, and the mail that somebody chooses."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from fixaloop.notices.models import Notice
from fixaloop.notices.telling import tell
from tests.access.factories import make_active_client
from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def refuse_often(name: str) -> None:
    client = make_active_client(last_name=name)
    values = {"count": 4}
    key = f"refused_often-{client.pk}-today"
    tell([Notice(kind="refused_often", key=key, at=timezone.now(), subject=client.pk, values=values)])


def test_the_bell_leads_to_what_is_new_until_it_is_read(open_page: Open) -> None:
    for name in ("Curie", "Joliot", "Meitner"):
        refuse_often(name)
    page = open_page()
    page.goto("/clients/")
    bell = page.get_by_role("link", name="Notifications 3 non lues")
    bell.click()
    page.wait_for_url("**/notifications/")
    page.get_by_role("button", name="Lue : Camille Curie").click()
    expect(page.get_by_role("link", name="Notifications 2 non lues")).to_be_visible()
    page.get_by_role("link", name="Non lues", exact=True).click()
    page.wait_for_url("**/?unread=1")
    expect(page.get_by_text("Camille Curie")).to_have_count(0)
    page.get_by_role("button", name="Tout marquer comme lu").click()
    expect(page.get_by_role("heading", name="Rien ici")).to_be_visible()
    expect(page.locator(".bell__count")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 320])
def test_the_bell_of_a_phone_stands_beside_the_heading(open_page: Open, width: int) -> None:
    refuse_often("Curie")
    page = open_page(width=width, height=844)
    page.goto("/notifications/")
    bell, heading = page.locator(".bell--phone"), page.get_by_role("heading", level=1)
    expect(bell).to_contain_text("1")
    room, taken = heading.bounding_box(), bell.bounding_box()
    assert room is not None
    assert taken is not None
    assert room["x"] + room["width"] <= taken["x"] + 1
    bell.click()
    page.wait_for_url("**/notifications/")


def test_it_works_without_a_script(open_page: Open) -> None:
    refuse_often("Curie")
    page = open_page(script=False)
    page.goto("/clients/")
    page.get_by_role("link", name="Notifications").first.click()
    page.get_by_role("button", name="Lue : Camille Curie").click()
    expect(page.get_by_role("button", name="Lue : Camille Curie")).to_have_count(0)
    page.get_by_role("link", name="Camille Curie : 4 refus en une heure").click()
    page.wait_for_url("**/clients/CLT-*/")
