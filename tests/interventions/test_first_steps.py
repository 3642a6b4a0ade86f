"""The first steps of a real installation, on the first page of who sets it up."""

from typing import Any

import pytest
from django.core.management import call_command

from fixaloop.installation.marks import REAL, mark
from fixaloop.installation.models import Firm
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import said

TITLE = "Premiers pas"


@pytest.fixture(autouse=True)
def real(db: None) -> None:
    mark(REAL)


def done(response: Any) -> int:
    return response.content.decode().count("<s>")


def test_steps_tick_themselves(sign_in: SignIn, settings: Any) -> None:
    browser = sign_in(group="Direction")
    page = browser.get("/")
    assert (TITLE in said(page), done(page)) == (True, 0)
    assert 'href="/firm/"' in page.content.decode()
    Firm.objects.create(name="Garage du Port")
    make_client()
    settings.IS_REACHABLE = True
    call_command("nightly", verbosity=0)
    assert done(browser.get("/")) == 4


def test_it_is_put_away_for_good(sign_in: SignIn) -> None:
    browser = sign_in(group="Direction")
    assert browser.post("/first-steps/")["Location"] == "/"
    assert TITLE not in said(browser.get("/"))
    assert sign_in(group="Accueil").post("/first-steps/").status_code == 403


def test_nobody_else_is_asked(sign_in: SignIn) -> None:
    assert TITLE not in said(sign_in(group="Accueil").get("/"))


def test_empty_lists_offer_what_comes_first(sign_in: SignIn) -> None:
    office, gate = sign_in(group="Accueil"), sign_in(group="Gardien")
    for kind, path in (("client", "/clients/"), ("intervention", "/interventions/"), ("entry", "/access/entries/")):
        ways = [f"/imports/new/?kind={kind}", f"/imports/blank/{kind}/"]
        assert [way in office.get(path).content.decode() for way in ways] == [True, True], path
    assert "/imports/" not in gate.get("/clients/").content.decode()
    assert "D’abord un client" in said(office.get("/access/vehicles/"))
    assert "D’abord une zone" in said(sign_in(group="Direction").get("/access/devices/"))
    client = make_client()
    assert "/imports/new/?kind=vehicle" in office.get("/access/vehicles/").content.decode()
    assert "/imports/new/?kind" not in office.get(f"/clients/{client.reference}/vehicles/").content.decode()
