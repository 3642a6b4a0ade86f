"""“Mon entreprise”: what the firm prints and the limits that it sets, with its history."""

from typing import Any

import pytest

from fixaloop.installation.firm import firm, rule
from fixaloop.installation.models import Firm
from tests.conftest import SignIn
from tests.pages import field_errors, said

URL = "/firm/"
TYPED = {"name": "Garage du Port", "address": "1 rue du Port\n57000 Metz", "phone": "03 87 00 00 00"}
pytestmark = pytest.mark.usefixtures("commits_at_once")


def test_it_is_printed_everywhere_from_then_on(sign_in: SignIn, django_assert_num_queries: Any) -> None:
    browser = sign_in(group="Direction")
    typed = TYPED | {"siret": "401 251 566 01475", "hours": "lun-ven 8h-18h", "unpaid_limit": "80", "recent_days": "30"}
    assert browser.post(URL, typed)["Location"] == URL
    assert (firm()["name"], firm()["siret"]) == ("Garage du Port", "40125156601475")
    assert (rule("RECENT_DAYS"), rule("UNPAID_LIMIT"), rule("NOTICE_DAYS")) == (30, 80, 7)
    with django_assert_num_queries(0):
        assert firm()["hours"].startswith("lun")
    assert "Garage du Port" in said(browser.get(URL))
    assert "Historique" in said(browser.get(URL))


def test_the_environment_wins(sign_in: SignIn, settings: Any) -> None:
    settings.GIVEN = frozenset(("FIRM_NAME", "RECENT_DAYS"))
    settings.FIRM = settings.FIRM | {"name": "Atelier Moselle"}
    browser = sign_in(group="Direction")
    browser.post(URL, TYPED | {"recent_days": "30"})
    assert (firm()["name"], firm()["phone"], rule("RECENT_DAYS")) == ("Atelier Moselle", "03 87 00 00 00", 90)
    assert "FIRM_NAME=Atelier Moselle" in said(browser.get(URL))


def test_it_refuses_what_cannot_be(sign_in: SignIn) -> None:
    response = sign_in(group="Direction").post(URL, {"siret": "123", "email": "garage", "notice_days": "0"})
    assert response.status_code == 422
    assert set(field_errors(response)) == {"siret", "email", "notice_days"}
    assert not Firm.objects.exists()


def test_a_stale_page_takes_nothing_back(sign_in: SignIn) -> None:
    browser = sign_in(group="Direction")
    browser.post(URL, TYPED)
    browser.post(URL, TYPED | {"phone": "03 87 11 11 11", "version": "1"})
    response = browser.post(URL, TYPED | {"version": "1", "email": "garage@example.org"})
    assert response.status_code == 409
    assert firm()["phone"] == "03 87 11 11 11"
    assert sign_in(group="Accueil").get(URL).status_code == 403
