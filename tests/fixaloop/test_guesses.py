"""Wrong passwords: the next try waits, longer each time, and strangers who guess keep no colleague out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as Browser

from fixaloop.accounts.guesses import OF_ALL, place_of, take_turn
from fixaloop.accounts.models import Guesses
from fixaloop.audit.models import AuditEntry
from fixaloop.declared import periodic
from fixaloop.notices.models import Notice
from tests.conftest import SignIn as SignInAs
from tests.factories import PASSWORD, make_user
from tests.pages import field_errors, said

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
WRONG, HELD, IN = 200, 429, 302
HOME = "10.0.0.7"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 29, 9, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def odile(db: None) -> User:
    return make_user(username="odile", group="Direction", first_name="Odile", last_name="Durand")


def attempt(address: str = HOME, password: str = "wrong", username: str = "odile", **headers: str) -> int:
    typed = {"username": username, "password": password}
    return Browser(headers=headers).post("/accounts/login/", typed, REMOTE_ADDR=address).status_code


def test_the_wait_grows_and_what_was_missed_is_forgotten(clock: time_machine.Traveller) -> None:
    assert [attempt() for _time in range(5)] == [WRONG] * 4 + [HELD]
    page = Browser().post("/accounts/login/", {"username": "odile", "password": PASSWORD}, REMOTE_ADDR=HOME)
    assert "Connexion suspendue" in said(page)
    assert "Réessayez dans 1 minute." in said(page)
    for minutes in (1, 2, 4, 8, 15, 15):
        clock.shift(minutes * MINUTE - timedelta(seconds=1))
        assert attempt(password=PASSWORD) == HELD
        clock.shift(timedelta(seconds=2))
        assert attempt() == HELD
    # Others at the same place go on working.
    make_user(username="rose")
    assert attempt(username="rose", password=PASSWORD) == IN
    clock.shift(timedelta(days=1))
    assert [attempt() for _time in range(4)] == [WRONG] * 4
    # The right one ends it.
    assert attempt(password=PASSWORD) == IN
    assert [attempt() for _time in range(4)] == [WRONG] * 4


def test_a_hundred_addresses_guess_in_vain_and_keep_none_out(clock: time_machine.Traveller, sign_in: SignInAs) -> None:
    assert attempt(HOME, PASSWORD) == IN
    assert [attempt(f"192.0.2.{number}") for number in range(100)] == [WRONG] * 9 + [HELD] * 91
    assert AuditEntry.objects.filter(kind="sign_in_failed").count() == 10
    # From a new place even the right one waits; from where one has been, it opens.
    assert attempt("203.0.113.9", PASSWORD) == HELD
    assert attempt(HOME, PASSWORD) == IN
    clock.shift(MINUTE)
    assert attempt("203.0.113.9", PASSWORD) == IN
    assert [attempt(f"198.51.100.{number}") for number in range(9)].count(WRONG) == 0
    told = "Odile Durand : mots de passe essayés en vain, en dernier depuis 192.0.2.9/32."
    assert told in said(sign_in(group="Direction").get("/notifications/"))
    assert told not in said(sign_in(group="Accueil").get("/notifications/"))
    assert Notice.objects.filter(kind="password_guessed").count() == 1


def test_one_place_guesses_at_many_accounts_in_vain(sign_in: SignInAs) -> None:
    """An IPv6 subscriber has as many addresses as there are, in one block of 64 bits."""
    answers = [attempt(f"2001:db8::{number:x}", username=f"nobody{number}") for number in range(25)]
    assert answers == [WRONG] * 19 + [HELD] * 6
    assert attempt("2001:db8::ffff", PASSWORD) == HELD
    assert attempt("2001:db8:0:1::1", PASSWORD) == IN
    assert "essayés en vain depuis 2001:db8::/64." in said(sign_in(group="Direction").get("/notifications/"))
    # Nobody’s name, which may be a password typed into the wrong field.
    assert set(AuditEntry.objects.values_list("subject", flat=True)) == {"", "odile"}
    assert not Guesses.objects.filter(key__contains="nobody").exists()


def test_tries_that_wait_are_one_line_of_the_journal_an_hour(clock: time_machine.Traveller, sign_in: SignInAs) -> None:
    for _time in range(8):
        attempt()
    for number in range(24):
        attempt("203.0.113.9", username=f"nobody{number}")
    periodic.run(datetime.now(UTC))
    waited = AuditEntry.objects.filter(values__has_key="waited")
    assert not waited.exists(), "the hour is not over"
    clock.shift(60 * MINUTE)
    attempt()
    for _time in range(2):
        periodic.run(datetime.now(UTC))
    found = {line.subject: line.values["waited"] for line in waited}
    assert found == {"odile": 3, "": 4}
    page = said(sign_in(group="Direction").get("/journal/"))
    assert "essais suspendus, mot de passe non regardé : 3" in page
    assert "dans l’heure du : 29 novembre 2026 10:00" in page


def test_a_crowd_is_slowed_down_and_the_door_stays_open(clock: time_machine.Traveller) -> None:
    for number in range(OF_ALL.free):
        take_turn(f"nobody{number}", f"192.0.{number}.1", datetime.now(UTC))
    assert attempt(password=PASSWORD) == HELD
    clock.shift(timedelta(seconds=3))
    assert attempt(password=PASSWORD) == IN


def test_the_old_password_is_guessed_no_more_often_than_at_the_door(odile: User) -> None:
    thief = Browser()
    thief.force_login(odile)
    new = dict.fromkeys(("new_password1", "new_password2"), "un cheval, deux agrafes")
    answers = [thief.post("/accounts/password/", {"old_password": "wrong", **new}) for _time in range(6)]
    assert "incorrect" in field_errors(answers[0])["old_password"]
    assert "Trop d’essais manqués" in field_errors(answers[5])["old_password"]
    assert thief.post("/accounts/password/", {"old_password": PASSWORD, **new}).status_code == 200
    odile.refresh_from_db()
    assert odile.check_password(PASSWORD)


def test_a_proxy_tells_visitors_apart_and_nobody_else_does(settings: Any) -> None:
    def through(proxy: str, header: str, password: str = "wrong", username: str = "odile") -> int:
        headers = {"X-Forwarded-For": header, "X-Forwarded-Proto": "https"}
        return attempt(proxy, password, username, **headers)

    make_user(username="rose")

    for number in range(5):
        # Without a proxy no header is believed.
        through("10.0.0.1", f"198.51.100.{number}")
    assert through("10.0.0.1", "203.0.113.9", PASSWORD) == HELD
    assert through("10.0.0.2", "203.0.113.9", PASSWORD) == IN
    settings.HTTPS = True
    for number in range(5):
        # The first address is what a visitor invents, the last what the proxy has seen.
        through("10.0.0.3", f"192.0.2.{number}, 198.51.100.7", username="rose")
    assert through("10.0.0.3", "203.0.113.8, 198.51.100.7", PASSWORD, "rose") == HELD
    assert through("10.0.0.3", "198.51.100.7, 203.0.113.8", PASSWORD, "rose") == IN


@pytest.mark.parametrize("forged", ["nonsense", "", "198.51.100.7:443", "10.0.0.1\n2026 INFO forged"])
def test_it_counts_by_the_proxy_where_its_header_says_no_address(forged: str, settings: Any) -> None:
    settings.HTTPS = True
    headers = {"X-Forwarded-For": forged, "X-Forwarded-Proto": "https"}
    for _time in range(5):
        attempt("10.0.0.3", **headers)
    assert attempt("10.0.0.3", PASSWORD, **headers) == HELD
    assert attempt("10.0.0.3", PASSWORD, **headers | {"X-Forwarded-For": "203.0.113.9"}) == IN


def test_places() -> None:
    asked = ("8.8.8.8", "192.168.1.20", "2a01:e0a:1:2:3:4:5:6", "::ffff:10.0.0.1", "", "unix:")
    told = ["8.8.8.0/24", "192.168.1.20/32", "2a01:e0a:1:2::/64", "10.0.0.1/32", "", ""]
    assert [place_of(address) for address in asked] == told


@pytest.mark.django_db(transaction=True)
def test_many_at_once_count_like_one_after_the_other() -> None:
    barrier = Barrier(8)

    def guess(_number: int) -> bool:
        try:
            barrier.wait()
            return take_turn("odile", HOME, datetime.now(UTC)).is_held
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        held = list(pool.map(guess, range(8)))
    assert held.count(False) == 5
