"""The reader that integrators copy: it asks, opens, keeps what happened offline, and tells it."""

import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import IncompleteRead
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.error import HTTPError

import pytest

from access.models import Device, Entry, Event, Read
from docs import reader
from docs.reader import HeldList, Reader, read_all
from tests.access.factories import make_card, make_device, make_zone

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue(tmp_path: Path, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FIXALOOP_URL", live_server.url)
    # Enough for a slow machine; nobody waits for it.
    monkeypatch.setattr(reader, "PATIENCE", 60.0)
    yield tmp_path / "passages.jsonl"
    # A list that is fetched meanwhile still asks the server, as this reader.
    for thread in threading.enumerate():
        if thread.name.endswith("(refresh)"):
            thread.join()


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A line that is down, and a reader that knows at once."""

    def down() -> Any:
        return mock.patch.multiple(reader, call=mock.Mock(side_effect=reader.Unreachable), PATIENCE=0)

    return down


def test_it_opens_for_who_may_pass(queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _device, token = make_device()
    monkeypatch.setenv("FIXALOOP_TOKEN", token)
    _card, qr = make_card()
    door = Reader("qr", "in", queue)
    said = list(read_all([f"{qr}\n", "inconnu\n", "\n"], door))
    assert [line.split()[0] for line in said] == ["OPEN", "CLOSED"]
    assert Entry.objects.count() == 1
    # Somebody else opens the barrier and does not pass.
    _other, second = make_card()
    list(read_all([second, "-", "+"], door, confirm=True))
    assert [stay.voided_at is None for stay in Entry.objects.order_by("pk")] == [True, False]


def test_it_keeps_and_tells_what_happened_without_a_network(
    queue: Path, offline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _device, token = make_device(make_zone(), "out")
    monkeypatch.setenv("FIXALOOP_TOKEN", token)
    card, qr = make_card()
    with offline():
        assert list(read_all([qr], Reader("qr", "out", queue))) == ["OPEN hors ligne"]
        assert list(read_all([qr], Reader("qr", "in", queue))) == ["CLOSED hors ligne"]
    assert len(queue.read_text().splitlines()) == 1
    said = read_all(["inconnu"], Reader("qr", "out", queue))
    # Nobody waits at the door until that is told.
    assert next(said)
    assert len(queue.read_text().splitlines()) == 1
    assert (list(said), queue.read_text()) == ([], "")
    told = [event for event in Event.objects.filter(kind="exit") if "offline" in event.anomalies]
    assert [event.card.username for event in told if event.card] == [card.username]


def test_it_decides_by_the_list_that_it_holds_and_tells_it(
    queue: Path, offline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _device, token = make_device()
    monkeypatch.setenv("FIXALOOP_TOKEN", token)
    _card, qr = make_card()
    kept = queue.with_name("list.jsonl")
    HeldList(kept).refresh()
    # A list that somebody wrote is no list.
    forged = kept.with_name("forged.jsonl")
    forged.write_bytes(kept.read_bytes().replace(b'"count":1', b'"count":2'))
    assert not HeldList(forged).codes
    door = Reader("qr", "in", queue, HeldList(kept))
    with offline():
        said = list(read_all([f" {qr.lower()}", "inconnu"], door))
    assert said == ["OPEN hors ligne", "CLOSED hors ligne"]
    assert not Entry.objects.exists()
    door.catch_up()
    stay = Entry.objects.get()
    assert stay.is_open
    assert "offline" in Event.objects.get(kind="entry").anomalies
    # Who was turned away by the list was asked about too late.
    assert Read.objects.filter(answer__reason="too_late").count() == 1


def test_it_catches_up_and_is_seen_while_nobody_passes(
    queue: Path, offline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, token = make_device(make_zone(), "out")
    monkeypatch.setenv("FIXALOOP_TOKEN", token)
    card, _qr = make_card()
    door = Reader("username", "out", queue, HeldList(queue.with_name("list.jsonl")))
    with offline():
        assert list(read_all([card.username], door)) == ["OPEN hors ligne"]
    assert stat.filemode(queue.stat().st_mode) == "-rw-------"
    with offline():
        door.keep_up(mock.Mock(**{"wait.side_effect": [False, True]}))
    assert queue.read_text()
    door.keep_up(mock.Mock(**{"wait.side_effect": [False, True]}))
    device.refresh_from_db()
    assert device.last_seen_at is not None
    assert Event.objects.get(kind="exit").card == card
    assert queue.read_text() == ""


def test_it_takes_back_what_was_granted_after_it_had_given_up(
    queue: Path, offline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _device, token = make_device()
    monkeypatch.setenv("FIXALOOP_TOKEN", token)
    _card, qr = make_card()
    door = Reader("qr", "in", queue)
    with offline():
        list(read_all([qr], door))
    [read] = door.given_up
    # Its answer was lost on the way.
    assert reader.call("/api/v1/reads", {**read, "answer_by": None})["decision"] == "granted"
    door.catch_up()
    assert Entry.objects.get().voided_at is not None
    assert not door.given_up


def test_it_tells_a_passage_that_the_server_refused_too_late(
    queue: Path, offline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _device, token = make_device()
    monkeypatch.setenv("FIXALOOP_TOKEN", token)
    _card, qr = make_card()
    door = Reader("qr", "out", queue)
    with offline():
        list(read_all([qr], door))
    waiting = reader.json.loads(queue.read_text())
    assert reader.call("/api/v1/reads", waiting)["reason"] == "too_late"
    door.catch_up()
    stay = Entry.objects.get()
    assert stay.is_open
    # The way out that was opened without a decision ends the stay once it is told.
    Device.objects.update(direction="out")
    late = {**waiting, "nonce": "late", "read_at": reader.Clock.now().isoformat()}
    assert reader.call("/api/v1/reads", late)["anomalies"] == ["too_late"]
    queue.write_text(reader.json.dumps(late))
    reader.tell(queue)
    stay.refresh_from_db()
    assert not stay.is_open


def test_it_goes_on_where_a_line_or_a_server_breaks_off_an_answer(queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIXALOOP_TOKEN", "fxd_x")
    held = HeldList(queue.with_name("list.jsonl"))
    door = Reader("qr", "out", queue, held)
    cut = mock.Mock(side_effect=IncompleteRead(b"{"))
    for broken in (
        cut,
        mock.Mock(return_value=BytesIO(b'{"decision": "gra')),
        mock.Mock(return_value=BytesIO(b"<html>")),
    ):
        monkeypatch.setattr(reader, "PATIENCE", 0.05)
        with mock.patch.object(reader, "fetch", broken):
            assert list(read_all(["FXL-A"], door)) == ["OPEN hors ligne"]
            held.asked = 0
            held.refresh()
    # What stands before the server says in its own words that an address is not there.
    stranger = HTTPError("http://x", 404, "Not Found", None, BytesIO(b"<html>"))  # type: ignore[arg-type]
    with mock.patch.object(reader, "fetch", mock.Mock(side_effect=stranger)), pytest.raises(reader.Misread):
        reader.call("/api/v1/device")
    assert len(queue.read_text().splitlines()) == 3


def test_it_tells_a_way_out_that_the_server_opened_and_could_not_write(
    queue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _device, token = make_device(make_zone(), "out")
    monkeypatch.setenv("FIXALOOP_TOKEN", token)
    card, qr = make_card()
    door = Reader("qr", "out", queue)
    unwritten = {"decision": "granted", "reason": None, "anomalies": ["internal_error"], "event": None, "message": ""}
    with mock.patch.multiple(reader, call=mock.Mock(return_value=unwritten), PATIENCE=0.01):
        assert list(read_all([qr], door)) == ["OPEN hors ligne"]
    door.catch_up()
    assert Event.objects.get(kind="exit").card == card


def test_a_slow_answer_or_an_old_one_does_not_move_its_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader.Clock, "ahead", timedelta(seconds=60))
    monkeypatch.setenv("FIXALOOP_TOKEN", "fxd_x")
    now = datetime.now(UTC)
    for seconds, ahead in ((55, 60), (59, 60), (65, 65), (58, 65)):
        # Asked ten seconds ago; the server looked at its clock at once, or later.
        reader.Clock.follow(
            {"server_time": (now + timedelta(seconds=seconds)).isoformat()}, now - timedelta(seconds=10)
        )
        assert round(reader.Clock.ahead.total_seconds()) == ahead
    old = BytesIO(reader.json.dumps({"server_time": "2026-01-01T00:00:00+00:00"}).encode())
    with mock.patch.object(reader, "fetch", mock.Mock(return_value=old)):
        reader.call("/api/v1/reads", {}, again=True)
    assert round(reader.Clock.ahead.total_seconds()) == 65


def test_it_goes_on_after_what_is_no_read(queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _device, token = make_device()
    monkeypatch.setenv("FIXALOOP_TOKEN", token)
    _card, qr = make_card()
    said = list(read_all(["x" * 10_000, "a\ud800b", qr], Reader("qr", "in", queue)))
    assert [line.split()[0] for line in said] == ["CLOSED", "CLOSED", "OPEN"]
    assert "n’est pas lisible" in said[1]


def test_it_stops_where_its_token_is_not_known(queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIXALOOP_TOKEN", "faux")
    with pytest.raises(SystemExit, match="401"):
        list(read_all(["x"], Reader("qr", "in", queue)))
