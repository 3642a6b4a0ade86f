"""The reader API: who is answered, what is refused before any rule is asked, and what never leaves the server."""

import json
import logging
from datetime import timedelta
from time import monotonic
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.models import AccessCard, Device, Entry, Event
from fixaloop.web.requests import BEGUN
from tests.access.factories import make_card, make_device, make_zone

pytestmark = pytest.mark.django_db
READS, BATCH, DEVICE = "/api/v1/reads", "/api/v1/reads/batch", "/api/v1/device"


def post(url: str, token: str, body: Any) -> Any:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return Browser().post(url, data, "application/json", headers={"Authorization": f"Bearer {token}"})


def body(value: str, **changes: Any) -> dict[str, Any]:
    return {"nonce": "n1", "type": "qr", "value": value} | changes


def test_it_answers_a_read_as_the_contract_says() -> None:
    device, token = make_device()
    card, qr = make_card()
    response = post(READS, token, body(qr))
    said = response.json()
    assert response.status_code == 200
    assert set(said) == {
        "decision", "reason", "reasons", "message", "anomalies", "client", "entry", "event", "server_time"
    }  # fmt: skip
    assert (said["decision"], said["client"], said["entry"]) == (
        "granted",
        card.client.reference,
        Entry.objects.get().pk,
    )
    device.refresh_from_db()
    assert device.last_seen_at is not None


def test_it_gives_the_same_answer_to_the_same_nonce_and_refuses_another_read_under_it() -> None:
    _device, token = make_device()
    _card, qr = make_card()
    first = post(READS, token, body(qr)).json()
    assert post(READS, token, body(qr)).json() == first
    conflict = post(READS, token, body("autre"))
    assert (conflict.status_code, conflict.json()["code"]) == (409, "nonce_reused")
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer faux"}, {"Authorization": "Basic eA=="}, {"Authorization": "Bearer"}]
)
@pytest.mark.parametrize("url", [READS, BATCH])
def test_it_answers_devices_alone(url: str, headers: dict[str, str]) -> None:
    response = Browser().post(url, "{}", "application/json", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
    assert response["WWW-Authenticate"] == "Bearer"


def test_it_opens_nothing_to_people_who_are_signed_in(admin_client: Browser) -> None:
    assert admin_client.get(DEVICE).status_code == 401


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"nonce": None}, "nonce"),
    ({"nonce": 12}, "nonce"),
    ({"nonce": ""}, "nonce"),
    ({"nonce": "a" * 101}, "nonce"),
    ({"nonce": "\0"}, "nonce"),
    ({"nonce": "a\n"}, "nonce"),
    ({"type": "face"}, "type"),
    ({"type": ["qr"]}, "type"),
    ({"value": ""}, "value"),
    ({"value": 12345678}, "value"),
    ({"value": "x" * 4297}, "value"),
    ({"value": {"$ne": 1}}, "value"),
    ({"read_at": 1732197120}, "read_at"),
    ({"read_at": "hier"}, "read_at"),
    ({"read_at": "2026-13-45T00:00:00Z"}, "read_at"),
    ({"direction": "up"}, "direction"),
    ({"direction": "out"}, "direction"),
    ({"admin": True}, "admin"),
]


def test_it_names_the_field_that_is_wrong(subtests: pytest.Subtests) -> None:
    _device, token = make_device()
    for changes, field in WRONG:
        with subtests.test(field=field):
            response = post(READS, token, body("FXL-SECRET") | changes)
            said = response.json()
            assert (response.status_code, said["code"], said["field"]) == (422, "invalid", field)
            assert field in said["detail"]
            assert "SECRET" not in response.content.decode()
            assert not Event.objects.exists()


@pytest.mark.parametrize("name", ["nonce", "type", "value"])
def test_it_misses_what_is_not_there(name: str) -> None:
    _device, token = make_device()
    message = body("x")
    del message[name]
    assert post(READS, token, message).json()["field"] == name


NO_OBJECT = ["", "{", "null", "[]", '"x"', "NaN", "\ufeff{}", b"\xff\xfe", "[" * 100_000, "nonce=1"]


def test_it_refuses_what_is_no_json_object(subtests: pytest.Subtests) -> None:
    _device, token = make_device()
    for text in NO_OBJECT:
        with subtests.test(text=text):
            for url in (READS, BATCH):
                response = post(url, token, text)
                assert (response.status_code, response.json()["code"]) == (422, "invalid")


def test_it_takes_json_alone_and_answers_with_what_no_browser_shows() -> None:
    _device, token = make_device()
    headers, read = {"Authorization": f"Bearer {token}"}, json.dumps(body("x"))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        response = Browser().post(READS, read, kind, headers=headers)
        assert (response.status_code, response.json()["code"]) == (415, "not_json")
    assert not Event.objects.exists()
    # A reader that says nothing sends what readers send.
    for kind in ("", "application/json; charset=utf-8"):
        response = Browser().post(READS, read, kind, headers=headers)
        assert response.status_code == 200
        assert response["Content-Disposition"].startswith("attachment")


def test_it_refuses_a_body_that_no_reader_sends() -> None:
    _device, token = make_device()
    response = post(READS, token, body("x" * 1_000_000))
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    reads = [body("x", nonce=f"n{number}") for number in range(501)]
    assert post(BATCH, token, {"sent_at": "2026-11-21T14:00:00Z", "reads": reads}).json()["field"] == "reads"


def test_it_tells_a_strangers_code_however_much_it_holds() -> None:
    """A visiting card in a QR code, held before the reader by mistake."""
    _device, token = make_device()
    said = post(READS, token, body("BEGIN:VCARD\n" + "NOTE:é\n" * 600)).json()
    assert said["reasons"] == ["unknown_credential"]
    assert Event.objects.get().inputs["credential"]["fingerprint"]


def test_it_records_a_batch_with_a_result_for_each() -> None:
    _device, token = make_device()
    _card, qr = make_card()
    now = timezone.now()
    reads = [
        body(qr, read_at=(now - timedelta(hours=1)).isoformat()),
        body("inconnu", nonce="n2"),
        body("autre", nonce="n1"),
    ]
    response = post(BATCH, token, {"sent_at": now.isoformat(), "reads": reads})
    results = response.json()["results"]
    assert [result["nonce"] for result in results] == ["n1", "n2", "n1"]
    assert [result.get("decision") for result in results] == ["granted", "granted", None]
    assert results[2]["code"] == "nonce_reused"
    assert "offline" in results[0]["anomalies"]


def test_a_batch_that_waits_for_its_turn_is_no_older_for_that() -> None:
    _device, token = make_device()
    _card, qr = make_card()
    sent_at = timezone.now() - timedelta(seconds=40)
    happened = sent_at - timedelta(minutes=5)
    message = json.dumps({"sent_at": sent_at.isoformat(), "reads": [body(qr, read_at=happened.isoformat())]})
    headers = {"Authorization": f"Bearer {token}", BEGUN: repr(monotonic() - 40)}
    Browser().post(BATCH, message, "application/json", headers=headers)
    assert abs(Event.objects.get(kind="entry").at - happened) < timedelta(seconds=20)


@pytest.mark.parametrize("sent_at", ["2026-11-21T14:00:00", "0001-01-01T00:00:00"])
@pytest.mark.parametrize("read_at", ["2026-11-21T13:00:00", "9999-12-31T23:59:59+01:00"])
def test_it_takes_clocks_that_say_no_offset_for_the_firms(sent_at: str, read_at: str) -> None:
    _device, token = make_device()
    reads = [body("x"), body("y", nonce="n2", read_at=read_at)]
    response = post(BATCH, token, {"sent_at": sent_at, "reads": reads})
    assert [result["decision"] for result in response.json()["results"]] == ["granted", "granted"]


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "face"},
        {"direction": "up"},
        {"value": "\ud800"},
        {"read_at": "2026-02-31T00:00:00Z"},
        {"read_at": "0000-02-11T23:01:00Z"},
    ],
)
def test_it_says_in_french_what_is_wrong(changes: dict[str, Any]) -> None:
    _device, token = make_device()
    said = post(READS, token, body("x") | changes).json()["detail"]
    assert "Input" not in said
    assert "%" not in said


@pytest.mark.parametrize(
    ("method", "url", "status", "code"),
    [
        ("get", READS, 405, "method_not_allowed"),
        ("put", BATCH, 405, "method_not_allowed"),
        ("post", DEVICE, 405, "method_not_allowed"),
        ("post", "/api/v1/reads/", 404, "not_found"),
        ("get", "/api/v1/nothing", 404, "not_found"),
        ("get", "/api/v1/", 404, "not_found"),
    ],
)
def test_it_refuses_in_json_what_is_no_call(method: str, url: str, status: int, code: str) -> None:
    browser = Browser(enforce_csrf_checks=True)
    response = getattr(browser, method)(url, headers={"Authorization": f"Bearer {make_device()[1]}"})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert status == 404 or response["Allow"] in ("GET", "POST")


def test_it_records_a_batch_of_five_hundred_and_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    # However slow this machine is.
    monkeypatch.setattr("access.reader.reads.BATCH", 3_600)
    _device, token = make_device()
    reads = [body(f"inconnu{number}", nonce=f"n{number}") for number in range(500)]
    response = post(BATCH, token, {"sent_at": timezone.now().isoformat(), "reads": reads})
    assert len(response.json()["results"]) == 500
    assert Event.objects.count() == 500
    assert post(BATCH, token, {"sent_at": timezone.now().isoformat(), "reads": []}).json()["results"] == []


def test_it_tells_a_device_who_it_is_and_marks_it_seen() -> None:
    device, token = make_device(make_zone("Parking P1"), "both", name="Borne 1")
    said = Browser().get(DEVICE, headers={"Authorization": f"Bearer {token}"}).json()
    assert (said["name"], said["zone"], said["direction"]) == ("Borne 1", "Parking P1", "both")
    device.refresh_from_db()
    assert device.last_seen_at is not None


def test_it_refuses_at_a_device_out_of_service() -> None:
    _device, token = make_device(enabled=False)
    _card, qr = make_card()
    assert post(READS, token, body(qr)).json()["reasons"] == ["device_disabled"]


def test_it_changes_tokens_over_without_a_gap() -> None:
    device, old = make_device()
    new = services.rotate_token(device, by=None)

    def answers(token: str) -> int:
        return Browser().get(DEVICE, headers={"Authorization": f"Bearer {token}"}).status_code

    assert [answers(old), answers(new), answers(old)] == [200, 200, 401]
    services.revoke_token(device, by=None)
    assert answers(new) == 401
    assert old not in str(Device.history.values()) + str(Device.objects.values())


def test_it_locks_no_reader_out_whose_new_token_was_made_twice() -> None:
    device, old = make_device()
    lost = services.rotate_token(device, by=None)
    new = services.rotate_token(device, by=None)

    def answers(token: str) -> int:
        return Browser().get(DEVICE, headers={"Authorization": f"Bearer {token}"}).status_code

    assert [answers(lost), answers(old), answers(new), answers(old)] == [401, 200, 200, 401]


def test_it_says_and_logs_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    _device, token = make_device()
    card, qr = make_card()
    services.change_card_status(card, "lost", by=None)
    with caplog.at_level(logging.DEBUG):
        answers = [post(READS, token, body(qr)), post(READS, token, body(qr, nonce="é")), post(READS, qr, body(token))]
    written = "".join(answer.content.decode() for answer in answers) + caplog.text
    assert (qr in written, token in written) == (False, False)


def test_it_stays_closed_when_the_database_is_gone() -> None:
    _device, token = make_device()
    with mock.patch("access.reader.api.find_device", side_effect=OperationalError("gone")):
        response = post(READS, token, body("x"))
    assert (response.status_code, response.json()["code"]) == (503, "internal_error")


def test_it_counts_what_a_read_asks_of_the_database(django_assert_max_num_queries: Any) -> None:
    _device, token = make_device(make_zone(capacity=10))
    (_one, first), (_two, second) = make_card(), make_card()
    post(READS, token, body(first))
    # On PostgreSQL one is for whose turn it is, before the card is read.
    with django_assert_max_num_queries(16):
        assert post(READS, token, body(second, nonce="n2")).json()["decision"] == "granted"
    assert AccessCard.objects.filter(use_count=1).count() == 2


@pytest.mark.parametrize("url", ["/api/v1/openapi.json", "/api/v1/docs"])
def test_it_describes_itself_to_anybody(url: str) -> None:
    response = Browser().get(url)
    assert response.status_code == 200
    assert b"https://cdn" not in response.content
