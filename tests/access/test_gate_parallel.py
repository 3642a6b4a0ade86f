"""Two people at two counters, and one who clicks too often: with real connections at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from access.models import Entry, Event
from tests.access.factories import make_card, make_zone
from tests.factories import make_user
from tests.pages import find, values

pytestmark = pytest.mark.django_db(transaction=True)
CLICKS = 6
CONTROL = "/access/control/"


def at_once(browser: Browser, sent: list[dict[str, str]]) -> list[Any]:
    """The answers to forms sent at the same instant in one session."""
    barrier = Barrier(len(sent))
    key = browser.cookies["sessionid"].value

    def post(form: dict[str, str]) -> Any:
        tab = Browser()
        tab.cookies["sessionid"] = key
        try:
            barrier.wait()
            return tab.post(CONTROL, form)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(sent)) as pool:
        return list(pool.map(post, sent))


@pytest.fixture
def guard() -> Browser:
    browser = Browser()
    browser.force_login(make_user(group="Gardien"))
    return browser


def test_it_records_one_passage_for_one_button(guard: Browser) -> None:
    make_zone()
    _card, qr = make_card()
    checked = values(guard.post(CONTROL, {"value": qr}))
    click = {name: checked[name] for name in ("subject", "submission")} | {"action": "enter"}
    answers = at_once(guard, [click] * CLICKS)
    assert {response.status_code for response in answers} == {200}
    assert {find(response, "data-sound", "granted") is not None for response in answers} == {True}
    assert Entry.objects.count() == Event.objects.filter(kind="entry").count() == 1


def test_it_gives_the_last_place_once(guard: Browser) -> None:
    make_zone(capacity=2)
    codes = [make_card()[1] for _number in range(CLICKS)]
    answers = at_once(guard, [{"value": code, "action": "enter"} for code in codes])
    granted = Counter(find(response, "data-sound", "granted") is not None for response in answers)
    assert granted == {True: 2, False: CLICKS - 2}
    assert Entry.objects.open().count() == 2
