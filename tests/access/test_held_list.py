"""The list that a reader holds for when the line is down: the gate’s own decisions, hashed, signed and bounded."""

import hashlib
import hmac
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import services
from access.gate.credentials import Credential, identify
from access.gate.decision import Door
from access.gate.passages import check
from access.models import Device, Payment
from access.reader import held_list
from tests.access.factories import (
    make_active_client,
    make_card,
    make_device,
    make_entry,
    make_special_day,
    make_vehicle,
    make_zone,
)
from tests.factories import make_client

pytestmark = pytest.mark.django_db
URL = "/api/v1/device/list"


def fetch(token: str, **headers: str) -> Any:
    return Browser().get(URL, headers={"Authorization": f"Bearer {token}", **headers})


def read_list(token: str) -> tuple[list[dict[str, Any]], bytes]:
    """The lines between the first and the last two, of a list whose signature is the token’s."""
    content = fetch(token).getvalue()
    *signed, last = content.splitlines(keepends=True)
    wanted = hmac.new(token.encode(), b"".join(signed), hashlib.sha256).hexdigest()
    assert json.loads(last) == {"signature": wanted}
    _first, *lines, counted = map(json.loads, signed)
    assert counted["count"] == len(lines)
    return lines, content


def code(token: str, kind: str, value: str) -> str:
    hashed = hashlib.sha256(value.encode()).hexdigest()
    return hmac.new(token.encode(), f"{kind}:{hashed}".encode(), hashlib.sha256).hexdigest()


def test_it_holds_who_may_come_in_as_hashes_alone() -> None:
    zone = make_zone(open_to="given")
    _device, token = make_device(zone)
    client = make_active_client()
    _card, qr = make_card(client, zones=[zone])
    _badge, _none = make_card(client, kind="badge", badge_number="04A2B9C1", everywhere=True)
    make_vehicle(client)
    suspended, _qr = make_card(zones=[zone])
    services.change_card_status(suspended, "suspended", reason="perdue", by=None)
    make_card(zones=[make_zone()])
    make_card(make_client(email="absent@example.org"), zones=[zone])
    make_card(zones=[zone], visitor="Ana", max_visits=1)
    lines, content = read_list(token)
    shown = (("qr", qr), ("badge", "04A2B9C1"), ("plate", "AB123CD"))
    assert sorted(line["code"] for line in lines) == sorted(code(token, *one) for one in shown)
    for secret in (qr, "04A2B9C1", "AB123CD", client.last_name, _card.username):
        assert secret.encode() not in content


def test_it_says_what_the_gate_would_say_at_any_time() -> None:
    zone = make_zone(open_to="given", hours={"mon": [["06:00", "22:00"]], "tue": [["00:00", "24:00"]]})
    device, token = make_device(zone)
    today = timezone.localdate()
    make_special_day(zone, today, today + timedelta(days=1), hours="5h-23h")
    hours = {day: [["08:00", "12:00"], ["21:00", "02:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    _card, qr = make_card(zones=[zone], hours=hours)
    lines, _content = read_list(token)
    spans = {line["code"]: line["open"] for line in lines}.get(code(token, "qr", qr), [])
    at, credential = timezone.now(), Credential("qr", qr)
    for minutes in range(1, 12 * 60, 7):
        moment = at + timedelta(minutes=minutes)
        said = check(identify(credential, zone), credential, Door(zone, "in", device), moment).decision.granted
        seconds = int(moment.timestamp())
        assert any(start <= seconds < end for start, end in spans) == said, moment


def test_it_is_sent_again_only_where_something_changed() -> None:
    zone = make_zone()
    _device, token = make_device(zone)
    card, _qr = make_card()
    mark = fetch(token)["ETag"]
    assert fetch(token, **{"If-None-Match": mark}).status_code == 304
    services.change_card_status(card, "suspended", reason="perdue", by=None)
    assert fetch(token, **{"If-None-Match": mark}).status_code == 200
    assert fetch("wrong").status_code == 401


@pytest.mark.each_database
def test_it_is_sent_again_where_somebody_owes_too_much_or_no_more(settings: Any) -> None:
    zone = make_zone()
    _device, token = make_device(zone)
    card, _qr = make_card()
    now = timezone.now()

    def is_the_same(mark: str) -> bool:
        return bool(fetch(token, **{"If-None-Match": mark}).status_code == 304)

    mark = fetch(token)["ETag"]
    stays = [
        make_entry(card, zone, entered_at=now - timedelta(days=days), exited_at=now, amount_due=Decimal(due))
        for days, due in enumerate(("9.21", "16.35", "15.13", "9.31"), 1)
    ]
    assert is_the_same(mark), "exactly the limit is not more"
    settings.UNPAID_LIMIT = Decimal(49)
    assert not is_the_same(mark)
    assert read_list(token)[0] == []
    mark = fetch(token)["ETag"]
    services.record_payment(Payment(entry=stays[0], amount=Decimal(9), paid_on=timezone.localdate()), by=None)
    assert not is_the_same(mark)
    assert len(read_list(token)[0]) == 1


def test_it_is_bounded_and_asks_the_same_for_many(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _device, token = make_device(presented="card")
    make_card()
    with CaptureQueriesContext(connection) as one:
        read_list(token)
    for _person in range(4):
        make_card()
    with CaptureQueriesContext(connection) as five:
        assert len(read_list(token)[0]) == 5
    assert len(five) <= len(one)
    monkeypatch.setattr(held_list, "MOST", 3)
    content = fetch(token).getvalue().splitlines()
    assert json.loads(content[-2]) == {"count": 3, "complete": False}
    Device.objects.update(presented="plate")
    assert read_list(token)[0] == []
    settings.GATE_LIST_HOURS = 0
    assert fetch(token).status_code == 404
