"""Stays whose time is over: who came in when is forgotten, day, zone and amounts stay."""

import contextlib
import io
import json
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.declared import nightly
from access.gate import persons
from access.models import AccessCard, Entry, Event, Payment, RollCallLine
from access.services.old_stays import forget_stays, overdue
from clients.models import NEVER, Client
from fixaloop.models import ImportTrace
from fixaloop.records import chain
from fixaloop.words.dates import start_of
from interventions.models import LedgerPayment
from tests.access.factories import make_active_client, make_card, make_entry, make_vehicle, make_zone
from tests.factories import make_user
from tests.pages import said, workbook
from tests.tables import left_of

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def kept_for_a_month(settings: Any) -> None:
    settings.ENTRY_RETENTION_DAYS = 30


def stay(days: int, client: Client | None = None, **fields: Any) -> Entry:
    client = client or make_active_client()
    entered = NOW - days * DAY
    values = {"entered_at": entered, "exited_at": entered + timedelta(minutes=47), "note": "Zorglub"} | fields
    return make_entry(make_card(client)[0], values.pop("zone", None) or make_zone(), **values)


def paid(entry: Entry, amount: int, **words: str) -> None:
    services.set_amount(entry, Decimal(amount), by=None)
    entry.refresh_from_db()
    money = Payment(entry=entry, amount=Decimal(amount), method="cash", paid_on=NOW.date(), **words)
    services.record_payment(money, by=None)


def test_who_came_in_when_goes_and_day_zone_and_amount_stay() -> None:
    client = make_active_client(last_name="Zorglub")
    car = make_vehicle(client, plate="ZG-777-LB")
    old, recent = stay(31, client, vehicle=car), stay(29)
    paid(old, 12, note="Zorglub", reference="chèque 12")
    day, zone = timezone.localdate(old.entered_at), old.zone
    assert forget_stays(NOW) == 1
    old.refresh_from_db()
    recent.refresh_from_db()
    assert recent.client is not None
    assert (old.client, old.card, old.vehicle, old.note, old.anomalies) == (None, None, None, "", [])
    assert old.entered_at == old.exited_at == start_of(day)
    assert [old.zone, old.amount_due, old.paid_amount, old.payment_status] == [zone, 12, 12, "paid"]
    # Nothing leads to who it was, nor to the minute.
    assert not Event.objects.filter(entry=old).exists()
    assert Payment.objects.get().note == "anonymisé"
    assert forget_stays(NOW) == 0


def test_money_still_adds_up(desk: Browser, admin_client: Browser) -> None:
    old = stay(40)
    paid(old, 12, note="Zorglub")
    forget_stays(NOW)
    assert chain.verify() == (1, None)
    assert LedgerPayment.objects.get().amount == 12
    assert all(line.endswith(" 0") for line in nightly.run(NOW) if "réparé" in line)
    for url in ("/payments/", "/access/entries/", f"/access/entries/{old.pk}/", "/", "/access/events/"):
        assert admin_client.get(url).status_code == 200
    for url in ("/payments/export/", "/access/entries/export/"):
        assert workbook(admin_client.get(url))
    page = said(admin_client.get(f"/access/entries/{old.pk}/"))
    assert "oubliée" in page
    assert admin_client.get(f"/admin/access/entry/{old.pk}/change/").status_code == 200


def test_what_is_open_or_owed_waits() -> None:
    stay(40, exited_at=None)
    owed, settled = stay(40), stay(40)
    services.set_amount(owed, Decimal(12), by=None)
    paid(settled, 12)
    assert forget_stays(NOW) == 1
    assert set(Entry.objects.exclude(client=None).values_list("balance", flat=True)) == {0, 12}


def test_the_last_visit_is_known_by_its_day() -> None:
    old = stay(40)
    client = old.client
    assert client is not None
    stay(50, client, voided_at=NOW)
    forget_stays(NOW)
    client.refresh_from_db()
    assert client.last_visit_at == start_of(timezone.localdate(NOW - 40 * DAY))
    assert nightly.repair_clients() == 0
    stay(2, client)
    client.refresh_from_db()
    assert client.last_visit_at == NOW - 2 * DAY
    assert make_active_client().last_visit_at == NEVER


def test_the_last_use_of_a_card_is_known_by_its_day() -> None:
    old, recent = stay(31), stay(29)
    forgotten, kept = (AccessCard.objects.get(entries=entry) for entry in (old, recent))
    for card, entry in ((forgotten, old), (kept, recent)):
        AccessCard.objects.filter(pk=card.pk).update(last_used_at=entry.exited_at)
    forget_stays(NOW)
    forgotten.refresh_from_db()
    kept.refresh_from_db()
    assert forgotten.last_used_at == start_of(timezone.localdate(old.exited_at))
    assert kept.last_used_at == recent.exited_at
    # A mistake since then takes it away for no longer than it stands.
    wrong = make_entry(forgotten, entered_at=NOW)
    AccessCard.objects.filter(pk=forgotten.pk).update(last_used_at=NOW)
    services.void(wrong, reason="erreur", by=make_user())
    forgotten.refresh_from_db()
    assert forgotten.last_used_at == start_of(timezone.localdate(old.exited_at))


def test_roll_calls_keep_their_count(desk: Browser) -> None:
    inside = stay(0, exited_at=None)
    call = services.start_roll_call(note="", by=make_user(), at=NOW)
    services.end_roll_call(call, by=make_user(), at=NOW)
    inside.exited_at = NOW
    inside.save()
    assert forget_stays(NOW + 40 * DAY) == 1
    line = RollCallLine.objects.get()
    assert line.person == -line.pk
    assert desk.get(call.get_absolute_url()).status_code == 200
    assert persons.everywhere() == 0


def test_the_admin_log_and_imports_tell_nothing_of_it(tmp_path: Path) -> None:
    client = make_active_client(email="zoe@example.org", last_name="Zorglub")
    path = tmp_path / "entries.csv"
    for note in ("Zorglub", "Zorglub parti"):
        text = f"Client;Zone;Entrée le;Sortie le;Note\nzoe@example.org;Cour;{_at(20, 8)};{_at(20, 9)};{note}\n"
        path.write_text(text, encoding="utf-8")
        call_command("import_entries", str(path), stdout=StringIO())
    LogEntry.objects.log_actions(make_user().pk, list(Entry.objects.all()), CHANGE, single_object=True)
    LogEntry.objects.update(change_message="[]")
    Entry.objects.update(note="")
    assert forget_stays(NOW + 20 * DAY) == 1
    Client.objects.filter(pk=client.pk).update(last_name="Autre", search_text="", sort_name="", name_key="")
    Client.history.all().delete()
    assert left_of(("zorglub",)) == []
    assert ImportTrace.objects.count() >= 1


def _at(days: int, hour: int) -> str:
    day: datetime = timezone.localtime(NOW) - days * DAY
    return f"{day:%d/%m/%Y} {hour:02d}:00"


def test_nothing_is_corrected_in_what_nobody_knows(desk: Browser) -> None:
    old = stay(40)
    forget_stays(NOW)
    old.refresh_from_db()
    with pytest.raises(services.Refused, match="oubliée"):
        services.correct_exit(old, NOW, reason="x", by=make_user())
    with pytest.raises(services.Refused, match="oubliée"):
        services.set_amount(old, Decimal(5), by=None)
    assert desk.get(f"/access/entries/{old.pk}/exit/").status_code in (200, 409)


def test_nightly_does_it_and_a_rehearsal_counts() -> None:
    stay(40)
    for options, left in ((["--dry-run"], 1), ([], 0)):
        output = io.StringIO()
        call_command("nightly", *options, stdout=output)
        assert "Entrées de plus de 30 jours, rendues anonymes : 1" in output.getvalue().replace("\xa0", " ")
        assert overdue(NOW).count() == left
    assert json.dumps(list(Entry.objects.values_list("client", flat=True))) == "[null]"


def test_a_file_does_not_bring_back_who_came(tmp_path: Path) -> None:
    client = make_active_client(last_name="Zorglub")
    make_zone("Parking")
    path = tmp_path / "entrees.csv"
    old, owed = (timezone.localtime(NOW - days * DAY) for days in (40, 39))
    lines = [
        f"{client.reference};Parking;{old:%d/%m/%Y 08:00};{old:%d/%m/%Y 09:00};12;oui",
        f"{client.reference};Parking;{owed:%d/%m/%Y 08:00};{owed:%d/%m/%Y 09:00};12;non",
    ]
    path.write_text("\n".join(["Client;Zone;Entrée le;Sortie le;Montant dû;Payé", *lines]), encoding="utf-8")
    output = StringIO()
    with contextlib.suppress(SystemExit):
        call_command("import_entries", str(path), "--on-error=skip", "--format=json", stdout=output)
    report = json.loads(output.getvalue())
    assert [(issue["row"], issue["column"]) for issue in report["errors"]] == [(2, "Sortie le")]
    assert "30 jours" in report["errors"][0]["message"]
    # What is owed is known until it is settled.
    assert [entry.balance for entry in client.entries.all()] == [12]
