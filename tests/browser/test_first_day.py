"""A first run in a real browser: from the first sign-in to the first granted read, as README says."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from fixaloop.installation.marks import REAL, mark
from tests.browser.conftest import Open
from tests.first_day.steps import LOGIN, PASSWORD, STEPS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_first_steps_lead_to_a_granted_read(open_page: Open) -> None:
    User.objects.create_superuser(LOGIN, password=PASSWORD)
    mark(REAL)
    page = open_page(group="")
    for _words, run in STEPS:
        run(page)
    page.goto("/")
    expect(page.locator(".todo s")).to_have_text(["Votre entreprise", "Vos clients", "Une zone et son lecteur"])
