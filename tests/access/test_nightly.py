"""manage.py nightly: orphans, retention, what the calendar changed, what is kept twice."""

from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from django.utils import timezone

from access import services
from access.declared import nightly
from access.events.words import words_of
from access.gate import orphans
from access.gate.credentials import Credential
from access.gate.orphans import close_orphans
from access.models import Entry, Event, Payment, Read, Tag
from access.reader.reads import Scan, answer
from access.services import client_columns
from access.services.retention import forget_nonces, forget_passages
from clients.models import NEVER, Client
from clients.services import force_status, update_client
from interventions.declared import nightly as statuses
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_vehicle, make_zone
from tests.factories import make_client
from tests.interventions.factories import in_state

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


def enter(at: datetime) -> Entry:
    device, _token = make_device()
    said = answer(device, Scan("n", Credential("qr", make_card()[1])), at)
    return Entry.objects.get(pk=said["entry"])


def test_it_closes_who_never_left_and_says_so() -> None:
    orphan, recent = enter(NOW - 3 * DAY), enter(NOW - timedelta(hours=3))
    assert close_orphans(NOW) == 1
    orphan.refresh_from_db()
    recent.refresh_from_db()
    assert (orphan.exited_at, orphan.estimated) == (orphan.entered_at + timedelta(hours=14), True)
    assert (orphan.anomalies, orphan.to_check) == (["orphan"], True)
    assert recent.is_open
    assert Client.objects.get(entries=orphan).inside_since is None
    event = Event.objects.get(entry=orphan, kind="exit")
    assert (event.at, event.anomalies) == (orphan.exited_at, ["orphan"])
    assert close_orphans(NOW) == 0


def test_one_stay_that_cannot_be_closed_keeps_no_other_one_open() -> None:
    broken, other = enter(NOW - 3 * DAY), enter(NOW - 2 * DAY)
    with mock.patch.object(orphans, "park", side_effect=[IntegrityError("impossible"), None]):
        assert close_orphans(NOW) == 1
    assert list(Entry.objects.open()) == [broken]
    assert Event.objects.get(kind="exit").entry == other


def test_it_forgets_old_passages_alone(settings: Any) -> None:
    settings.EVENT_RETENTION_DAYS = 30
    client, tag = make_active_client(), Tag.objects.create(name="VIP")
    Event._base_manager.all()._raw_delete("default")
    for days in (29, 31):
        for kind in Event.Kind.values:
            Event.objects.record(kind, at=NOW - days * DAY, client=client, tags=[tag])
    assert forget_passages(NOW) == 3
    kept = Event.objects.filter(at__lt=NOW - 30 * DAY).values_list("kind", flat=True)
    assert set(kept) == set(Event.Kind.values) - {"entry", "exit", "refused"}


def test_it_forgets_nonces_no_reader_sends_again() -> None:
    device, _token = make_device()
    for days in (1, 31):
        Read.objects.create(device=device, nonce=str(days), body_hash="", answer={}, created_at=NOW - days * DAY)
    assert forget_nonces(NOW) == 1
    assert Read.objects.get().nonce == "1"


def test_it_repairs_what_the_facts_contradict() -> None:
    entry = enter(NOW)
    Client.objects.update(last_visit_at=NEVER, inside_since=None, last_card_day=None, card_suspended=True)
    Entry.objects.update(paid_amount=Decimal(3), person=1)
    lines = nightly.run(NOW)
    client = Client.objects.get()
    assert (client.last_visit_at, client.inside_since, client.card_suspended) == (NOW, NOW, False)
    assert entry.card is not None
    assert client.last_card_day == entry.card.last_day
    assert Entry.objects.get().paid_amount == 0
    assert Entry.objects.get().person == entry.person
    assert [line[-1] for line in lines[-4:]] == ["1", "1", "0", "1"]
    assert all(line.endswith("0") for line in nightly.run(NOW))


@pytest.mark.parametrize("make", [make_vehicle, make_card])
def test_it_makes_found_who_was_found_by_no_plate_or_card(make: Any) -> None:
    client = make_active_client()
    make(client)
    kept = Client.objects.values_list("extra_search", "search_text").get()
    Client.objects.update(extra_search="", search_text="martin")
    assert client_columns.repair(Client.objects.all()) == 1
    assert Client.objects.values_list("extra_search", "search_text").get() == kept
    assert client_columns.repair(Client.objects.all()) == 0


def test_it_finds_nothing_to_repair_after_any_verb() -> None:
    zone = make_zone(capacity=5)
    (door, _), (gate, _) = make_device(zone), make_device(zone, "out")
    client = make_active_client()
    cards = [make_card(client) for _number in range(4)]
    for step, (reader, (card, qr)) in enumerate(
        ((door, cards[0]), (door, cards[1]), (gate, cards[0]), (door, cards[0]))
    ):
        answer(reader, Scan(f"n{step}", Credential("qr", qr)), NOW + step * timedelta(minutes=1))
        assert nightly.repair_clients() == 0, (step, card)
    services.change_card_status(cards[2][0], "suspended", by=None)
    services.change_card_status(cards[3][0], "revoked", by=None)
    entry = Entry.objects.open()[0]
    services.set_amount(entry, Decimal(20), by=None)
    payment = Payment(entry=entry, amount=Decimal(5), method="cash", paid_on=timezone.localdate())
    services.record_payment(payment, by=None)
    assert nightly.repair_clients() == nightly.repair_payments() == 0


def test_it_simulates_and_leaves_everything() -> None:
    entry = enter(NOW - 3 * DAY)
    output = StringIO()
    call_command("nightly", "--dry-run", stdout=output)
    assert "estimées : 1" in output.getvalue().replace("\xa0", " ")
    entry.refresh_from_db()
    assert entry.is_open


class TestFlips:
    """Each change of a client's status is one event, whoever or whatever makes it."""

    def told(self, client: Client) -> list[tuple[datetime, bool]]:
        events = Event.objects.filter(client=client, kind="status").order_by("at", "pk")
        return [(event.at, event.inputs["active"]) for event in events]

    def test_it_tells_nothing_of_a_new_client(self) -> None:
        assert self.told(make_client(company_name="Garage")) == []

    def test_it_tells_when_a_job_makes_a_client_active(self) -> None:
        client = make_client(company_name="Garage")
        intervention = in_state("in_progress", client)
        [(_at, active)] = self.told(client)
        assert active
        assert intervention.reference in words_of(Event.objects.get(client=client, kind="status"))

    def test_it_tells_each_change_by_a_person_once(self) -> None:
        client = make_client(company_name="Garage", at=NOW)
        for step, mode in enumerate(("active", "active", "inactive", "automatic")):
            force_status(client, mode=mode, until=None, reason="essai", by=None, at=NOW + step * DAY)
        assert self.told(client) == [(NOW, True), (NOW + 2 * DAY, False)]

    def test_it_tells_what_the_calendar_changes_at_its_hour(self) -> None:
        client = make_client(company_name="Garage", at=NOW)
        force_status(client, mode="active", until=NOW + DAY, reason="essai", by=None, at=NOW)
        statuses.run(NOW + 10 * DAY)
        statuses.run(NOW + 11 * DAY)
        assert self.told(client) == [(NOW, True), (NOW + DAY, False)]

    def test_it_tells_what_the_calendar_changed_before_a_person_does_again(self) -> None:
        client = make_client(company_name="Garage", at=NOW)
        force_status(client, mode="active", until=NOW + DAY, reason="essai", by=None, at=NOW)
        force_status(client, mode="active", until=None, reason="essai", by=None, at=NOW + 5 * DAY)
        assert self.told(client) == [(NOW, True), (NOW + DAY, False), (NOW + 5 * DAY, True)]

    def test_it_is_not_confused_by_a_form_opened_before(self) -> None:
        client = make_client(company_name="Garage")
        opened = Client.objects.get(pk=client.pk)
        in_state("in_progress", client)
        update_client(opened, by=None)
        assert len(self.told(client)) == 1


def test_it_puts_right_what_payments_contradict() -> None:
    entry = make_entry(make_card()[0], amount_due=Decimal(20))
    today = timezone.localdate()
    for amount, note in ((Decimal(12), ""), (Decimal(-2), "erreur")):
        payment = Payment(entry=entry, amount=amount, method="cash", paid_on=today)
        payment.note = note
        services.record_payment(payment, by=None)
    assert nightly.repair_payments() == 0
    for wrong in ({"paid_amount": Decimal(99)}, {"balance": Decimal(1), "payment_status": "paid"}):
        Entry.objects.update(**wrong)
        assert nightly.repair_payments() == 1
        entry.refresh_from_db()
        assert entry.paid_amount == entry.balance == 10
        assert entry.payment_status == "partial"
    assert nightly.repair_payments() == 0
