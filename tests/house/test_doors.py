"""Every door is locked, opened by the right it takes, and moved by POST alone."""

from functools import partial
from typing import Any
from unittest import mock
from urllib.parse import unquote

import pytest
from django.db import connection
from django.template.backends.django import Template
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client
from fixaloop.worker import life
from tests.conftest import SignIn
from tests.factories import make_client, make_user
from tests.house.doors import SAMPLES, doors
from tests.house.test_security import assert_protected
from tests.pages import read

pytestmark = pytest.mark.any_database

# Readers have tokens and are answered in JSON: tests/access/test_api.py.
DOORS = [door for door in doors() if not door.name.startswith("api-v1:")]
# Leads to the one page where one signs in.
ADMIN = {"admin-sign-in", "admin:login"}
# Off where no provider is set up, or no token.
OFF = {"provider", "provider-return", "metrics"}
# What anybody may see, signed in or not.
PUBLIC = {"login", "password_reset_confirm", "forgotten", "second", "set_language", "healthz", "readyz"}
PUBLIC |= ADMIN | OFF
# What everybody may do once signed in.
SIGNED_IN = {
    "dashboard",
    "logout",
    "security",
    "session-out",
    *("confirm", "factor-app", "factor-codes", "factor-passkey", "factor-drop"),
    "admin-password",
    "password_change",
    "password_change_done",
    "profile",
    "rights",
    "search",
}
# Views of lists one may see; what is taken back asks the right of what was done.
SIGNED_IN |= {"firm-logo", "views:columns", "views:list", "views:rename", "views:delete", "undo"}
SIGNED_IN |= {f"notices:{name}" for name in ("list", "count", "read", "read-all")}
# Django keeps the admin's own pages to the staff, whatever their rights.
STAFF = {
    "admin:index",
    "admin:logout",
    "admin:password_change",
    "admin:password_change_done",
    "admin:jsi18n",
    "admin:autocomplete",
    "admin:view_on_site",
}
LOCKED = [door for door in DOORS if door.name not in PUBLIC | SIGNED_IN and not door.name.startswith("admin:")]
# The reader API answers the calls of its contract alone; the admin's sign-in is Django's.
SEEN = [door for door in DOORS if "/api/" not in door.path and door.name != "admin:login"]


@pytest.fixture(autouse=True)
def known_client(db: None) -> Client:
    return make_client(company_name="Serrurerie Lupin")


def test_it_finds_the_pages_of_the_contract() -> None:
    paths = {door.path for door in DOORS}
    expected = {"/", "/clients/", "/clients/new/", "/clients/CLT-001/", "/clients/CLT-001/edit/", "/healthz", "/admin/"}
    assert expected <= paths


def test_it_sends_strangers_to_the_login_page_which_brings_them_back(subtests: pytest.Subtests) -> None:
    """And protects every answer; those of an administrator are looked at where all are read, below."""
    for door in doors():
        with subtests.test(door=door.name):
            answer = Browser().get(door.path)
            read(answer)
            assert_protected(answer)
            if door in DOORS and door.name not in PUBLIC:
                for response in (answer, Browser().post(door.path)):
                    assert response.status_code == 302
                    login, _question, query = response["Location"].partition("?")
                    assert login in ("/accounts/login/", "/admin/login/")
                    assert unquote(query) == f"next={door.path}"


def test_it_lets_strangers_read_what_is_public() -> None:
    paths = {door.name: door.path for door in DOORS}
    # Ready, since a worker lives.
    life.beat("worker of a test", timezone.now())
    for name in PUBLIC - {"set_language", "second", *ADMIN, *OFF}:
        assert Browser().get(paths[name]).status_code == 200, name


def test_it_refuses_who_has_no_right(sign_in: SignIn, subtests: pytest.Subtests) -> None:
    browser = sign_in()
    for door in LOCKED:
        with subtests.test(door=door.name):
            # 405: a method that a page does not have is no door; it has one of the two.
            answers = [browser.get(door.path), browser.post(door.path)]
            assert {answer.status_code for answer in answers} <= {403, 405}
            assert any("data-right=" in answer.content.decode() for answer in answers if answer.status_code == 403)


def test_it_refuses_before_looking_anything_up(sign_in: SignIn, subtests: pytest.Subtests) -> None:
    """403 for a client that does not exist too: who may not see clients may not learn which numbers are taken."""
    Client.objects.all().delete()
    browser = sign_in()
    for door in LOCKED:
        # Of all other kinds none exists above either.
        if SAMPLES["client"] not in door.path:
            continue
        with subtests.test(door=door.name):
            assert 403 in (browser.get(door.path).status_code, browser.post(door.path).status_code)


def test_it_shows_the_admin_to_the_staff_with_rights_alone(sign_in: SignIn, subtests: pytest.Subtests) -> None:
    desk, staff = sign_in("clients.view_client", "clients.change_client"), sign_in(is_staff=True)
    for door in DOORS:
        if door.name.startswith("admin:") and door.name != "admin:login":
            with subtests.test(door=door.name):
                assert desk.get(door.path).status_code != 200
                if door.name not in STAFF:
                    assert staff.get(door.path).status_code != 200


def test_it_takes_no_change_without_the_token_of_its_own_form(subtests: pytest.Subtests) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(make_user(is_superuser=True, is_staff=True))
    for door in DOORS:
        with subtests.test(door=door.name):
            assert browser.post(door.path, {"confirm": "1"}).status_code == 403


def noted_in(statements: list[str], execute: Any, sql: str, *others: Any) -> Any:
    statements.append(sql)
    return execute(sql, *others)


def test_it_changes_nothing_when_read_and_tells_the_headers_alone(sign_in: SignIn, subtests: pytest.Subtests) -> None:
    make_client()
    browser = sign_in(is_superuser=True, is_staff=True)
    for door in doors():
        with subtests.test(door=door.name):
            query = {"confirm": "1", "other": "CLT-002", "status_mode": "active", "language": "en"}
            statements: list[str] = []
            with connection.execute_wrapper(partial(noted_in, statements)):
                shown = browser.get(door.path, query)
                read(shown)
            assert_protected(shown)
            changes = [sql for sql in statements if sql.startswith(("INSERT", "UPDATE", "DELETE"))]
            # What the page says of the last action is kept in the session; the journal says who read what.
            noted = ("fixaloop_opensession", "fixaloop_auditentry")
            assert [change for change in changes if not any(table in change for table in noted)] == []
            if door in SEEN:
                # What the page would say is left out: the view alone decides.
                with mock.patch.object(Template, "render", return_value=""):
                    asked = browser.head(door.path, query)
                assert (asked.status_code, read(asked)) == (shown.status_code, b"")
