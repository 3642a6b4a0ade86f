"""What every answer carries, and what the deployed site refuses to run without."""

import os
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories import PASSWORD, make_user
from tests.pages import said

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).parents[2]
FORM = "application/x-www-form-urlencoded"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def policy(header: str) -> dict[str, str]:
    """The directives of a Content-Security-Policy."""
    pairs = (directive.strip().partition(" ") for directive in header.split(";") if directive.strip())
    return {name: sources for name, _space, sources in pairs}


def assert_protected(response: Any) -> None:
    assert policy(response["Content-Security-Policy"]) == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


def test_it_protects_what_is_not_found_too(desk: Browser) -> None:
    for path in ("/nowhere/", "/clients/CLT-999/", "/clients/export/nowhere"):
        response = desk.get(path)
        assert response.status_code == 404
        assert policy(response["Content-Security-Policy"]) == POLICY


UNREADABLE = (
    *((f"{FORM}; charset={charset}", b"a=b") for charset in ("utf-16", "latin-1", "hex")),
    (FORM, b"a" * 5000),
    ("multipart/form-data", b"a"),
)


@pytest.mark.parametrize("path", ["/accounts/login/", "/clients/new/", "/admin/login/", "/nowhere/"])
def test_it_says_so_and_protects_where_what_is_sent_cannot_be_read(
    path: str, desk: Browser, settings: Any, subtests: pytest.Subtests
) -> None:
    """Django refuses it each time it looks for a token in it: before the view, and before pages of its own."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 4000
    for browser, (content_type, body) in product((desk, Browser()), UNREADABLE):
        with subtests.test(content_type=content_type):
            browser.handler.enforce_csrf_checks = True
            browser.cookies["csrftoken"] = "a" * 32
            browser.raise_request_exception = False
            response = browser.generic("POST", path, body, content_type)
            assert response.status_code == 400
            assert "Demande incomprise" in said(response)
            assert policy(response["Content-Security-Policy"]) == POLICY
            assert response["X-Content-Type-Options"] == "nosniff"
            assert response["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_it_hands_out_cookies_that_scripts_and_other_sites_cannot_use() -> None:
    make_user(username="odile")
    browser = Browser()
    browser.get("/accounts/login/")
    browser.post("/accounts/login/", {"username": "odile", "password": PASSWORD})
    browser.get("/clients/")
    browser.post("/accounts/language/", {"language": "en"})
    assert {"sessionid", "csrftoken"} <= set(browser.cookies)
    for name, cookie in browser.cookies.items():
        assert cookie["samesite"] == "Lax", name
    assert browser.cookies["sessionid"]["httponly"]
    assert browser.cookies["csrftoken"]["httponly"]


@pytest.mark.django_db
def test_it_asks_browsers_to_keep_pages_of_clients_to_themselves(desk: Browser) -> None:
    assert "Cookie" in desk.get("/clients/")["Vary"]


ASK = """
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
call_command("check", deploy=True, fail_level="WARNING")
plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
with override_settings(STORAGES=settings.STORAGES | plain):
    http = Client().get("/accounts/login/", headers={"host": "fixaloop.example"})
    assert (http.status_code, http["Location"]) == (301, "https://fixaloop.example/accounts/login/"), http
    https = Client().get("/accounts/login/", headers={"host": "fixaloop.example", "x-forwarded-proto": "https"})
    assert https.status_code == 200
    assert "max-age=31536000" in https["Strict-Transport-Security"]
    cookie = https.cookies["__Host-csrftoken"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
    assert settings.SESSION_COOKIE_SECURE
    assert settings.SESSION_COOKIE_NAME == "__Host-sessionid"
    assert not settings.DEBUG
    assert Client().get("/accounts/login/", headers={"host": "elsewhere.example"}).status_code == 400
    assert Client().get("/healthz", headers={"host": "fixaloop.example"}).status_code == 200
"""


def test_it_passes_djangos_own_check_and_speaks_https_alone_behind_a_proxy(tmp_path: Path) -> None:
    key = "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF"
    production = {"HTTPS": "1", "SECRET_KEY": key, "ALLOWED_HOSTS": "fixaloop.example", "VAR_DIR": str(tmp_path)}
    production |= {"DJANGO_SETTINGS_MODULE": "fixaloop.settings", "DATABASE_URL": "sqlite://:memory:"}
    promised = {"HSTS_SUBDOMAINS": "1", "HSTS_PRELOAD": "1"}
    # A browser test before, in the same process, allows what a deployed site must not.
    environ = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    command = [sys.executable, "-c", ASK]
    result = subprocess.run(
        command, cwd=ROOT, env=environ | production | promised, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_the_document_of_security_names_tests_and_files_that_exist() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    for path, test in re.findall(r"`((?:[a-z]+/)+\w+\.(?:py|md|html|js))(?:::(\w+))?`", text):
        assert f"def {test}(" in (ROOT / path).read_text() or not test, (path, test)
