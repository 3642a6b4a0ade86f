"""A visitor’s pass, and who may be inside beside whom: hours to the minute, so many visits, one at a time."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.gate import persons
from access.gate.credentials import Credential
from access.models import AccessCard, Entry, Zone
from access.reader.reads import Scan, answer
from access.services.corrections import CORRECTED
from fixaloop.words.dates import say_clock
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.factories import make_user
from tests.pages import said, values

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR = timedelta(hours=1)
PASS = "/access/cards/visitor/"


def read(zone: Zone, value: str, at: Any = NOW, way: str = "in", kind: str = "qr") -> dict[str, Any]:
    device, _token = make_device(zone, way)
    return answer(device, Scan("n", Credential(kind, value)), at)


def visit(**fields: Any) -> tuple[AccessCard, str]:
    """A pass for a visitor, valid from an hour ago for two hours, once."""
    host = make_active_client(email="")
    window = {"starts_at": NOW - HOUR, "ends_at": NOW + HOUR, "max_visits": 1, "visitor": "Paul Visiteur"}
    return make_card(host, **window | fields)


def test_a_pass_opens_from_its_first_to_its_last_minute() -> None:
    zone = make_zone()
    for minutes, reasons in ((-61, ["card_not_yet_valid"]), (-60, []), (59, []), (60, ["card_expired"])):
        _card, qr = visit()
        assert read(zone, qr, NOW + timedelta(minutes=minutes))["reasons"] == reasons
    early = read(zone, visit()[1], NOW - 2 * HOUR)["message"]
    assert f"à {say_clock(timezone.localtime(NOW - HOUR))}" in early


def test_a_pass_for_once_lets_in_and_out_once() -> None:
    zone = make_zone()
    _card, qr = visit()
    assert read(zone, qr)["reasons"] == []
    assert read(zone, qr, NOW + HOUR / 4)["reasons"] == ["card_used_up"]
    assert read(zone, qr, NOW + HOUR / 3, "out")["decision"] == "granted"
    assert read(zone, qr, NOW + HOUR / 2)["reasons"] == ["card_used_up"]
    assert read(zone, qr, NOW + 2 * HOUR, "out")["decision"] == "granted"


def test_a_pass_counts_visits_and_not_doors() -> None:
    site = make_zone()
    inner = make_zone(parent=site)
    card, qr = visit(max_visits=2, ends_at=NOW + 9 * HOUR)
    for visits in (1, 2):
        at = NOW + visits * HOUR
        assert read(site, qr, at)["reasons"] == read(inner, qr, at + HOUR / 4)["reasons"] == []
        read(site, qr, at + HOUR / 2, "out")
        card.refresh_from_db()
        assert card.visits == visits
    assert read(site, qr, NOW + 4 * HOUR)["reasons"] == ["card_used_up"]


def test_an_entry_that_was_a_mistake_gives_its_visit_back_to_the_pass() -> None:
    site, by = make_zone(), make_user()
    inner = make_zone(parent=site)
    card, qr = visit(max_visits=2)
    for zone, at in ((site, NOW), (inner, NOW + HOUR / 4)):
        read(zone, qr, at)
    around, further_in = Entry.objects.order_by("entered_at")
    before = {name: getattr(further_in, name) for name in CORRECTED}
    of_file = make_entry(card, make_zone(), entered_at=NOW - HOUR, exited_at=NOW - HOUR / 2)
    # Whoever was further in has visited; a stay that no gate opened was counted by none.
    for stay, visits in ((around, 1), (of_file, 1), (further_in, 0)):
        voided = services.void(stay, reason="erreur", by=by)
        card.refresh_from_db()
        assert card.visits == visits
    services.take_back(further_in, before, by=by, mark=voided.mark, at=NOW)
    card.refresh_from_db()
    assert card.visits == 1


def test_a_visitor_is_a_person_apart_from_the_host() -> None:
    zone = make_zone()
    card, qr = visit()
    host = make_card(make_active_client(), username="hote")[0]
    AccessCard.objects.filter(pk=host.pk).update(client=card.client)
    read(zone, qr)
    read(zone, "hote", NOW + HOUR / 4, kind="username")
    assert persons.inside(zone) == 2
    read(zone, "hote", NOW + HOUR / 3, "out", "username")
    assert [stay.card for stay in Entry.objects.open()] == [card]


@pytest.fixture
def desk(sign_in: SignIn) -> Browser:
    return sign_in(group="Accueil")


def test_the_desk_issues_a_pass_to_somebody_without_an_e_mail(desk: Browser) -> None:
    zone, host = make_zone("Parking P1"), make_active_client(email="")
    form = values(desk.get(PASS, {"client": host.reference}))
    assert form["client"] == host.reference
    sent = form | {"visitor": "Paul Visiteur", "zones": [zone.pk]}
    page = desk.post(PASS, sent, follow=True)
    card = AccessCard.objects.get()
    assert (card.visitor, card.max_visits, card.everywhere) == ("Paul Visiteur", 1, False)
    assert "Paul Visiteur" in said(page)
    assert 'id="qr-value"' in page.content.decode()
    assert "Visite chez" in said(desk.get(f"/access/cards/{card.pk}/badge/"))
    assert desk.post(PASS, sent).status_code == 302
    assert AccessCard.objects.count() == 1


def test_a_pass_may_be_a_badge_that_is_lent(desk: Browser) -> None:
    host = make_active_client(email="")
    sent = values(desk.get(PASS, {"client": host.reference})) | {"visitor": "Paul", "badge_number": "04:A2:B9"}
    desk.post(PASS, sent)
    assert AccessCard.objects.get().kind == "badge"
    assert read(make_zone(), "04A2B9", timezone.now(), kind="badge")["decision"] == "granted"


def test_the_form_of_a_pass_says_what_is_wrong(desk: Browser, sign_in: SignIn) -> None:
    zone = make_zone()
    good: dict[str, Any] = values(desk.get(PASS, {"client": make_active_client(email="").reference}))
    good |= {"visitor": "Paul", "zones": [zone.pk]}
    wrong = (
        # No box ticked opens every zone for a client’s card; a stranger is told where to go.
        {"zones": []},
        {"visitor": ""},
        {"client": "CLT-999"},
        {"starts_at": "", "ends_at": "2031-01-01T10:00"},
        {"ends_at": "2020-01-01T10:00"},
        {"starts_at": "2031-01-01T10:00", "ends_at": "2031-01-01T09:00"},
        {"max_visits": "0"},
        {"max_visits": "x"},
        {"badge_number": "¤"},
    )
    for change in wrong:
        assert desk.post(PASS, good | change).status_code == 422, change
    assert not AccessCard.objects.exists()
    assert sign_in(group="Gardien").get(PASS).status_code == 403


@pytest.mark.parametrize(
    ("mode", "reasons", "anomalies"),
    [("none", [], []), ("warn", [], ["already_inside"]), ("refuse", ["already_inside"], [])],
)
def test_one_inside_at_a_time(mode: str, reasons: list[str], anomalies: list[str]) -> None:
    zone = make_zone()
    company = make_active_client(company_name="Garage", kind="company")
    make_vehicle(company)
    make_card(company, one_inside=mode)
    _second, qr = make_card(company, one_inside=mode)
    assert read(zone, "AB123CD", kind="plate")["decision"] == "granted"
    answered = read(zone, qr, NOW + HOUR)
    assert (answered["reasons"], answered["anomalies"]) == (reasons, anomalies)
    assert read(make_zone(parent=zone), qr, NOW + 2 * HOUR)["reasons"] == []
    assert read(zone, "AB123CD", NOW + 3 * HOUR, "out", "plate")["decision"] == "granted"


@pytest.mark.parametrize("first", ["plate", "qr"])
def test_the_badge_and_the_car_of_one_person_are_one_inside(first: str) -> None:
    zone, client = make_zone(open_to="active"), make_active_client()
    make_vehicle(client)
    values = {"plate": "AB123CD", "qr": make_card(client, one_inside="refuse")[1]}
    second = "qr" if first == "plate" else "plate"
    entry = read(zone, values[first], kind=first)["entry"]
    soon = NOW + timedelta(seconds=20)
    assert read(zone, values[second], soon, kind=second)["entry"] == entry
    # Another badge is perhaps somebody else, and so is this one later.
    other = make_card(client, one_inside="refuse")[1]
    assert read(zone, other, soon)["reasons"] == ["already_inside"]


def test_a_pass_may_be_changed_but_stays_a_pass(desk: Browser) -> None:
    card, _qr = visit()
    page = f"/access/cards/{card.pk}/edit/"
    sent = values(desk.get(page)) | {"ends_at": "2031-01-05T18:30", "max_visits": "3"}
    assert desk.post(page, sent).status_code == 302
    card.refresh_from_db()
    assert (f"{timezone.localtime(card.ends_at):%Y-%m-%d %H:%M}", card.max_visits) == ("2031-01-05 18:30", 3)
    assert f"{card.valid_until}" == "2031-01-05"
    assert desk.post(page, sent | {"ends_at": "2020-01-05T18:30", "version": card.version}).status_code == 422


def test_lists_say_to_the_minute_whether_a_pass_is_valid(desk: Browser) -> None:
    """One that ended this morning is over, and one of this afternoon has not begun."""
    moments = {
        "expired": {"starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR},
        "active": {"starts_at": NOW - HOUR, "ends_at": NOW + HOUR},
        "upcoming": {"starts_at": NOW + HOUR, "ends_at": NOW + 2 * HOUR},
    }
    days = {"valid_from": timezone.localdate(NOW) - timedelta(days=2)}
    cards = {
        state: visit(**window, **days, valid_until=timezone.localdate(window["ends_at"]))[0]
        for state, window in moments.items()
    }
    for state, card in cards.items():
        assert card.state(NOW) == state
        page = desk.get("/access/cards/", {"status": state})
        assert [row.pk for row in page.context["list"].pager.page.rows] == [card.pk]
        told = re.search(r"Cartes d’accès ([0-9])", said(desk.get(card.client.get_absolute_url())))
        assert told is not None
        assert told[1] == str(int(state == "active"))


def test_a_pass_is_no_card_of_the_client_who_is_visited(desk: Browser) -> None:
    card, _qr = visit()
    assert [row.pk for row in desk.get("/clients/", {"card": "none"}).context["list"].pager.page.rows] == [
        card.client_id
    ]
