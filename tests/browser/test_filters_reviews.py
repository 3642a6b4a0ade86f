"""Several values of a filter, ticked one after the other; and clients reviewed by one key each."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clients.models import Client
from tests.access.factories import make_active_client, make_event
from tests.browser.conftest import Open
from tests.factories import make_client

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_several_kinds_of_events_are_ticked_and_taken_away(open_page: Open) -> None:
    client = make_active_client()
    for kind in ("entry", "exit", "note"):
        make_event(client, kind, text=f"Voici {kind}")
    page = open_page()
    page.goto("/access/events/")
    page.get_by_text("Tous les types").click()
    page.get_by_label("Entrée", exact=True).check()
    page.wait_for_url("**/?kind=entry")
    page.get_by_label("Sortie", exact=True).check()
    page.wait_for_url("**/?kind=entry&kind=exit")
    expect(page.get_by_text("Voici note")).to_have_count(0)
    page.locator(".token").first.click()
    page.wait_for_url("**/?kind=exit")
    expect(page.get_by_label("Entrée", exact=True)).not_to_be_checked()


def test_enter_confirms_one_client_after_the_other(open_page: Open) -> None:
    for days in (900, 500):
        make_client(created_at=timezone.now() - timedelta(days=days))
    page = open_page()
    page.goto("/clients/review/")
    page.get_by_role("link", name="Revoir", exact=True).first.click()
    for reference in ("CLT-001", "CLT-002"):
        page.wait_for_url(f"**/{reference}/review/")
        expect(page.get_by_role("button", name="Tout est juste")).to_be_focused()
        page.keyboard.press("Enter")
    page.wait_for_url("**/clients/review/")
    assert Client.objects.filter(reviewed_at=None).count() == 0
