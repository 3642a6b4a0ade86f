"""What is told of cards, statuses, readers and refusals: each once, on the bell and on the timeline."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.declared import nightly, periodic
from access.gate.credentials import Credential
from access.models import AccessCard, Device, Entry, Event
from access.reader.reads import Scan, answer, answer_batch
from clients.models import Client
from clients.services import force_status
from clients.services.due import refresh
from fixaloop.management.commands.db_worker import PatientWorker
from fixaloop.notices.models import Notice
from fixaloop.words.dates import end_of
from interventions.declared import nightly as statuses
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_event
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state
from tests.pages import find, said

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


def told() -> list[tuple[str, int]]:
    return list(Notice.objects.order_by("pk").values_list("kind", "subject"))


def on_timeline(client: Client) -> list[str]:
    return list(client.events.filter(kind="notification").order_by("pk").values_list("said", flat=True))


def card_until(days: int, **fields: Any) -> AccessCard:
    return make_card(valid_until=timezone.localdate() + days * DAY, **fields)[0]


def force(client: Client, mode: str, days: int) -> None:
    """Force a status until a day, included."""
    force_status(client, mode=mode, until=end_of(timezone.localdate() + days * DAY), reason="parking", by=None)


def present(device: Device, qr: str, nonce: str, at: datetime = NOW) -> None:
    answer(device, Scan(nonce, Credential("qr", qr)), at)


def test_a_card_that_expires_within_a_week_is_told_once_each_time_it_is_prolonged() -> None:
    ending = card_until(7)
    card_until(8)
    card_until(3, valid_from=timezone.localdate())
    card_until(3, client=make_client(email="inactive@example.org"))
    services.change_card_status(card_until(2), "suspended", reason="au parc", by=None)
    now = timezone.now()
    for _night in range(2):
        nightly.run(now)
    assert told() == [("card_ending", ending.pk)]
    assert on_timeline(ending.client) == ["card_ending"]
    ending.valid_until = timezone.localdate() + 20 * DAY
    services.update_card(ending, by=None)
    nightly.run(now + 13 * DAY)
    assert on_timeline(ending.client) == ["card_ending", "card_ending"]


def test_a_status_that_is_about_to_end_is_told_whatever_gave_it(settings: Any) -> None:
    settings.RECENT_DAYS = 90
    forced, resumed, lasting = make_client(), make_client(), make_client()
    worked = in_state("done", started_at=NOW - 87 * DAY, finished_at=NOW - 86 * DAY).client
    force(forced, "active", 3)
    force(lasting, "active", 30)
    in_state("in_progress", resumed)
    force(resumed, "inactive", 3)
    for _night in range(2):
        statuses.run(NOW)
    assert sorted(told()) == sorted(("status_ending", client.pk) for client in (forced, resumed, worked))
    day = (timezone.localdate() + 3 * DAY).isoformat()
    values = dict(Notice.objects.values_list("subject", "values"))
    assert values[forced.pk] == {"day": day, "active": False}
    assert values[resumed.pk] == {"day": (timezone.localdate() + 4 * DAY).isoformat(), "active": True}


def test_the_worker_tells_a_reader_that_falls_silent_once_each_time() -> None:
    device, other = make_device()[0], make_device()[0]
    Device.objects.filter(pk=device.pk).update(last_seen_at=NOW - timedelta(minutes=61))
    Device.objects.filter(pk=other.pk).update(last_seen_at=NOW - timedelta(minutes=59))
    worker = PatientWorker(NOW)
    for seconds in (0, 1, 20):
        worker.turn(NOW + timedelta(seconds=seconds))
    assert told() == [("reader_silent", device.pk)]
    assert Event.objects.get(device=device, kind="notification").said == "reader_silent"
    Device.objects.filter(pk=device.pk).update(last_seen_at=NOW, enabled=False)
    periodic.run(NOW + timedelta(hours=2))
    assert told() == [("reader_silent", device.pk), ("reader_silent", other.pk)]


def test_a_lost_card_is_told_when_it_is_presented_and_when_a_reader_tells_it_late() -> None:
    device, _token = make_device()
    card, qr = make_card()
    services.change_card_status(card, "lost", by=None)
    periodic.run(NOW)
    present(device, qr, "n1")
    for seconds in (0, 15, 300):
        periodic.run(NOW + timedelta(seconds=seconds))
    assert told() == [("lost_card_used", card.pk)]
    assert on_timeline(card.client) == ["lost_card_used"]
    later = NOW + 2 * DAY
    answer_batch(device, later, [Scan("n2", Credential("qr", qr), later - timedelta(hours=1))], later)
    periodic.run(later)
    lost = Notice.objects.filter(kind="lost_card_used").order_by("pk")
    assert [row.values for row in lost] == [{"refused": True}, {"refused": False}]


def test_repeated_refusals_of_a_client_are_told_once_a_day() -> None:
    device, _token = make_device()
    card, qr = make_card(client=make_client(email="inactive@example.org"))
    periodic.run(NOW)
    for minutes in (0, 10):
        present(device, qr, f"n{minutes}", NOW + timedelta(minutes=minutes))
    periodic.run(NOW + timedelta(minutes=11))
    assert told() == []
    for minutes in (20, 30):
        present(device, qr, f"n{minutes}", NOW + timedelta(minutes=minutes))
        periodic.run(NOW + timedelta(minutes=minutes))
    assert told() == [("refused_often", card.client_id)]


def test_refusals_spread_over_hours_are_not_told() -> None:
    device, _token = make_device()
    _card, qr = make_card(client=make_client(email="inactive@example.org"))
    periodic.run(NOW - 4 * DAY)
    for hours in (3, 2, 1):
        at = NOW - timedelta(hours=hours)
        present(device, qr, f"n{hours}", at)
        periodic.run(at)
    assert told() == []


def owe(client: Client, amount: str) -> Any:
    entry = make_entry(make_card(client)[0], exited_at=NOW + timedelta(hours=1))
    return services.set_amount(entry, Decimal(amount), by=None)


@pytest.mark.each_database
def test_exactly_the_limit_unpaid_is_not_more_however_it_adds_up() -> None:
    at_limit, over = make_active_client(), make_active_client()
    periodic.run(NOW)
    for number, due in enumerate(("9.21", "16.35", "15.13", "9.31")):
        ended = NOW - (number + 1) * DAY
        for client, more in ((at_limit, "0"), (over, "0.01")):
            amount = Decimal(due) + Decimal(more)
            make_entry(make_card(client)[0], entered_at=ended - DAY, exited_at=ended, amount_due=amount)
    for client in (at_limit, over):
        make_event(client=client, kind="exit", at=NOW)
    periodic.run(NOW + timedelta(minutes=1))
    assert told() == [("unpaid_over", over.pk)]
    assert Notice.objects.get().values == {"unpaid": "50.04", "limit": "50"}


def test_more_unpaid_than_the_limit_is_told_once_for_the_stay_that_went_over(sign_in: SignIn) -> None:
    client, other = make_active_client(), make_active_client()
    periodic.run(NOW)
    owe(client, "30")
    owe(other, "50")
    periodic.run(NOW)
    assert told() == []
    for amount in ("20.50", "40"):
        owe(client, amount)
        periodic.run(NOW)
    assert told() == [("unpaid_over", client.pk)]
    assert Notice.objects.get().values == {"unpaid": "50.50", "limit": "50"}
    # What rests on an estimated exit keeps nobody out, and is told to nobody.
    Entry.objects.filter(pk=owe(other, "60").pk).update(priced_by="estimate")
    periodic.run(NOW)
    assert Notice.objects.count() == 1
    page = f"/clients/{client.reference}/events/"
    assert "50,50 € impayés" in said(sign_in(group="Accueil").get(page))
    assert "impayés" not in said(sign_in(group="Gardien").get(page))


def test_what_was_before_it_looked_for_the_first_time_is_not_told() -> None:
    device, _token = make_device()
    card, qr = make_card()
    services.change_card_status(card, "lost", by=None)
    present(device, qr, "n1")
    periodic.run(NOW)
    periodic.run(NOW)
    assert told() == []


def test_it_finds_an_event_whose_transaction_ended_after_a_later_one() -> None:
    card, _qr = make_card()
    periodic.run(NOW)
    make_event(card.client)
    periodic.run(timezone.now())
    late = Event(kind="refused", client=card.client, card=card, reasons=["card_lost"], at=NOW)
    late.pk = Event.objects.latest("pk").pk
    Event._base_manager.filter(pk=late.pk)._raw_delete("default")
    late.save(force_insert=True)
    make_event(card.client)
    periodic.run(timezone.now() + timedelta(minutes=1))
    assert told() == [("lost_card_used", card.pk)]


def test_what_it_tells_by_itself_is_no_contact_with_the_client() -> None:
    client = make_client(at=NOW - 900 * DAY)
    Client.objects.filter(pk=client.pk).update(touched_at=NOW - 900 * DAY)
    force(client, "active", 3)
    Client.objects.filter(pk=client.pk).update(touched_at=NOW - 900 * DAY)
    statuses.run(NOW)
    assert on_timeline(client) == ["status_ending"]
    refresh(Client.objects.all())
    client.refresh_from_db()
    assert client.last_contact_at is not None
    assert client.last_contact_at < NOW - 899 * DAY


def test_they_are_said_in_the_language_of_the_reader(sign_in: SignIn) -> None:
    client = make_active_client(last_name="Curie")
    card = card_until(2, client=client)
    nightly.run(NOW)
    day = timezone.localdate() + 2 * DAY
    browser: Browser = sign_in(group="Accueil")
    browser.cookies.load({"django_language": "en"})
    for page in ("/notifications/", f"/clients/{client.reference}/events/"):
        assert "he card expires on" in said(browser.get(page))
        assert f"{day:%Y}" in said(browser.get(page))
    dot = find(browser.get(f"/access/events/{Event.objects.get(said='card_ending').pk}/"), "class", "dot")
    assert dot is not None
    assert dot.get("data-tone") == "warn"
    assert f"Camille Curie, card {card.username}" in said(browser.get("/notifications/"))
