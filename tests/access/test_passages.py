"""What a reader says afterwards of a way that it opened: somebody passed, or nobody did."""

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access.models import AccessCard, Entry, Event
from clients.models import Client
from tests.access.factories import make_card, make_device, make_zone

pytestmark = pytest.mark.django_db


def post(path: str, token: str, body: dict[str, Any] | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return Browser().post(f"/api/v1/{path}", body or {}, "application/json", headers=headers)


def read(token: str, qr: str, nonce: str) -> dict[str, Any]:
    said: dict[str, Any] = post("reads", token, {"nonce": nonce, "type": "qr", "value": qr}).json()
    return said


def test_it_takes_an_entry_back_that_nobody_used() -> None:
    _device, token = make_device()
    card, qr = make_card(visitor="Ana", max_visits=1)
    first = read(token, qr, "1")
    path = f"passages/{first['event']}"
    for _again in range(2):
        answer = post(f"{path}/not_used", token)
        said = {name: value for name, value in answer.json().items() if name != "server_time"}
        assert said == {"event": first["event"], "entry": first["entry"], "passage": "not_used"}
    assert post(f"{path}/confirm", token).json()["code"] == "already_settled"
    stay = Entry.objects.get()
    assert (stay.voided_at is not None, stay.anomalies) == (True, ["not_used"])
    assert [event.anomalies for event in Event.objects.filter(kind="correction")] == [["not_used"]]
    assert Client.objects.get(pk=card.client_id).inside_since is None
    kept = AccessCard.objects.get()
    assert (kept.visits, kept.use_count) == (0, 0)
    # The same nonce tells what became of it; and whoever comes back comes in.
    assert read(token, qr, "1") == first | {"passage": "not_used"}
    assert read(token, qr, "2")["decision"] == "granted"


def test_it_keeps_who_has_passed_and_looks_at_a_way_out_that_nobody_used() -> None:
    zone = make_zone()
    (_, door), (_, gate) = make_device(zone), make_device(zone, "out")
    _card, qr = make_card()
    entered = read(door, qr, "1")
    assert post(f"passages/{entered['event']}/confirm", door).status_code == 200
    left = read(gate, qr, "2")
    assert post(f"passages/{left['event']}/not_used", gate).json()["entry"] == entered["entry"]
    stay = Entry.objects.get()
    assert (stay.voided_at, stay.to_check, stay.anomalies) == (None, True, ["not_used"])


def test_it_settles_what_this_device_opened_lately_alone() -> None:
    zone = make_zone()
    (_, door), (_, other) = make_device(zone), make_device(zone)
    _card, qr = make_card()
    granted, refused = read(door, qr, "1"), read(door, "nobody", "2")
    assert post(f"passages/{granted['event']}/not_used", other).status_code == 404
    assert post("passages/987654321/confirm", door).status_code == 404
    assert post("passages/x/confirm", door).status_code == 404
    assert post(f"passages/{granted['event']}/confirm", "wrong").status_code == 401
    assert post(f"passages/{refused['event']}/confirm", door).json()["code"] == "not_granted"
    late = timezone.now() + timedelta(minutes=11)
    with mock.patch("access.reader.api.timezone.now", return_value=late):
        assert post(f"passages/{granted['event']}/not_used", door).json()["code"] == "too_old"
    assert Entry.objects.get().is_open
