"""Money of entries: payments, part payments, refunds with a reason, and who sees it."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.models import Entry, Payment
from fixaloop.records.refusal import Refused
from tests.access.factories import make_entry
from tests.access.importing import run, write
from tests.conftest import SignIn
from tests.factories import make_user
from tests.pages import field_errors, records, rows, said, values


@pytest.fixture
def entry(db: None) -> Entry:
    return make_entry(amount_due=Decimal("8.50"))


def pay(desk: Browser, entry: Entry, **fields: str) -> object:
    sent = {"amount": "5,00", "method": "card", "paid_on": timezone.localdate().isoformat()} | fields
    return desk.post(f"/access/entries/{entry.pk}/payments/", sent, follow=True)


def test_it_records_a_part_then_the_rest(entry: Entry, desk: Browser) -> None:
    page = pay(desk, entry, reference="TPE 12")
    entry.refresh_from_db()
    assert (entry.payment_status, entry.balance) == ("partial", Decimal("3.50"))
    assert "TPE 12" in said(page)
    pay(desk, entry, amount=values(page)["amount"])
    entry.refresh_from_db()
    assert entry.payment_status == "paid"


def test_it_gives_back_with_a_reason(entry: Entry, desk: Browser) -> None:
    pay(desk, entry)
    refused = pay(desk, entry, amount="-2,00")
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "Dites pourquoi" in field_errors(refused)["note"]
    pay(desk, entry, amount="-2,00", note="erreur de tarif")
    entry.refresh_from_db()
    assert entry.balance == Decimal("5.50")


@pytest.mark.parametrize("amount", ["100", "0", "abc", "", "1,234"])
def test_it_refuses_an_amount_that_makes_no_sense(amount: str, entry: Entry, desk: Browser) -> None:
    response = pay(desk, entry, amount=amount)
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert "amount" in field_errors(response)
    assert values(response)["amount"] == amount
    assert Payment.objects.count() == 0


def test_it_records_no_money_of_days_to_come(entry: Entry, desk: Browser) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    response = pay(desk, entry, paid_on=tomorrow.isoformat())
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert "à venir" in field_errors(response)["paid_on"]
    for day in (tomorrow, date(1999, 12, 31)):
        with pytest.raises(Refused):
            services.record_payment(Payment(entry=entry, amount=Decimal(1), method="cash", paid_on=day), by=None)
    assert Payment.objects.count() == 0


def test_it_records_once_what_is_sent_twice(entry: Entry, desk: Browser) -> None:
    sent = values(desk.get(entry.get_absolute_url())) | {"amount": "1,00"}
    for _time in range(2):
        desk.post(f"/access/entries/{entry.pk}/payments/", sent)
    assert Payment.objects.count() == 1


def test_it_sets_what_is_due(entry: Entry, desk: Browser) -> None:
    desk.post(f"/access/entries/{entry.pk}/amount/", {"amount_due": "12,00", "note": "forfait"})
    entry.refresh_from_db()
    assert (entry.amount_due, entry.note) == (Decimal(12), "forfait")


def test_it_sets_no_amount_that_cannot_be_kept(entry: Entry, desk: Browser) -> None:
    refused = desk.post(f"/access/entries/{entry.pk}/amount/", {"amount_due": "10000000"})
    assert (refused.status_code, list(field_errors(refused))) == (422, ["amount_due"])
    with pytest.raises(services.Refused, match="9 999 999,99"):
        services.set_amount(entry, Decimal(10_000_000), by=None)
    desk.post(f"/access/entries/{entry.pk}/amount/", {"amount_due": "9999999,99"})
    assert desk.get("/access/entries/").status_code == 200


def test_nothing_is_due_for_a_void_stay_whatever_page_or_file_say(entry: Entry, desk: Browser, tmp_path: Path) -> None:
    page = f"/access/entries/{entry.pk}/amount/"
    assert page in desk.get(entry.get_absolute_url()).content.decode()
    entry = services.void(entry, reason="erreur", by=make_user())
    assert page not in desk.get(entry.get_absolute_url()).content.decode()
    refused = desk.post(page, {"amount_due": "12"})
    assert refused.status_code == 422
    assert "annulée : rien n’est dû" in str(field_errors(refused)["amount_due"])
    entered = timezone.localtime(entry.entered_at)
    row = f"{entry.client.reference};{entry.card.username};{entry.zone.name};{entered:%d/%m/%Y %H:%M};12"
    code, report = run("import_entries", write(tmp_path / "e.csv", f"Client;Carte;Zone;Entrée le;Montant dû\n{row}\n"))
    assert (code, report["errors"][0]["column"]) == (2, "Montant dû")
    with pytest.raises(services.Refused):
        services.return_to_tariff(entry, by=None)
    with pytest.raises(services.Stale):
        services.take_price_back(entry, {}, amount=Decimal(0), by=None, at=timezone.now())
    with pytest.raises(IntegrityError, match="entry_void_costs_nothing"):
        Entry.objects.filter(pk=entry.pk).update(amount_due=12)


def test_it_lists_the_unpaid(entry: Entry, desk: Browser) -> None:
    make_entry()
    for url in ("/access/entries/", f"/clients/{entry.client.reference}/entries/"):
        assert len(rows(desk.get(f"{url}?payment=unpaid"))) == 1
        assert "8,50 €" in said(desk.get(f"{url}?payment=unpaid"))
        assert len(rows(desk.get(f"{url}?amount_min=8&amount_max=9"))) == 1
        assert rows(desk.get(f"{url}?amount_min=9")) == []


def test_it_shows_money_to_those_who_may_see_it(entry: Entry, desk: Browser, sign_in: SignIn) -> None:
    pay(desk, entry)
    guard = sign_in("access.view_entry", "access.view_event", "clients.view_client", "access.export_entry")
    for url in (entry.get_absolute_url(), "/access/entries/", "/access/events/", entry.client.get_absolute_url()):
        assert "8,50" not in said(guard.get(url))
        assert "5,00" not in said(guard.get(url))
    assert "Le filtre « payment » n’existe pas." in said(guard.get("/access/entries/?payment=unpaid"))
    assert "Montant dû" not in records(guard.get("/access/entries/export/"))[0]
    assert guard.post(f"/access/entries/{entry.pk}/payments/", {"amount": "1"}).status_code == 403


def test_it_tells_the_balance_in_the_summary(entry: Entry, desk: Browser) -> None:
    page = said(desk.get(entry.client.get_absolute_url()))
    assert "Reste à payer 8,50 €" in page
    assert "Sur place depuis" in page
