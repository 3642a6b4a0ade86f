"""Public holidays and special days at the gate: closed or open on the day of the read, and why, in words."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from access import services
from access.gate.opening import opening_of
from access.hours import parse_hours
from access.models import Event, Zone
from tests.access.factories import make_card, make_device, make_special_day, make_zone
from tests.pages import said

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
# Cards are valid in the days of these tests, whatever day it is today.
THIS_YEAR = date(2026, 1, 1)
WEEK = parse_hours("lun-ven 08:00-18:00")


def at(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


def opens(zone: Zone, *moments: datetime) -> list[bool]:
    return [opening_of(Zone.objects.get(pk=zone.pk), moment).is_open(moment) for moment in moments]


def read(browser: Browser, token: str, value: str, nonce: str = "1", **body: Any) -> Any:
    body = {"nonce": nonce, "type": "qr", "value": value} | body
    return browser.post(
        "/api/v1/reads", body, content_type="application/json", headers={"authorization": f"Bearer {token}"}
    ).json()


def test_a_holiday_changes_nothing_until_a_zone_says_so() -> None:
    assert opens(make_zone(hours=WEEK), at(25, 10)) == [True]
    assert opens(make_zone(hours=WEEK, closed_on_holidays=True), at(24, 10), at(25, 10), at(28, 10)) == [
        *(True, False, True)
    ]
    assert opens(make_zone(closed_on_holidays=True), at(24, 23, 59), at(25, 0), at(25, 23, 59), at(26, 0)) == [
        *(True, False, False, True)
    ]


def test_the_night_before_does_not_go_on_into_a_closed_day() -> None:
    zone = make_zone(hours=parse_hours("tous les jours 22:00-06:00"), closed_on_holidays=True)
    night = (at(24, 23), at(25, 2), at(25, 23), at(26, 2), at(26, 23), at(27, 2))
    assert opens(zone, *night) == [True, False, False, False, True, True]


def test_a_special_day_stands_for_the_weekly_hours() -> None:
    zone, other = make_zone(hours=WEEK), make_zone(hours=WEEK)
    make_special_day(zone, date(2026, 12, 7), date(2026, 12, 8))
    make_special_day(zone, date(2026, 12, 12), hours="9h-12h, 14h-17h")
    moments = (at(7, 10), at(8, 10), at(9, 10), at(12, 10), at(12, 13), at(12, 14), at(13, 10))
    assert opens(zone, *moments) == [False, False, True, True, False, True, False]
    assert opens(other, *moments) == [True, True, True, False, False, False, False]


def test_one_of_the_zone_wins_over_all_zones_and_the_last_one_over_others() -> None:
    zone, other = make_zone(closed_on_holidays=True), make_zone()
    make_special_day(zone, date(2026, 12, 25), hours="8h-12h")
    make_special_day(None, date(2026, 12, 24), date(2026, 12, 27))
    assert opens(zone, at(24, 10), at(25, 10), at(25, 13)) == [False, True, False]
    assert opens(other, at(25, 10)) == [False]
    later = make_special_day(zone, date(2026, 12, 25))
    assert opens(zone, at(25, 10)) == [False]
    services.withdraw_special_day(later, reason="erreur", by=None)
    assert opens(zone, at(25, 10)) == [True]


def test_a_zone_is_closed_with_the_one_around_it() -> None:
    site = make_zone(closed_on_holidays=True)
    shop = make_zone(parent=site)
    store = make_zone(parent=shop)
    assert opens(store, at(25, 10), at(26, 10)) == [False, True]
    make_special_day(shop, date(2026, 12, 26))
    assert opens(store, at(26, 10)) == [False]
    make_special_day(site, date(2026, 12, 25), hours="0h-24h")
    assert opens(store, at(25, 10)) == [True]


def test_a_night_of_a_special_day_goes_on_and_clocks_may_change() -> None:
    zone = make_zone(hours=WEEK)
    make_special_day(zone, date(2026, 10, 24), hours="22h-3h")
    # 02:30 comes twice in this night.
    twice = (at(25, 2, 30, 10), at(25, 2, 30, 10).replace(fold=1))
    assert opens(zone, at(24, 23, 0, 10), *twice, at(25, 3, 0, 10)) == [True, True, True, False]
    closed = make_zone()
    make_special_day(closed, date(2026, 10, 25))
    assert opens(closed, at(24, 23, 59, 10), *twice, at(25, 23, 59, 10), at(26, 0, 0, 10)) == [
        *(True, False, False, False, True)
    ]


def test_the_reader_says_why_and_when_to_come_back(client: Browser) -> None:
    zone = make_zone("Atelier", hours=WEEK, closed_on_holidays=True)
    token, value = make_device(zone)[1], make_card(valid_from=THIS_YEAR, valid_until=None)[1]
    with time_machine.travel(at(25, 10), tick=False):
        answer = read(client, token, value)
    assert (answer["decision"], answer["reasons"]) == ("refused", ["zone_closed"])
    assert answer["message"] == "La zone est fermée le 25 décembre (Noël) : revenez lundi à 8 h."
    make_special_day(zone, date(2026, 12, 28), hours="14h-16h")
    with time_machine.travel(at(25, 10, 1), tick=False):
        assert read(client, token, value, "2")["message"].endswith(" : revenez lundi à 14 h.")
    with time_machine.travel(at(28, 9), tick=False):
        message = read(client, token, value, "3")["message"]
    said_why = "La zone est fermée à cette heure-ci (Inventaire : 14 h–16 h) : revenez lundi à 14 h."
    assert message == said_why


def test_a_closure_of_everything_says_its_reason_and_the_next_opening(client: Browser) -> None:
    shop = make_zone("Atelier", parent=make_zone("Site", hours=parse_hours("lun-ven 7h-20h")), hours=WEEK)
    token, value = make_device(shop)[1], make_card(valid_from=THIS_YEAR, valid_until=None)[1]
    make_special_day(None, date(2026, 12, 24), date(2026, 12, 31), reason="Congés de fin d’année")
    with time_machine.travel(at(31, 10), tick=False):
        answer = read(client, token, value)
    assert answer["message"] == "La zone est fermée le 31 décembre (Congés de fin d’année) : revenez vendredi à 8 h."
    with time_machine.travel(at(24, 10), tick=False):
        answer = read(client, token, value, "2")
    assert answer["message"].endswith("(Congés de fin d’année) : revenez vendredi 1er janvier à 8 h.")


def test_an_opening_may_set_the_hours_of_cards_aside(client: Browser) -> None:
    zone = make_zone(hours=WEEK)
    token, value = make_device(zone)[1], make_card(valid_from=THIS_YEAR, hours=WEEK, valid_until=None)[1]
    strict = make_special_day(zone, date(2026, 12, 5), hours="22h-2h")
    with time_machine.travel(at(6, 1), tick=False):
        assert read(client, token, value)["reasons"] == ["outside_hours"]
    strict.any_card_hour = True
    services.save_special_day(strict, by=None)
    with time_machine.travel(at(6, 1, 30), tick=False):
        assert read(client, token, value, "2")["decision"] == "granted"
    with time_machine.travel(at(5, 21), tick=False):
        assert read(client, token, value, "3")["reasons"] == ["outside_hours", "zone_closed"]
    with time_machine.travel(at(6, 23), tick=False):
        assert read(client, token, value, "4")["reasons"] == ["outside_hours", "zone_closed"]


def test_a_passage_told_later_is_judged_on_the_day_it_happened(client: Browser) -> None:
    zone = make_zone()
    token, value = make_device(zone)[1], make_card(valid_from=THIS_YEAR, valid_until=None)[1]
    make_special_day(zone, date(2026, 12, 7))
    reads = [{"nonce": str(day), "type": "qr", "value": value, "read_at": at(day, 10).isoformat()} for day in (6, 7, 8)]
    with time_machine.travel(at(9, 8), tick=False):
        body = {"sent_at": at(9, 8).isoformat(), "reads": reads}
        headers = {"authorization": f"Bearer {token}"}
        answers = client.post("/api/v1/reads/batch", body, content_type="application/json", headers=headers).json()
    marked = ["zone_closed" in answer["anomalies"] for answer in answers["results"]]
    assert marked == [False, True, False]


def test_the_simulator_explains_the_facts_an_event_kept(desk: Browser, client: Browser) -> None:
    zone = make_zone("Atelier")
    card, value = make_card(valid_from=THIS_YEAR, valid_until=None)
    token = make_device(zone)[1]
    day = make_special_day(zone, date(2026, 12, 7))
    with time_machine.travel(at(7, 10), tick=False):
        read(client, token, value)
    services.withdraw_special_day(day, reason="erreur", by=None)
    event = Event.objects.get(kind="refused")
    page = said(desk.get(f"/access/simulator/?event={event.pk}"))
    assert "La zone Atelier est fermée le 7 décembre (Inventaire)." in page
    page = said(desk.get(f"/access/simulator/?zone={zone.pk}&at=2026-12-07T10:00"))
    assert card.username in page


def test_nobody_is_admitted_on_a_closed_day(desk: Browser) -> None:
    zone = make_zone("Atelier", closed_on_holidays=True)
    names = [make_card(valid_from=THIS_YEAR, valid_until=None)[0].username for _number in range(3)]
    with CaptureQueriesContext(connection) as queries:
        page = said(desk.get(f"/access/simulator/?zone={zone.pk}&at=2026-12-28T10:00"))
    assert all(name in page for name in names)
    assert sum("access_specialday" in query["sql"] for query in queries) == 1
    assert names[0] not in said(desk.get(f"/access/simulator/?zone={zone.pk}&at=2026-12-25T10:00"))
