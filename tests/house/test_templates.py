"""Templates: all used, closed to what is around them, without inline code, valid once rendered."""

import re
from pathlib import Path
from typing import Any

import html5lib
import pytest
from django.contrib.staticfiles import finders
from django.test import Client as Browser

from fixaloop.web.icons import icon
from fixaloop.web.navigation import GROUPS
from tests.conftest import SignIn
from tests.factories import make_client, person
from tests.pages import parse

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SOURCES = [path for app in ("fixaloop", "clients", "interventions", "access") for path in (ROOT / app).rglob("*.py")]
# Found by Django under these names.
BY_NAME = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html", "503.html", "admin/base_site.html"}
BY_NAME |= {
    f"registration/{name}.html" for name in ("login", "logged_out", "password_change_form", "password_change_done")
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


every_template = pytest.mark.parametrize("path", TEMPLATES, ids=name_of)


@every_template
def test_it_is_used(path: Path) -> None:
    name = name_of(path)
    if name in BY_NAME or name.startswith("admin/"):
        return
    others = [other for other in [*TEMPLATES, *SOURCES] if other != path]
    assert any(re.search(rf"""["']{re.escape(name)}["'#]""", other.read_text(encoding="utf-8")) for other in others)


@every_template
def test_it_hands_to_its_parts_what_they_need_and_no_more(path: Path) -> None:
    includes = re.findall(r"\{%-?\s*include\s.*?%\}", path.read_text(encoding="utf-8"), re.DOTALL)
    assert [include for include in includes if not re.search(r"\sonly\s*%\}$", include)] == []


@every_template
def test_it_holds_no_inline_code(path: Path) -> None:
    source = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"))
    assert re.findall(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:", source) == []
    assert [script for script in re.findall(r"<script\b[^>]*>", source) if "src=" not in script] == []


@every_template
def test_it_says_htmx_in_attributes_that_html_knows(path: Path) -> None:
    assert re.findall(r"(?<!data-)\bhx-(?:get|post|target|trigger|swap|push|include)[\w-]*", path.read_text()) == []


@every_template
def test_it_names_icons_and_files_that_exist(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    for name in re.findall(r"""\{%\s*icon\s+["']([\w-]+)["']""", source):
        assert "<svg" in icon(name)
    for file in re.findall(r"""\{%\s*static\s+["']([^"']+)["']""", source):
        assert finders.find(file), file


def test_it_knows_the_icons_of_the_navigation() -> None:
    for _label, entries in GROUPS:
        for entry in entries:
            assert "<svg" in icon(entry.icon)


@pytest.fixture
def pages(db: None) -> dict[str, tuple[str, dict[str, str] | None]]:
    """Screens with something in each of their parts, and what is posted to some."""
    garage = make_client(company_name="Garage & Fils <Port>", email="garage@example.org", siret="40125156601475")
    make_client(company=garage, last_name="L’Haÿ", phone="+33199001234", status_mode="active", status_reason="x & y")
    return {
        "dashboard": ("/", None),
        "list": ("/clients/", None),
        "filtered": ("/clients/?q=port&kind=company&sort=-name", None),
        "nonsense": ("/clients/?status=dead&couleur=bleu&page=x&sort=zz", None),
        "empty": ("/clients/?q=nobody&city=Berlin", None),
        "new": ("/clients/new/", None),
        "refused": ("/clients/new/", person(email="garage@example.org", phone="12")),
        "stale": ("/clients/CLT-001/edit/", {"kind": "company", "company_name": "A", "country": "FR", "version": "0"}),
        "detail": ("/clients/CLT-001/", None),
        "person": ("/clients/CLT-002/", None),
        "edit": ("/clients/CLT-001/edit/", None),
        "members": ("/clients/CLT-001/members/", None),
        "history": ("/clients/CLT-001/history/", None),
        "status": ("/clients/CLT-001/status/", None),
        "delete": ("/clients/CLT-001/delete/", None),
        "delete person": ("/clients/CLT-002/delete/", None),
        "merge": ("/clients/CLT-001/merge/", None),
        "preview": ("/clients/CLT-001/merge/?other=CLT-002", None),
        "anonymize": ("/clients/CLT-002/anonymize/", None),
        "model": ("/clients/templates/new/", None),
        "password": ("/accounts/password/", None),
        "not found": ("/nowhere/", None),
    }


NAMES = (
    *("dashboard", "list", "filtered", "nonsense", "empty", "new", "refused", "stale", "detail", "person", "edit"),
    *("members", "history", "status", "delete", "delete person", "merge", "preview", "anonymize", "model"),
    *("password", "not found"),
)


@pytest.mark.parametrize("name", NAMES)
def test_it_becomes_valid_html(name: str, pages: dict[str, Any], desk: Browser) -> None:
    url, posted = pages[name]
    check(desk.get(url) if posted is None else desk.post(url, posted))


def test_it_becomes_valid_html_for_strangers_and_for_those_who_may_little(sign_in: SignIn) -> None:
    make_client()
    check(Browser().get("/accounts/login/"))
    check(Browser().post("/accounts/login/", {"username": "x", "password": "y"}))
    reader = sign_in(group="Lecture seule")
    for url in ("/", "/clients/", "/clients/CLT-001/", "/clients/new/"):
        check(reader.get(url))


def check(response: Any) -> None:
    """The page parses without an error; names what it points at; has one title and one main heading."""
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(response.content, transport_encoding="utf-8")
    assert [(position, code) for position, code, _details in parser.errors] == []
    page = parse(response)
    ids = [node.get("id") for node in page.iter() if node.get("id")]
    assert sorted(ids) == sorted(set(ids))
    for node in page.iter():
        for attribute in ("for", "aria-describedby", "aria-labelledby", "list"):
            for target in (node.get(attribute) or "").split():
                assert target in ids, f"{attribute}={target} points at nothing"
    assert len(list(page.iter("h1"))) == 1
    assert [node for node in page.iter("img") if node.get("alt") is None] == []
    html = page if page.tag == "html" else page.find("html")
    assert html is not None
    assert html.get("lang") == "fr"
