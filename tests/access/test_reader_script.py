"""The reader that integrators copy: it asks, opens, keeps what happened offline, and tells it."""

from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from access.models import Entry, Event
from docs import reader
from tests.access.factories import make_card, make_device, make_zone

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue(tmp_path: Path, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIXALOOP_URL", live_server.url)
    return tmp_path / "passages.jsonl"


def test_it_opens_for_who_may_pass(queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _device, token = make_device()
    monkeypatch.setenv("FIXALOOP_TOKEN", token)
    _card, qr = make_card()
    said = list(reader.read_all([f"{qr}\n", "inconnu\n", "\n"], "qr", "in", queue))
    assert [line.split()[0] for line in said] == ["OPEN", "CLOSED"]
    assert Entry.objects.count() == 1


def test_it_keeps_and_tells_what_happened_without_a_network(queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _device, token = make_device(make_zone(), "out")
    monkeypatch.setenv("FIXALOOP_TOKEN", token)
    _card, qr = make_card()
    with mock.patch.object(reader, "call", side_effect=reader.Unreachable):
        assert list(reader.read_all([qr], "qr", "out", queue)) == ["OPEN hors ligne"]
        assert list(reader.read_all([qr], "qr", "in", queue)) == ["CLOSED hors ligne"]
    assert len(queue.read_text().splitlines()) == 1
    list(reader.read_all(["inconnu"], "qr", "out", queue))
    assert queue.read_text() == ""
    offline = [event for event in Event.objects.filter(kind="exit") if "offline" in event.anomalies]
    assert [event.card.username for event in offline if event.card] == [_card.username]


def test_it_goes_on_after_what_is_no_read(queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _device, token = make_device()
    monkeypatch.setenv("FIXALOOP_TOKEN", token)
    _card, qr = make_card()
    said = list(reader.read_all(["x" * 10_000, "a\ud800b", qr], "qr", "in", queue))
    assert [line.split()[0] for line in said] == ["CLOSED", "CLOSED", "OPEN"]
    assert "n’est pas lisible" in said[1]


def test_it_stops_where_its_token_is_not_known(queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIXALOOP_TOKEN", "faux")
    with pytest.raises(SystemExit, match="401"):
        list(reader.read_all(["x"], "qr", "in", queue))
