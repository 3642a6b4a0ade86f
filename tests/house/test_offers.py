"""What a page offers to a group is open to it: links, searches, buttons, and what its fields ask for."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree.ElementTree import Element

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import Resolver404, resolve
from django.utils import timezone

from access.models import Event, Tag
from tests.access.factories import make_card, make_entry, make_event, make_tariff, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.factories import make_client, make_user
from tests.house.test_permissions import GROUPS, D, G, T
from tests.interventions.factories import in_state, make_intervention, pay
from tests.loading import loaded
from tests.pages import parse, read, rows

# Of each page as many, without and with a query: one record may offer more than the next.
OF_EACH = 2
LEFT_OUT = re.compile("/(static|admin|accounts/logout)/")


def fill() -> None:
    """One of everything, with what it may offer."""
    company = make_client(company_name="Serrurerie Lupin")
    client = make_client(last_name="Zola", company=company, email="zola@example.org")
    Tag.objects.create(name="Parking")
    technician = make_user(group="Technicien", username="tess")
    for state in ("to_plan", "planned", "in_progress", "on_hold", "done"):
        job = in_state(state, client, technician=technician)
    pay(job, "10")
    card, _code = make_card(client)
    make_entry(card)
    make_entry(card, entered_at=timezone.now() - timedelta(hours=2), exited_at=timezone.now(), amount_due=5)
    make_card(client, username="ancienne", status="suspended")
    make_vehicle(client)
    make_tariff(make_zone("Cour"))
    make_intervention(company)
    # Those of jobs and payments happened above.
    for kind in set(Event.Kind.values) - {"job", "payment"}:
        make_event(client, kind)


known = loaded(fill)
pytestmark = pytest.mark.any_database


# Direction may do everything.
@pytest.mark.parametrize("group", [group for group in GROUPS if group != D])
def test_nothing_is_offered_that_is_refused(group: str, known: None, sign_in: SignIn) -> None:
    browser = sign_in(group=group)
    assert list(_refused(browser)) == []


@pytest.mark.parametrize("group", GROUPS)
def test_no_kind_of_event_is_offered_that_is_never_shown(group: str, known: None, sign_in: SignIn) -> None:
    browser = sign_in(group=group)
    page = browser.get("/access/events/")
    if page.status_code == 200:
        offered = [node.get("value") for node in parse(page).iter("input") if node.get("name") == "kind"]
        assert [kind for kind in offered if not rows(browser.get("/access/events/", {"kind": kind}))] == []
        assert len(offered) == len(Event.Kind) - (2 if group == G else 0)
    told = [node.get("href", "") for node in parse(browser.get("/clients/CLT-002/")).iter("a")]
    filters = [url for url in told if "?told=" in url]
    assert [url for url in filters if not rows(browser.get(url))] == []
    assert len(filters) == {G: 2, T: 0}.get(group, 4)


@pytest.mark.parametrize("group", GROUPS)
def test_only_those_who_are_given_work_are_offered_their_own(group: str, known: None, sign_in: SignIn) -> None:
    page = sign_in(group=group).get("/interventions/")
    offered = any("technician=me" in node.get("href", "") for node in parse(page).iter("a"))
    chosen = any(node.get("value") == "me" for node in parse(page).iter("option"))
    assert offered == chosen == (group in (D, T))


def _refused(browser: Browser) -> Iterator[str]:
    """What is refused of all that can be reached, each with the page that offers it."""
    offered = {"/": ""}
    seen: Counter[Any] = Counter()
    waiting = ["/"]
    while waiting:
        url = waiting.pop(0)
        if not _is_new(url, "GET", seen):
            continue
        answer = browser.get(url, follow=True)
        read(answer)
        is_page = not answer.streaming and answer["Content-Type"].startswith("text/html")
        # The next file offers nothing else, nor does a list that is filtered or sorted another way.
        if not is_page or ("?" in url and "list" in (answer.context or ())):
            seen[_name(url, "GET")] = OF_EACH
        if answer.status_code == 403:
            yield f"{url} on {offered[url]}"
        elif is_page:
            page = parse(answer)
            yield from (f"POST {sent} on {url}" for sent in _posts(page, url) if _is_refused(browser, sent, seen))
            new = [link for link in _links(page, url) if link not in offered]
            offered |= dict.fromkeys(new, url)
            waiting += new


def _is_new(url: str, method: str, seen: Counter[Any]) -> bool:
    if (name := _name(url, method)) is None:
        return False
    seen[name] += 1
    return seen[name] <= OF_EACH


def _name(url: str, method: str) -> tuple[str, str, bool] | None:
    """What is asked of which page, and whether with a query; None of what is not looked at."""
    parts = urlsplit(url)
    if LEFT_OUT.match(parts.path) or parts.netloc:
        return None
    try:
        return method, resolve(parts.path).view_name, bool(parts.query)
    except Resolver404:
        return None


def _links(page: Element, url: str) -> Iterator[str]:
    for node in page.iter():
        found = [node.get("data-hx-get"), node.get("href") if node.tag == "a" else None]
        if node.tag == "form" and node.get("method", "get").lower() == "get":
            found.append(node.get("action"))
        if node.get("formmethod", "get").lower() == "get" and _form_method(page, node) == "get":
            found.append(node.get("formaction"))
        yield from (urldefrag(urljoin(url, link)).url for link in found if link and not link.startswith("#"))


def _posts(page: Element, url: str) -> Iterator[str]:
    for node in page.iter():
        found = [node.get("data-hx-post")]
        if node.tag == "form" and node.get("method", "").lower() == "post":
            found.append(node.get("action") or url)
        if node.get("formmethod", "").lower() == "post":
            found.append(node.get("formaction"))
        yield from (urljoin(url, action) for action in found if action)


def _form_method(page: Element, button: Element) -> str:
    if "formaction" not in button.attrib or "formmethod" in button.attrib:
        return button.get("formmethod", "get").lower()
    for form in page.iter("form"):
        if form.get("id") == button.get("form") or button in form.iter():
            return form.get("method", "get").lower()
    return "get"


def _is_refused(browser: Browser, url: str, seen: Counter[Any]) -> bool:
    """Whether an empty form is refused for want of a right; whatever else it does is taken back."""
    if not _is_new(url, "POST", seen):
        return False
    with transaction.atomic():
        answer = browser.post(url)
        read(answer)
        transaction.set_rollback(True)
    return answer.status_code == 403
