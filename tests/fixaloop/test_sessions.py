"""Sessions: they end, their owner sees and closes them, and browsers keep nothing of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fixaloop.accounts.sessions import OpenSession
from fixaloop.notices.models import Notice
from tests.factories import PASSWORD, make_user
from tests.pages import parse, said

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SECURITY, OUT = "/profile/security/", "/profile/security/sign-out/"


@pytest.fixture(autouse=True)
def usual_ends(settings: Any) -> None:
    settings.SESSION_IDLE_MINUTES, settings.SESSION_HOURS, settings.SESSION_COOKIE_AGE = 120, 12, 12 * 3600


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 30, 7, tzinfo=UTC), tick=False) as clock:
        yield clock


def signed_in(username: str = "rose", address: str = "10.0.0.7") -> Browser:
    browser = Browser(headers={"User-Agent": FIREFOX}, REMOTE_ADDR=address)
    typed = {"username": username, "password": PASSWORD}
    assert browser.post("/accounts/login/", typed).status_code == 302
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def test_a_session_ends_when_nobody_is_there_and_at_the_end_of_the_day(clock: time_machine.Traveller) -> None:
    make_user(username="rose")
    left, works = signed_in(), signed_in()
    for _hour in range(3):
        clock.shift(timedelta(minutes=50))
        assert is_in(works)
        # The bell asks by itself.
        left.get("/notifications/count/")
    assert not is_in(left)
    for _time in range(11):
        clock.shift(timedelta(minutes=50))
        alive = is_in(works)
    assert alive
    clock.shift(timedelta(minutes=21))
    assert not is_in(works)


def test_pages_note_that_somebody_is_there_once_a_minute(clock: time_machine.Traveller) -> None:
    make_user(username="rose")
    browser = signed_in()
    writes = []
    for _time in range(4):
        clock.shift(timedelta(seconds=31))
        with CaptureQueriesContext(connection) as queries:
            browser.get("/profile/")
        writes.append(sum(query["sql"].startswith("UPDATE") for query in queries))
    assert writes == [0, 1, 0, 1]


def test_one_sees_ones_sessions_and_closes_them(settings: Any) -> None:
    settings.STEP_UP_MINUTES = 15
    make_user(username="rose")
    make_user(username="paul")
    here, there, third, other = signed_in(), signed_in(address="10.0.0.8"), signed_in(), signed_in("paul")
    page = here.get(SECURITY)
    assert said(page).count("Firefox · Windows") == 3
    assert "10.0.0.8" in said(page)
    keys = set(OpenSession.objects.values_list("session_key", flat=True))
    assert not any(key in page.content.decode() for key in keys)
    for row in OpenSession.objects.filter(address="10.0.0.8"):
        # Nobody closes those of others.
        other.post(OUT, {"session": row.name})
        assert is_in(there)
        here.post(OUT, {"session": row.name})
    assert (is_in(here), is_in(there), is_in(third), is_in(other)) == (True, False, True, True)
    # By whoever has proved lately who they are.
    OpenSession.objects.filter(address="10.0.0.7").update(started_at=timezone.now() - timedelta(hours=1))
    assert here.post(OUT)["Location"].startswith("/accounts/confirm/")
    assert is_in(third)
    here.post("/accounts/confirm/", {"proof": PASSWORD})
    here.post(OUT)
    assert (is_in(here), is_in(third), is_in(other)) == (True, False, True)
    assert not [node for node in parse(here.get(SECURITY)).iter("button") if node.get("name") == "session"]


def test_who_signs_in_from_a_new_browser_and_place_is_told() -> None:
    told = "d’un navigateur et d’un endroit nouveaux : Firefox · Windows, 81.2.69.0/24."
    make_user(username="rose")
    here = signed_in()
    assert "nouveaux" not in said(here.get("/notifications/")), "the first time is no news"
    here.post("/accounts/logout/")
    typed = {"username": "rose", "password": PASSWORD}
    here.post("/accounts/login/", typed, REMOTE_ADDR="198.51.100.4")
    signed_in(address="10.0.0.7")
    assert "nouveaux" not in said(here.get("/notifications/")), "a known browser, then a known place"
    signed_in(address="81.2.69.142")
    signed_in(address="81.2.69.143")
    assert told in said(here.get("/notifications/"))
    assert Notice.objects.filter(values__what="new_place").count() == 1


def test_browsers_keep_nothing_of_a_session_and_forget_it_when_it_ends() -> None:
    make_user(username="rose", group="Direction")
    browser = signed_in()
    for page in ("/", "/clients/", "/clients/?q=a", "/nowhere/", "/search/?q=rose", "/notifications/count/"):
        assert "no-store" in browser.get(page)["Cache-Control"], page
    assert browser.post("/accounts/logout/")["Clear-Site-Data"] == '"cache"'
