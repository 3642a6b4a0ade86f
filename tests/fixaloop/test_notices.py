"""The bell and `/notifications/`: what somebody should look at, once, for those who may see it."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fixaloop.notices.models import Notice
from fixaloop.notices.telling import tell
from tests.access.factories import make_active_client, make_card, make_device
from tests.conftest import SignIn
from tests.pages import find, links, said, text

SILENT = {"since": "2026-11-20T08:00:00+01:00"}
REFUSED = {"count": 3}


def notice(kind: str, subject: int, values: dict[str, Any], occasion: str = "") -> Notice:
    return Notice(kind=kind, key=f"{kind}-{subject}-{occasion}", at=timezone.now(), subject=subject, values=values)


def bell(browser: Browser) -> str:
    """What the bell beside the brand says to those who see."""
    count = find(browser.get("/notifications/count/"), "class", "bell__count")
    return "" if count is None else text(count)


def test_each_is_told_once_by_the_database_too(db: None) -> None:
    assert len(tell([notice("refused_often", 1, REFUSED), notice("refused_often", 1, REFUSED)])) == 1
    assert tell([notice("refused_often", 1, REFUSED)]) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        notice("refused_often", 1, REFUSED).save()


def test_the_bell_and_the_page_show_to_each_what_they_may_see(sign_in: SignIn) -> None:
    device, client = make_device(name="Barrière nord")[0], make_active_client(last_name="Curie")
    tell([notice("reader_silent", device.pk, SILENT), notice("refused_often", client.pk, REFUSED)])
    technician, guard, nobody = sign_in(group="Technicien"), sign_in(group="Gardien"), sign_in()
    assert (bell(guard), bell(technician), bell(nobody)) == ("2", "", "")
    page = guard.get("/notifications/")
    assert "Camille Curie : 3 refus en une heure" in said(page)
    assert links(page)["Barrière nord : le lecteur est muet depuis le 20 novembre 2026, 8 h"] == (
        f"/access/devices/{device.pk}/"
    )
    assert "Curie" not in said(technician.get("/notifications/"))
    assert technician.post(f"/notifications/{Notice.objects.latest('pk').pk}/read/").status_code == 404


def test_amounts_take_the_right_to_see_money(sign_in: SignIn) -> None:
    client = make_active_client()
    tell([notice("unpaid_over", client.pk, {"unpaid": "1120.50", "limit": "50"})])
    assert "1 120,50 € impayés" in said(sign_in(group="Accueil").get("/notifications/"))
    assert "impayés, pour" not in said(sign_in(group="Gardien").get("/notifications/"))


def test_one_and_all_are_marked_as_read_by_each_for_themselves(sign_in: SignIn) -> None:
    client = make_active_client()
    first, _second = tell([notice("refused_often", client.pk, REFUSED, day) for day in ("a", "b")])
    guard, other = sign_in(group="Gardien"), sign_in(group="Gardien")
    for _time in range(2):
        answer = guard.post(f"/notifications/{first.pk}/read/", {"back": "/notifications/?unread=1"})
        assert answer["Location"] == "/notifications/?unread=1"
    assert (bell(guard), bell(other)) == ("1", "2")
    unread = guard.get("/notifications/?unread=1")
    upto = find(unread, "name", "upto").get("value")
    (later,) = tell([notice("refused_often", client.pk, REFUSED, "c")])
    assert guard.post("/notifications/read/", {"upto": upto})["Location"] == "/notifications/"
    assert bell(guard) == "1"
    assert guard.post(f"/notifications/{later.pk}/read/", {"back": "https://example.org/"})["Location"] == (
        "/notifications/"
    )
    assert (bell(guard), bell(other)) == ("", "3")
    assert guard.get("/notifications/read/").status_code == 405
    assert said(guard.get("/notifications/")).count("3 refus en une heure") == 3
    assert "Rien ici" in said(guard.get("/notifications/?unread=1"))


def test_it_filters_by_kind_and_pages(guard: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fixaloop.notices.pages.SHOWN", 2)
    card = make_card()[0]
    tell([notice("lost_card_used", card.pk, {"refused": True}, str(day)) for day in range(3)])
    tell([notice("refused_often", card.client_id, REFUSED)])
    page = guard.get("/notifications/?kind=lost_card_used")
    assert said(page).count("a été présentée") == 2 * 2
    older = guard.get(links(page)["Plus anciennes"])
    assert said(older).count("a été présentée") == 2
    assert "Les plus récentes" in links(older)
    for nonsense in ("kind=nothing", "kind=unpaid_over", "before=x", "unread=oui", "other=1"):
        refused = guard.get(f"/notifications/?{nonsense}")
        assert refused.status_code == 200
        assert find(refused, "role", "alert") is not None


def test_the_bell_counts_no_further_than_99_and_costs_pages_no_query(guard: Browser) -> None:
    client = make_active_client()
    with CaptureQueriesContext(connection) as before:
        guard.get("/clients/")
    tell([notice("refused_often", client.pk, REFUSED, str(number)) for number in range(120)])
    assert bell(guard) == "99+"
    with CaptureQueriesContext(connection) as after:
        page = guard.get("/clients/")
    assert len(after) == len(before)
    assert not [query for query in after if "fixaloop_notice" in query["sql"]]
    assert text(find(page, "href", "/notifications/")) == "Notifications"
    with CaptureQueriesContext(connection) as counting:
        guard.get("/notifications/count/")
    assert len(counting) <= 5


def test_a_subject_that_is_gone_is_named_no_more(guard: Browser) -> None:
    client = make_active_client(last_name="Curie")
    tell([notice("refused_often", client.pk, REFUSED)])
    client.delete()
    page = guard.get("/notifications/")
    assert "Refus répétés" in said(page)
    assert "Curie" not in said(page)


@pytest.fixture
def guard(sign_in: SignIn) -> Browser:
    return sign_in(group="Gardien")
