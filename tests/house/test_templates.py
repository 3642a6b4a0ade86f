"""Templates: all used, closed to what is around them, without inline code, valid once rendered."""

import re
from collections import Counter
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
from tests.interventions.factories import in_state, pay
from tests.pages import parse

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SOURCES = [path for app in ("fixaloop", "clients", "interventions", "access") for path in (ROOT / app).rglob("*.py")]
# Found by Django under these names.
BY_NAME = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html", "503.html", "admin/base_site.html"}
BY_NAME |= {
    f"registration/{name}.html"
    for name in ("login", "logged_out", "password_change_form", "password_change_done", "password_reset_confirm")
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


def test_each_is_used() -> None:
    named = Counter[str]()
    for path in (*TEMPLATES, *SOURCES):
        names = set(re.findall(r"""["']([\w/-]+\.html)["'#]""", path.read_text(encoding="utf-8")))
        named.update(names - ({name_of(path)} if path in TEMPLATES else set()))
    listed = [name for name in map(name_of, TEMPLATES) if name not in BY_NAME and not name.startswith("admin/")]
    assert [name for name in listed if not named[name]] == []


def test_each_hands_to_its_parts_what_they_need_and_no_more() -> None:
    includes = found_in_templates(r"\{%-?\s*include\s.*?%\}", re.DOTALL)
    assert [(name, include) for name, include in includes if not re.search(r"\sonly\s*%\}$", include)] == []


def test_none_holds_inline_code() -> None:
    assert found_in_templates(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:") == []
    assert [script for script in found_in_templates(r"<script\b[^>]*>") if "src=" not in script[1]] == []


def test_each_says_htmx_in_attributes_that_html_knows() -> None:
    assert found_in_templates(r"(?<!data-)\bhx-(?:get|post|target|trigger|swap|push|include)[\w-]*") == []


def test_each_names_icons_and_files_that_exist() -> None:
    for name, shown in found_in_templates(r"""\{%\s*icon\s+["']([\w-]+)["']"""):
        assert "<svg" in icon(shown), name
    for name, file in found_in_templates(r"""\{%\s*static\s+["']([^"']+)["']"""):
        assert finders.find(file), (name, file)


def found_in_templates(pattern: str, flags: int = 0) -> list[tuple[str, str]]:
    """What a pattern finds in templates, comments left out, with the name of each."""
    sources = ((name_of(path), re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"))) for path in TEMPLATES)
    return [(name, match) for name, source in sources for match in re.findall(pattern, source, flags)]


def test_it_knows_the_icons_of_the_navigation() -> None:
    for _label, entries in GROUPS:
        for entry in entries:
            assert "<svg" in icon(entry.icon)


@pytest.fixture
def pages(db: None) -> dict[str, tuple[str, dict[str, str] | None]]:
    """Screens with something in each of their parts, and what is posted to some."""
    garage = make_client(company_name="Garage & Fils <Port>", email="garage@example.org", siret="40125156601475")
    pay(in_state("done", garage, labor_amount=100), "40")
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
        "statement": ("/clients/CLT-001/statement/", None),
        "no statement": ("/clients/CLT-001/statement/?after=2026-02-01&before=2026-01-01&x=1", None),
        "statements": ("/payments/statements/", None),
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


def test_it_becomes_valid_html(pages: dict[str, Any], desk: Browser, subtests: pytest.Subtests) -> None:
    for name, (url, posted) in pages.items():
        with subtests.test(page=name):
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
