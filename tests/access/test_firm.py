"""“Mon entreprise”: what the firm prints and the limits that it sets, with its history."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from PIL import Image

from fixaloop.installation.firm import firm, rule
from fixaloop.installation.models import Firm
from tests.access.factories import make_card
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import field_errors, said

URL = "/firm/"
TYPED = {"name": "Garage du Port", "address": "1 rue du Port\n57000 Metz", "phone": "03 87 00 00 00"}
pytestmark = pytest.mark.usefixtures("commits_at_once")


def test_it_is_printed_everywhere_from_then_on(sign_in: SignIn, django_assert_num_queries: Any) -> None:
    browser = sign_in(group="Direction")
    typed = TYPED | {"siret": "401 251 566 01475", "hours": "lun-ven 8h-18h", "unpaid_limit": "80", "recent_days": "30"}
    typed |= {"entry_retention_days": "90", "require_email": "on"}
    assert browser.post(URL, typed)["Location"] == URL
    assert (firm()["name"], firm()["siret"]) == ("Garage du Port", "40125156601475")
    assert (rule("RECENT_DAYS"), rule("UNPAID_LIMIT"), rule("NOTICE_DAYS")) == (30, 80, 7)
    assert (rule("ENTRY_RETENTION_DAYS"), rule("EVENT_RETENTION_DAYS"), rule("REQUIRE_EMAIL")) == (90, 90, True)
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


def send_logo(browser: Browser, content: bytes, **typed: str) -> Any:
    file = SimpleUploadedFile("logo.jpg", content, "image/jpeg")
    version = Firm.objects.values_list("version", flat=True).first() or ""
    return browser.post(URL, TYPED | {"version": str(version), "picture": file} | typed)


def drawn(width: int, height: int, kind: str = "JPEG") -> bytes:
    written = BytesIO()
    Image.new("1" if kind == "PNG" else "RGB", (width, height)).save(written, kind)
    return written.getvalue()


def test_its_logo_is_made_small_and_printed(sign_in: SignIn) -> None:
    browser = sign_in(group="Direction")
    assert send_logo(browser, drawn(3000, 1000)).status_code == 302
    address = firm()["logo"]
    with Image.open(BytesIO(sign_in(group="Gardien").get(address).content)) as kept:
        assert (kept.format, kept.size) == ("PNG", (720, 240))
    client, image = make_client(), f'src="{address}"'.encode()
    assert image in browser.get(f"/access/cards/{make_card(client)[0].pk}/badge/").content
    assert image in browser.get(f"/clients/{client.reference}/statement/").content
    assert b"/Image" in browser.get(f"/clients/{client.reference}/statement/pdf/").content
    assert "720 × 240" in said(browser.get(URL))
    browser.post(URL, TYPED | {"version": "1", "no_logo": "on"})
    assert firm()["logo"] == ""


def test_it_refuses_a_logo_that_is_none_or_would_fill_the_memory(sign_in: SignIn) -> None:
    browser = sign_in(group="Direction")
    whole = drawn(3000, 1000)
    for content in (b"<svg/>", whole[: len(whole) // 2], drawn(20_000, 20_000, "PNG"), bytes(5_000_001)):
        response = send_logo(browser, content)
        assert (response.status_code, set(field_errors(response))) == (422, {"picture"})
