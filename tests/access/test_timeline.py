"""Events are codes and values: said in the reader’s language, to those who may know."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.models import Event, Payment
from tests.access.factories import make_card, make_entry, make_event
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import make_intervention
from tests.pages import records, said

pytestmark = pytest.mark.django_db
SEES = ("clients.view_client", "access.view_event", "access.export_event")


def in_english(browser: Browser) -> Browser:
    browser.cookies.load({"django_language": "en"})
    return browser


def file_of(browser: Browser) -> list[str]:
    return [str(record["Événement"]) for record in records(browser.get("/access/events/export/?sort=at"))]


@pytest.fixture
def paid() -> Event:
    entry = make_entry(exited_at=timezone.now() + timedelta(hours=1))
    services.set_amount(entry, Decimal(1200), by=None)
    money = Payment(entry=entry, amount=Decimal("1000.50"), method="cash", paid_on=timezone.localdate())
    services.record_payment(money, by=None)
    return Event.objects.get(kind="payment")


def test_the_reader_chooses_the_language(sign_in: SignIn, paid: Event) -> None:
    client = make_client(email="zoe@example.org")
    make_intervention(client)
    card, _value = make_card(client)
    services.change_card_status(card, "suspended", reason="au parc", by=None)
    french = said(sign_in("access.view_payment", *SEES).get("/access/events/"))
    english = said(in_english(sign_in("access.view_payment", *SEES)).get("/access/events/"))
    for page, sentences in (
        (french, ("1 000,50 € reçus (espèces)", "Montant dû : 1 200,00 €", "Carte suspendue : au parc")),
        (french, ("Devenu actif : INT-001 à planifier",)),
        (english, ("1,000.50 € received (cash)", "Amount due: 1,200.00 €", "Card suspended: au parc")),
        (english, ("Became active: INT-001 to schedule",)),
    ):
        flat = page.replace("\xa0", " ").replace("\u202f", " ")
        assert [sentence for sentence in sentences if sentence not in flat] == [], flat


def test_money_is_not_there_without_its_right(sign_in: SignIn, paid: Event) -> None:
    make_event(paid.client, "payment", text="12,00 € reçus", entry=paid.entry)
    make_event(paid.client, "note", text="Montant dû : 12,00 €", entry=paid.entry)
    make_event(paid.client, "note", text="A téléphoné")
    may, may_not = sign_in("access.view_payment", *SEES), sign_in(*SEES)
    hidden = set(file_of(may)) - set(file_of(may_not))
    assert len(hidden) == 4
    assert all("€" in sentence for sentence in hidden)
    assert "A téléphoné" in file_of(may_not)
    assert "reçus" not in said(may_not.get("/clients/CLT-001/events/"))
    assert may_not.get(f"/access/events/{paid.pk}/").status_code == 403
    assert "reçus" in said(may.get(f"/access/events/{paid.pk}/"))


def test_a_reason_stays_as_it_was(sign_in: SignIn, settings: Any) -> None:
    now = timezone.now()
    make_intervention(make_client(), state="done", started_at=now - timedelta(days=2), finished_at=now)
    settings.RECENT_DAYS = 5
    assert "90 jours après INT-001" in said(sign_in(*SEES).get("/access/events/"))
