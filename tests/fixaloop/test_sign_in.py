"""Signing in and out, and what stands in the way of who tries passwords."""

from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.utils import timezone

from tests.access.factories import make_card
from tests.factories import PASSWORD, make_user
from tests.pages import field_errors, find, said, text, values

URL = "/accounts/login/"


@pytest.fixture(autouse=True)
def odile(db: None) -> User:
    return make_user(username="odile", group="Direction", first_name="Odile", last_name="Durand")


def attempt(browser: Browser, username: str = "odile", password: str = "wrong", **fields: str) -> int:
    return browser.post(URL, {"username": username, "password": password, **fields}).status_code


def test_it_lets_in_and_out() -> None:
    browser = Browser()
    response = browser.post(URL, {"username": "odile", "password": PASSWORD}, follow=True)
    assert response.redirect_chain == [("/", 302)]
    assert "Bonjour Odile" in said(response)
    assert browser.post("/accounts/logout/")["Location"] == URL
    assert browser.get("/clients/").status_code == 302


def test_it_leaves_nobody_signed_out_by_a_link() -> None:
    browser = Browser()
    browser.force_login(User.objects.get())
    assert browser.get("/accounts/logout/").status_code == 405
    assert browser.get("/").status_code == 200


def test_it_brings_back_to_the_page_that_was_asked_for() -> None:
    browser = Browser()
    asked = browser.get("/clients/?q=zola&sort=-name", follow=True)
    hidden = values(asked)["next"]
    assert hidden == "/clients/?q=zola&sort=-name"
    response = browser.post(URL, {"username": "odile", "password": PASSWORD, "next": hidden})
    assert response["Location"] == hidden


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_it_leads_to_no_other_site(elsewhere: str) -> None:
    response = Browser().post(URL, {"username": "odile", "password": PASSWORD, "next": elsewhere})
    assert response["Location"] == "/"


def test_it_does_not_ask_again_who_is_signed_in() -> None:
    browser = Browser()
    browser.force_login(User.objects.get())
    assert browser.get(URL)["Location"] == "/"


@pytest.mark.parametrize("username", ["odile", "nobody"])
def test_it_says_the_same_whether_the_account_exists_or_not(username: str) -> None:
    response = Browser().post(URL, {"username": username, "password": "wrong"})
    alert = find(response, "role", "alert")
    assert response.status_code in (200, 422)
    assert "mot de passe" in text(alert)
    assert values(response)["username"] == username
    assert values(response)["password"] == ""


def test_it_closes_one_account_after_five_failures() -> None:
    browser = Browser()
    for _time in range(4):
        assert attempt(browser) in (200, 422)
    assert attempt(browser) == 429
    response = browser.post(URL, {"username": "odile", "password": PASSWORD})
    assert response.status_code == 429
    assert "Connexion suspendue" in said(response)
    assert "Réessayez" in said(response)
    # The others go on working, from the same place too.
    make_user(username="rose")
    assert attempt(browser, "rose", PASSWORD) == 302


def attempt_from(*forwarded: str, password: str = "wrong", connected: str = "10.0.0.1") -> int:
    """Somebody who is not signed in, by a proxy at `connected`, with what its header says."""
    typed = {"username": "odile", "password": password}
    headers = {"X-Forwarded-For": ", ".join(forwarded), "X-Forwarded-Proto": "https"}
    return Browser(headers=headers).post(URL, typed, REMOTE_ADDR=connected).status_code


def test_it_closes_an_account_to_one_visitor_of_a_proxy_and_not_to_the_others(settings: Any) -> None:
    settings.HTTPS = True
    for number in range(5):
        # The first address is what a visitor invents, the last what the proxy has seen.
        attempt_from(f"192.0.2.{number}", "198.51.100.7")
    assert attempt_from("203.0.113.9", "198.51.100.7", password=PASSWORD) == 429
    assert attempt_from("198.51.100.7", "203.0.113.9", password=PASSWORD) == 302


@pytest.mark.parametrize("forged", ["nonsense", "", "198.51.100.7:443", "10.0.0.1\n2026 INFO forged"])
def test_it_counts_by_the_proxy_where_its_header_says_no_address(forged: str, settings: Any) -> None:
    settings.HTTPS = True
    for _time in range(5):
        attempt_from(forged)
    assert attempt_from(forged, password=PASSWORD) == 429
    assert attempt_from("203.0.113.9", password=PASSWORD) == 302


def test_it_believes_no_header_without_a_proxy() -> None:
    for number in range(5):
        attempt_from(f"198.51.100.{number}")
    assert attempt_from("203.0.113.9", password=PASSWORD) == 429
    assert attempt_from("203.0.113.9", password=PASSWORD, connected="10.0.0.2") == 302


def test_it_opens_the_account_again_after_a_quarter_of_an_hour() -> None:
    browser = Browser()
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        for _time in range(5):
            attempt(browser)
    with time_machine.travel(start + timezone.timedelta(minutes=14), tick=False):
        assert attempt(browser, password=PASSWORD) == 429
    with time_machine.travel(start + timezone.timedelta(minutes=31), tick=False):
        assert attempt(browser, password=PASSWORD) == 302


def test_it_forgets_failures_once_one_is_in() -> None:
    browser = Browser()
    for _time in range(4):
        attempt(browser)
    assert attempt(browser, password=PASSWORD) == 302
    browser.post("/accounts/logout/")
    assert attempt(browser) in (200, 422)
    assert attempt(browser, password=PASSWORD) == 302


def test_it_lets_nobody_in_whose_account_is_closed() -> None:
    User.objects.update(is_active=False)
    assert attempt(Browser(), password=PASSWORD) in (200, 422)


def change(browser: Browser, new: str, old: str = PASSWORD) -> int:
    typed = {"old_password": old, "new_password1": new, "new_password2": new}
    return browser.post("/accounts/password/", typed).status_code


def test_it_changes_the_password_and_stays_signed_in() -> None:
    browser, other = Browser(), Browser()
    for each in (browser, other):
        each.force_login(User.objects.get())
    assert change(browser, "un cheval, deux agrafes") == 302
    assert browser.get("/").status_code == 200
    # Whoever else was signed in with the old one is not any more.
    assert other.get("/").status_code == 302
    assert attempt(Browser(), password="un cheval, deux agrafes") == 302
    assert attempt(Browser(), password=PASSWORD) in (200, 422)


@pytest.mark.parametrize("weak", ["odile", "12345678", "password", "court", "Durand1"])
def test_it_refuses_a_password_that_is_easily_found(weak: str) -> None:
    browser = Browser()
    browser.force_login(User.objects.get())
    response = browser.post(
        "/accounts/password/", {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak}
    )
    assert response.status_code in (200, 422)
    assert field_errors(response)["new_password2"]
    assert attempt(Browser(), password=PASSWORD) == 302


def test_it_asks_for_the_old_password() -> None:
    browser = Browser()
    browser.force_login(User.objects.get())
    assert change(browser, "un cheval, deux agrafes", old="wrong") in (200, 422)
    assert attempt(Browser(), password=PASSWORD) == 302


def test_it_keeps_sessions_across_restarts() -> None:
    browser = Browser()
    browser.force_login(User.objects.get())
    again = Browser()
    again.cookies["sessionid"] = browser.cookies["sessionid"].value
    assert again.get("/clients/").status_code == 200


@pytest.mark.parametrize("url", [URL, "/admin/login/"])
def test_a_published_password_opens_nothing_that_others_reach(url: str, settings: Any) -> None:
    make_user(username="admin", is_superuser=True, is_staff=True)
    User.objects.filter(username="admin").update(password=make_password("fixaloop-demo"))
    typed = {"username": "admin", "password": "fixaloop-demo"}
    settings.IS_REACHABLE = True
    response = Browser().post(url, typed)
    assert response.status_code == 200
    if url == URL:
        assert "Ce mot de passe de démonstration est publié" in said(response)
    settings.IS_REACHABLE = False
    assert Browser().post(url, typed).status_code == 302


def test_it_leads_from_what_was_sent_into_a_lost_session_to_the_page_above(odile: User) -> None:
    desk, card = Browser(), make_card()[0]
    desk.force_login(odile)
    sent_to = f"/access/cards/{card.pk}/extend/"
    assert desk.get(sent_to).status_code == 405
    response = desk.get(sent_to, headers={"referer": "http://testserver/accounts/login/?next=" + sent_to})
    assert (response.status_code, response["Location"]) == (302, f"/access/cards/{card.pk}/")
