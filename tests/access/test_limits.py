"""What a reader may ask for and how often, and who tries tokens: refused, slowed down, and told."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import Entry, Event, Read
from access.reader import limits
from fixaloop.notices.models import Notice
from tests.access.factories import make_card, make_device

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    limits._uncounted.clear()
    yield
    limits._held.clear()
    limits._uncounted.clear()


def post(path: str, token: str, body: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return Browser().post(f"/api/v1/{path}", body, "application/json", headers=headers)


def test_a_reader_asks_for_what_is_presented_to_it_alone() -> None:
    _device, token = make_device(presented="card")
    card, qr = make_card()
    name = {"nonce": "1", "type": "username", "value": card.username}
    refused = post("reads", token, name)
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (422, "type_not_served", "type")
    assert card.username not in refused.json()["detail"]
    batch = {"sent_at": timezone.now().isoformat(), "reads": [name]}
    assert post("reads/batch", token, batch).json()["results"][0]["code"] == "type_not_served"
    assert not Event.objects.filter(kind__in=("entry", "refused")).exists()
    assert post("reads", token, {"nonce": "2", "type": "qr", "value": qr}).json()["decision"] == "granted"


def test_a_reader_that_asks_too_often_waits_and_is_told(settings: Any) -> None:
    settings.GATE_READS_PER_MINUTE = 3
    device, token = make_device()
    _other, other = make_device(device.zone)
    _card, qr = make_card()
    # What happened before, told from a queue, does not count.
    past = (timezone.now() - timedelta(hours=1)).isoformat()
    queued = [{"nonce": f"q{n}", "type": "badge", "value": f"{n}", "read_at": past} for n in range(5)]
    assert post("reads/batch", token, {"sent_at": timezone.now().isoformat(), "reads": queued}).status_code == 200
    answers = [post("reads", token, {"nonce": f"{n}", "type": "badge", "value": f"{n}"}) for n in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert (answers[-1].json()["code"], int(answers[-1]["Retry-After"]) > 0) == ("too_many", True)
    assert [notice.subject for notice in Notice.objects.filter(kind="reader_flooding")] == [device.pk]
    assert post("reads", other, {"nonce": "1", "type": "qr", "value": qr}).json()["decision"] == "granted"
    Read.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert post("reads", token, {"nonce": "9", "type": "qr", "value": qr}).json()["decision"] == "granted"
    assert Entry.objects.count() == 1


def test_most_reads_are_not_counted_and_too_many_still_wait(settings: Any) -> None:
    settings.GATE_READS_PER_MINUTE = 60
    _device, token = make_device()
    codes, counted = [], 0
    for number in range(62):
        with CaptureQueriesContext(connection) as queries:
            codes.append(
                post("reads", token, {"nonce": f"{number}", "type": "badge", "value": f"{number}"}).status_code
            )
        counted += any("LIMIT 60" in query["sql"] for query in queries)
    assert codes == [200] * 60 + [429] * 2
    assert counted < 40


def test_who_tries_tokens_is_slowed_down_and_told_and_keeps_no_reader_waiting() -> None:
    _device, token = make_device()
    body = {"nonce": "1", "type": "badge", "value": "1"}
    codes = [post("reads", f"fxd_{n}", body).status_code for n in range(40)]
    assert (codes[:19], codes[-1]) == ([401] * 19, 429)
    held = post("reads", "fxd_x", body)
    assert (held.json()["code"], int(held["Retry-After"]) > 0) == ("too_many", True)
    [notice] = Notice.objects.filter(kind="wrong_tokens")
    assert notice.values["place"]
    # Another process has not seen them: the count is everybody's.
    limits._held.clear()
    assert post("reads", "fxd_y", body).status_code == 429
    assert post("reads", token, body).status_code == 200
