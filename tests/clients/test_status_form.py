"""Forcing a status: its modes, its end, its reason, who may, and what the client's page then says."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import field_errors, find, said, text, values

PARIS = ZoneInfo("Europe/Paris")
URL = "/clients/CLT-001/status/"


@pytest.fixture(autouse=True)
def known(db: None) -> None:
    make_client()


def force(browser: Browser, mode: str, reason: str = "parking mensuel", until: str = "") -> int:
    typed = {"status_mode": mode, "status_reason": reason, "status_until": until}
    return browser.post(URL, typed).status_code


def test_it_forces_and_gives_back(desk: Browser) -> None:
    assert force(desk, "active") == 302
    page = said(desk.get("/clients/CLT-001/"))
    assert "Actif" in page
    assert "parking mensuel" in page
    assert force(desk, "inactive", "impayés") == 302
    page = said(desk.get("/clients/CLT-001/"))
    assert "Inactif" in page
    assert "impayés" in page
    assert force(desk, "automatic") == 302
    assert "Aucune intervention" in said(desk.get("/clients/CLT-001/"))
    client = Client.objects.get()
    assert (client.status_mode, client.status_reason, client.status_until) == ("automatic", "", None)
    assert (client.status_by, client.status_at) == (None, None)


def test_it_says_by_whom_and_when(desk: Browser) -> None:
    with time_machine.travel(datetime(2026, 11, 3, 10, tzinfo=PARIS), tick=False):
        force(desk, "active")
        assert "orcé le 3 nov. : parking mensuel" in said(desk.get("/clients/CLT-001/"))
    client = Client.objects.get()
    assert client.status_by is not None
    assert client.status_by.username == "odile"
    assert client.status_at == datetime(2026, 11, 3, 10, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 12, 1, 0, 0, 0, tzinfo=PARIS), "Actif"),
        (datetime(2026, 12, 1, 23, 59, 59, tzinfo=PARIS), "Actif"),
        (datetime(2026, 12, 2, 0, 0, 0, tzinfo=PARIS), "Inactif"),
        (datetime(2027, 12, 2, 0, 0, 0, tzinfo=PARIS), "Inactif"),
    ],
)
def test_it_holds_through_the_last_day(at: datetime, shown: str, sign_in: SignIn) -> None:
    with time_machine.travel(datetime(2026, 11, 21, tzinfo=PARIS), tick=False):
        assert force(sign_in(group="Accueil"), "active", until="2026-12-01") == 302
    with time_machine.travel(at, tick=False):
        browser = sign_in(group="Accueil")
        assert f"Camille Martin {shown}" in said(browser.get("/clients/CLT-001/"))
        for status, count in (("active", shown == "Actif"), ("inactive", shown == "Inactif")):
            assert ("Camille Martin" in said(browser.get(f"/clients/?status={status}"))) is count


def test_it_says_until_when(sign_in: SignIn) -> None:
    with time_machine.travel(datetime(2026, 11, 21, tzinfo=PARIS), tick=False):
        browser = sign_in(group="Accueil")
        force(browser, "active", until="2026-12-01")
        assert "jusqu’au 1 déc. : parking mensuel" in said(browser.get("/clients/CLT-001/")).replace("1er", "1")
        assert values(browser.get(URL))["status_until"] == "2026-12-01"


@pytest.mark.parametrize("mode", ["active", "inactive"])
@pytest.mark.parametrize("reason", ["", "   ", "\u200b"])
def test_it_asks_why(mode: str, reason: str, desk: Browser) -> None:
    response = desk.post(URL, {"status_mode": mode, "status_reason": reason})
    assert response.status_code == 422
    assert set(field_errors(response)) == {"status_reason"}
    assert Client.objects.get().status_mode == "automatic"


def test_it_refuses_a_day_that_has_passed(desk: Browser) -> None:
    today = timezone.localdate()
    assert force(desk, "active", until=f"{today - timedelta(days=1)}") == 422
    assert force(desk, "active", until=f"{today}") == 302


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status_mode", "robot"),
        ("status_until", "demain"),
        ("status_until", "2026-02-30"),
        ("status_until", "99999-01-01"),
        ("status_until", "9999-12-31"),
        ("status_reason", "x" * 201),
        ("status_reason", "\x07"),
        ("status_reason", "\x00"),
    ],
)
def test_it_says_what_makes_no_sense(name: str, value: str, desk: Browser) -> None:
    typed = {"status_mode": "active", "status_reason": "parking", "status_until": "", name: value}
    response = desk.post(URL, typed)
    assert response.status_code == 422
    assert set(field_errors(response)) == {name}


def test_it_keeps_what_the_field_of_a_reason_is_given(desk: Browser) -> None:
    force(desk, "active", "  <b>Carte\u00a0n° 4</b> \u200b")
    assert Client.objects.get().status_reason == "<b>Carte\u00a0n° 4</b>"
    assert "<b>Carte" not in desk.get("/clients/CLT-001/").content.decode()


def test_it_tells_the_second_of_two_who_force(desk: Browser, sign_in: SignIn) -> None:
    mine = values(desk.get(URL))
    colleague = sign_in(group="Accueil", first_name="Jeanne", last_name="Lanvin")
    colleague.post(URL, values(colleague.get(URL)) | {"status_mode": "inactive", "status_reason": "impayés"})
    response = desk.post(URL, mine | {"status_mode": "active", "status_reason": "parking"})
    assert response.status_code == 409
    assert "Jeanne Lanvin" in text(find(response, "role", "alert"))
    assert values(response)["status_reason"] == "parking"
    assert Client.objects.get().status_mode == "inactive"
    assert desk.post(URL, values(response)).status_code == 302
    assert Client.objects.get().status_reason == "parking"


@pytest.mark.parametrize(
    "typed",
    [
        {"status_mode": "active", "status_reason": ""},
        {"status_mode": "active", "status_reason": "parking", "status_until": "2020-01-01"},
        {"status_mode": "active", "status_reason": "parking", "version": "7"},
    ],
)
def test_it_goes_on_showing_the_status_there_is(typed: dict[str, str], desk: Browser) -> None:
    page = desk.get(URL)
    response = desk.post(URL, values(page) | typed)
    assert response.status_code in (409, 422)
    for shown in (page, response):
        assert "Statut de Camille Martin Inactif Aucune intervention" in said(shown)


def test_it_writes_each_change_down(desk: Browser) -> None:
    force(desk, "active", until=f"{timezone.localdate() + timedelta(days=9)}")
    force(desk, "inactive", "impayés")
    page = said(desk.get("/clients/CLT-001/history/"))
    assert "Forcé actif" in page
    assert "Forcé inactif" in page
    history = said(desk.get("/clients/CLT-001/history/"))
    assert "parking mensuel" in history
    assert "impayés" in history
    assert "Odile Durand" in history
