"""Every door is locked, opened by the right it takes, and moved by POST alone (house.md, rule 8)."""

from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients.models import Client
from tests.conftest import SignIn
from tests.factories import make_client, make_user
from tests.house.doors import Door, doors
from tests.pages import read

# Readers have tokens and are answered in JSON: tests/access/test_api.py.
DOORS = [door for door in doors() if not door.name.startswith("api-v1:")]
# What anybody may see, signed in or not.
PUBLIC = {"login", "set_language", "healthz", "admin:login"}
# What everybody may do once signed in.
SIGNED_IN = {"dashboard", "logout", "password_change", "password_change_done"}
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

every_door = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)


@pytest.fixture(autouse=True)
def known_client(db: None) -> Client:
    return make_client(company_name="Serrurerie Lupin")


def test_it_finds_the_pages_of_the_contract() -> None:
    paths = {door.path for door in DOORS}
    expected = {"/", "/clients/", "/clients/new/", "/clients/CLT-001/", "/clients/CLT-001/edit/", "/healthz", "/admin/"}
    assert expected <= paths


@pytest.mark.parametrize("door", [door for door in DOORS if door.name not in PUBLIC], ids=lambda door: door.name)
@pytest.mark.parametrize("method", ["get", "post"])
def test_it_sends_strangers_to_the_login_page_which_brings_them_back(method: str, door: Door) -> None:
    response = getattr(Browser(), method)(door.path)
    assert response.status_code == 302
    login, _question, query = response["Location"].partition("?")
    assert login in ("/accounts/login/", "/admin/login/")
    assert unquote(query) == f"next={door.path}"


@pytest.mark.parametrize("name", sorted(PUBLIC - {"set_language"}))
def test_it_lets_strangers_read_what_is_public(name: str) -> None:
    [door] = [door for door in DOORS if door.name == name]
    assert Browser().get(door.path).status_code == 200


LOCKED = [door for door in DOORS if door.name not in PUBLIC | SIGNED_IN and not door.name.startswith("admin:")]
every_locked_door = pytest.mark.parametrize("door", LOCKED, ids=lambda door: door.name)


@every_locked_door
def test_it_refuses_who_has_no_right(door: Door, sign_in: SignIn) -> None:
    browser = sign_in()
    # 405: a method that a page does not have is no door; it has one of the two.
    answers = [browser.get(door.path).status_code, browser.post(door.path).status_code]
    assert set(answers) <= {403, 405}
    assert 403 in answers


@every_locked_door
def test_it_refuses_before_looking_anything_up(door: Door, sign_in: SignIn) -> None:
    """403 for a client that does not exist too: who may not see clients may not learn which numbers are taken."""
    Client.objects.all().delete()
    browser = sign_in()
    assert 403 in (browser.get(door.path).status_code, browser.post(door.path).status_code)


@pytest.mark.parametrize("door", [door for door in DOORS if door.name.startswith("admin:")], ids=lambda door: door.name)
def test_it_shows_the_admin_to_the_staff_with_rights_alone(door: Door, sign_in: SignIn) -> None:
    if door.name == "admin:login":
        return
    assert sign_in("clients.view_client", "clients.change_client").get(door.path).status_code != 200
    if door.name not in STAFF:
        assert sign_in(is_staff=True).get(door.path).status_code != 200


# The reader API answers the calls of its contract alone; the admin's sign-in is Django's.
SEEN = [door for door in DOORS if "/api/" not in door.path and door.name != "admin:login"]


@pytest.mark.parametrize("door", SEEN, ids=lambda door: door.name)
def test_it_tells_the_headers_alone_of_what_it_shows(door: Door, sign_in: SignIn) -> None:
    make_client()
    browser = sign_in(is_superuser=True, is_staff=True)
    asked, shown = browser.head(door.path), browser.get(door.path)
    assert asked.status_code == shown.status_code
    assert read(asked) == b""
    read(shown)


@every_door
def test_it_takes_no_change_without_the_token_of_its_own_form(door: Door) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(make_user(is_superuser=True, is_staff=True))
    assert browser.post(door.path, {"confirm": "1"}).status_code == 403


@every_door
def test_it_changes_nothing_when_read(door: Door, sign_in: SignIn) -> None:
    browser = sign_in(is_superuser=True, is_staff=True)
    with CaptureQueriesContext(connection) as queries:
        read(browser.get(door.path, {"confirm": "1", "other": "CLT-002", "status_mode": "active", "language": "en"}))
    changing = ("INSERT", "UPDATE", "DELETE")
    changes = [query["sql"] for query in queries if query["sql"].startswith(changing)]
    # What the page says of the last action is kept in the session.
    assert [change for change in changes if "django_session" not in change] == []
