"""A read is answered in time or not at all: nobody is let in by a decision that comes after the reader has gone."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from threading import Event as Signal, Thread
from time import monotonic
from typing import Any
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.declared import periodic
from access.entries.importer import EntryImporter
from access.gate.credentials import Credential
from access.models import AccessCard, CardUse, Device, Entry, Event, Payment, StaleClient
from access.reader import reads, untold
from access.reader.reads import Scan, answer
from access.services import card_uses, client_columns
from clients.models import Client
from fixaloop.records import bulk
from fixaloop.records.deadlines import Deadline
from tests.access.factories import make_card, make_device, make_entry, make_zone

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()


@pytest.fixture(autouse=True)
def impatient(settings: Any) -> Iterator[None]:
    settings.GATE_LOCK_MS = 100
    yield
    untold.clear()


def keep_card(card: AccessCard) -> None:
    """As somebody who deletes it does."""
    list(AccessCard.objects.select_for_update(of=("self",)).filter(pk=card.pk))


def change_card(card: AccessCard) -> None:
    """As an import does, thousands at a time."""
    signed = bulk.Signature(None, "import", timezone.now())
    bulk.change(AccessCard, {card.pk: {"status_reason": "prise"}}, signed)
    client_columns.follow([card.client_id])


def suspend(card: AccessCard) -> None:
    services.change_card_status(card, "suspended", reason="perdue", by=None)


def count_use(card: AccessCard) -> None:
    """As an import of entries does, thousands at a time."""
    card_uses.count_uses(Counter([card.pk]))


def change_client(card: AccessCard) -> None:
    """As an import does, thousands at a time."""
    bulk.change(Client, {card.client_id: {"phone": "+33612345678"}}, bulk.Signature(None, "import", timezone.now()))


def take_client(card: AccessCard) -> None:
    """As a merge does."""
    list(Client.objects.select_for_update(of=("self",)).filter(pk=card.client_id))


def undo_entries(card: AccessCard) -> None:
    """As the undo of an import of paid entries does, thousands at a time."""
    EntryImporter.remove(list(Entry.objects.values_list("pk", flat=True)), bulk.Signature(None, "annulé", NOW))


@contextmanager
def held(card: AccessCard, work: Callable[[AccessCard], None] = keep_card) -> Iterator[None]:
    """Somebody else keeps rows, and on SQLite the turn to write."""
    taken, done = Signal(), Signal()

    def keep() -> None:
        with transaction.atomic():
            work(card)
            taken.set()
            done.wait(30)
        connection.close()

    thread = Thread(target=keep)
    thread.start()
    assert taken.wait(30)
    try:
        yield
    finally:
        done.set()
        thread.join()


def read(device: Device, value: str, nonce: str, **fields: Any) -> dict[str, Any]:
    return answer(device, Scan(nonce, Credential("qr", value), **fields), timezone.now())


def test_it_refuses_the_way_in_and_opens_the_way_out_where_a_row_is_held() -> None:
    zone = make_zone()
    (door, _), (gate, _) = make_device(zone), make_device(zone, "out")
    card, qr = make_card()
    with held(card):
        refused, opened = read(door, qr, "1"), read(gate, qr, "2")
    assert (refused["decision"], refused["reason"]) == ("refused", "too_late")
    assert (opened["decision"], opened["anomalies"]) == ("granted", ["too_late"])
    assert not Entry.objects.exists()
    if connection.vendor == "postgresql":
        # The nonce was answered: it is never granted afterwards.
        assert read(door, qr, "1") == refused
    assert read(door, qr, "3")["decision"] == "granted"
    told = Event.objects.filter(reasons=["too_late"]) | Event.objects.filter(anomalies=["too_late"])
    assert sorted(event.kind for event in told) == ["exit", "refused"]


@pytest.mark.postgres
def test_an_import_that_changes_a_client_keeps_nobody_out() -> None:
    zone = make_zone()
    (door, _), (gate, _) = make_device(zone), make_device(zone, "out")
    card, qr = make_card()
    with held(card, take_client):
        assert read(door, qr, "1")["reason"] == "too_late"
    with held(card, change_client):
        assert read(door, qr, "2")["decision"] == "granted"
        # What lists show of the client follows.
        assert client_columns.follow_noted() == 0
        assert Client.objects.get().inside_since is None
    periodic.run(timezone.now())
    client = Client.objects.get()
    assert (client.inside_since, client.phone) == (Entry.objects.get().entered_at, "+33612345678")
    with held(card, change_client):
        assert read(gate, qr, "3")["decision"] == "granted"
    assert client_columns.follow_noted() == 1
    assert Client.objects.get().inside_since is None
    assert not StaleClient.objects.exists()


@pytest.mark.postgres
def test_an_import_that_changes_cards_keeps_nobody_out() -> None:
    zone = make_zone()
    (door, _), (gate, _) = make_device(zone), make_device(zone, "out")
    card, qr = make_card()
    with held(card, change_card):
        assert read(door, qr, "1")["decision"] == "granted"
        assert read(gate, qr, "2")["decision"] == "granted"
        assert card_uses.follow_noted() == 0
    periodic.run(timezone.now())
    card.refresh_from_db()
    assert (card.use_count, card.status_reason) == (2, "prise")
    assert card.last_used_at == Event.objects.latest("at").at
    assert not CardUse.objects.exists()
    # Visits are counted in the row itself.
    AccessCard.objects.update(max_visits=1)
    with held(card, change_card):
        assert read(door, qr, "3")["reason"] == "too_late"


@pytest.mark.postgres
def test_who_waits_for_an_undo_that_makes_paid_entries_void() -> None:
    zone = make_zone()
    (door, _), (gate, _) = make_device(zone), make_device(zone, "out")
    card, qr = make_card()
    past = {"entered_at": NOW - timedelta(days=2), "exited_at": NOW - timedelta(days=1)}
    paid, _unpaid = (make_entry(card, zone, **past, amount_due=due) for due in (Decimal(3), Decimal(0)))
    payment = {"amount": Decimal(3), "method": "cash", "paid_on": timezone.localdate()}
    services.record_payment(Payment(entry=paid, **payment), by=None)
    with held(card, undo_entries):
        assert read(door, qr, "1")["decision"] == "granted"
    assert [stay.voided_at for stay in Entry.objects.order_by("pk")] == [NOW, None]
    # A passage would end a stay that is void.
    stay = services.set_amount(Entry.objects.open().get(), Decimal(3), by=None)
    services.record_payment(Payment(entry=stay, **payment), by=None)
    with held(card, undo_entries):
        assert read(gate, qr, "2")["anomalies"] == ["too_late"]


@pytest.mark.postgres
@pytest.mark.parametrize("change", [suspend, count_use])
def test_who_changes_a_card_keeps_nobody_out(change: Callable[[AccessCard], None]) -> None:
    device, _token = make_device()
    card, qr = make_card()
    with held(card, change):
        assert read(device, qr, "1")["decision"] == "granted"


def test_it_grants_nothing_to_a_reader_that_waits_no_longer() -> None:
    device, _token = make_device()
    _card, qr = make_card()
    past = timezone.now() - timedelta(seconds=1)
    late = read(device, qr, "1", answer_by=past)
    assert (late["reason"], Event.objects.get(pk=late["event"]).reasons) == ("too_late", ["too_late"])
    # Asked again in time, the nonce has its answer; and what was granted in time is said again.
    assert read(device, qr, "1")["reason"] == "too_late"
    granted = read(device, qr, "2", answer_by=timezone.now() + timedelta(seconds=30))
    assert read(device, qr, "2", answer_by=past) == granted
    assert Entry.objects.count() == 1


def test_waiting_for_a_thread_is_part_of_the_time(settings: Any) -> None:
    settings.GATE_ANSWER_MS = 60_000
    _device, token = make_device()
    _card, qr = make_card()
    headers = {"Authorization": f"Bearer {token}"}
    for waiting, reason in ((100, "too_late"), (0, None), (float("nan"), None)):
        headers["Fixaloop-Begun"] = str(monotonic() - waiting)
        body = {"nonce": f"n{waiting}", "type": "qr", "value": qr}
        response = Browser().post("/api/v1/reads", body, "application/json", headers=headers)
        assert response.json()["reason"] == reason


def test_it_takes_back_an_entry_that_was_written_too_late() -> None:
    device, _token = make_device()
    card, qr = make_card(visitor="Ana", max_visits=1)
    deadline, record = Deadline(30), reads._record

    def slowly(*given: Any) -> dict[str, Any]:
        said = record(*given)
        deadline._ends = 0
        return said

    scan = Scan("1", Credential("qr", qr))
    with mock.patch.object(reads, "_record", slowly):
        said = answer(device, scan, timezone.now(), deadline)
    assert (said["decision"], said["reason"]) == ("refused", "too_late")
    assert answer(device, scan, timezone.now()) == said
    stay, event = Entry.objects.get(), Event.objects.get(kind="correction")
    assert stay.voided_at is not None
    assert stay.anomalies == event.anomalies == ["answer_late"]
    assert Client.objects.get(pk=card.client_id).inside_since is None
    # The only visit of the pass is still to come.
    assert read(device, qr, "2")["decision"] == "granted"
