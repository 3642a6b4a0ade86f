"""Signing in and out, and what stands in the way of who tries passwords."""

from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.test import Client as Browser

from tests.access.factories import make_card
from tests.factories import PASSWORD, make_user
from tests.pages import find, said, text, values

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


def test_it_keeps_sessions_across_restarts() -> None:
    browser = Browser()
    browser.force_login(User.objects.get())
    again = Browser()
    again.cookies["sessionid"] = browser.cookies["sessionid"].value
    assert again.get("/clients/").status_code == 200


def test_a_published_password_opens_nothing_that_others_reach(settings: Any) -> None:
    make_user(username="admin", is_superuser=True, is_staff=True)
    User.objects.filter(username="admin").update(password=make_password("fixaloop-demo"))
    typed = {"username": "admin", "password": "fixaloop-demo"}
    settings.IS_REACHABLE = True
    response = Browser().post(URL, typed)
    assert response.status_code == 200
    assert "Ce mot de passe de démonstration est publié" in said(response)
    settings.IS_REACHABLE = False
    assert Browser().post(URL, typed).status_code == 302


def test_the_administration_has_no_door_of_its_own(odile: User) -> None:
    stranger, desk = Browser(), Browser()
    assert stranger.post("/admin/login/?next=/admin/auth/")["Location"] == f"{URL}?next=%2Fadmin%2Fauth%2F"
    desk.force_login(odile)
    assert desk.get("/admin/", follow=True).status_code == 403
    assert desk.get("/admin/password_change/")["Location"] == "/accounts/password/"


def test_it_leads_from_what_was_sent_into_a_lost_session_to_the_page_above(odile: User) -> None:
    desk, card = Browser(), make_card()[0]
    desk.force_login(odile)
    sent_to = f"/access/cards/{card.pk}/extend/"
    assert desk.get(sent_to).status_code == 405
    response = desk.get(sent_to, headers={"referer": "http://testserver/accounts/login/?next=" + sent_to})
    assert (response.status_code, response["Location"]) == (302, f"/access/cards/{card.pk}/")
