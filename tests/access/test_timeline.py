"""Events are codes and values: said in the reader’s language, to those who may know."""

import io
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.events.words import words_of
from access.gate.credentials import QR, Credential
from access.models import Event, Payment, Vehicle
from access.reader.reads import Scan, answer
from clients.privacy import anonymize_client
from tests.access.factories import make_card, make_device, make_entry, make_event, make_vehicle, make_zone
from tests.access.importing import run, write
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import make_intervention
from tests.pages import records, said
from tests.tables import left_of

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


def told(**which: Any) -> list[str]:
    events = Event.objects.filter(kind__in=("card", "vehicle"), **which).order_by("pk")
    return [words_of(event).replace("\xa0", " ") for event in events]


def test_changes_of_a_card_are_told_one_by_one() -> None:
    yard, park = make_zone("Cour"), make_zone("Parking")
    card, _value = make_card(make_client(email="zoe@example.org"), zones=[yard])
    card.valid_from, card.valid_until = date(2026, 1, 1), date(2027, 12, 31)
    card.hours = {"mon": [["08:00", "18:00"]]}
    services.update_card(card, zones=[yard, park], by=None)
    services.update_card(card, zones=[], by=None)
    card.refresh_from_db()
    card.hours, card.valid_until = {}, None
    services.update_card(card, by=None)
    services.update_card(card, by=None)
    card.username = "autre"
    services.update_card(card, by=None)
    services.reissue_card(card, by=None)
    assert told() == [
        "Carte émise",
        "Carte valable du 01/01/2026 au 31/12/2027",
        "Horaires de la carte : lun 8 h–18 h",
        "Zones de la carte : Cour, Parking",
        "Carte valable partout",
        "Carte valable sans fin, à partir du 01/01/2026",
        "Carte valable à toute heure",
        "Carte modifiée",
        "Nouveau code QR, l’ancien est révoqué",
    ]


def test_changes_of_a_vehicle_are_told_to_whom_it_was_and_is() -> None:
    seller, buyer = make_client(), make_client(company_name="Acheteur")
    car = make_vehicle(seller, plate="AA-111-AA")
    car.plate = "BB-222-BB"
    services.update_vehicle(car, by=None)
    car.color = "rouge"
    services.update_vehicle(car, by=None)
    car.client, car.is_active = buyer, False
    services.update_vehicle(car, by=None)
    assert told(client=seller) == [
        "Véhicule ajouté",
        "Nouvelle plaque : BB-222-BB au lieu de AA-111-AA",
        "Véhicule modifié",
        "Véhicule passé à un autre client",
    ]
    assert told(client=buyer) == ["Véhicule repris d’un autre client", "Véhicule retiré de la circulation"]


def test_an_import_of_vehicles_tells_and_can_be_undone(tmp_path: Path) -> None:
    known = make_vehicle(make_client(), plate="AA-111-AA")
    text = "Client;Plaque;En circulation\nCLT-001;AA-111-AA;non\nCLT-001;CC-333-CC;oui\n"
    _code, report = run("import_vehicles", write(tmp_path / "v.csv", text))
    assert told() == ["Véhicule ajouté", "Véhicule ajouté", "Véhicule retiré de la circulation"]
    call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
    assert list(Vehicle.objects.all()) == [known]
    assert told()[3:] == ["Véhicule remis en circulation"]


def test_the_administration_tells_too(sign_in: SignIn) -> None:
    client = make_client()
    staff = sign_in(is_staff=True, is_superuser=True)
    form = {"client": client.pk, "plate": "AA-111-AA", "country": "FR", "is_active": "on", "everywhere": "on"}
    assert staff.post("/admin/access/vehicle/add/", form).status_code == 302
    assert told() == ["Véhicule ajouté"]
    assert "Véhicule ajouté" in said(staff.get("/admin/access/event/"))


def test_former_plates_are_forgotten_with_their_client() -> None:
    owner, buyer = make_client(), make_client(company_name="Acheteur")
    car = make_vehicle(owner, plate="WW-222-ZZ")
    car.plate = "WW-333-ZZ"
    services.update_vehicle(car, by=None)
    car.client = buyer
    services.update_vehicle(car, by=None)
    assert "access_event.inputs" in left_of(("ww-222-zz",))
    anonymize_client(owner, by=None)
    assert left_of(("ww-222-zz",)) == []


def test_the_history_of_vehicles_is_told_as_services_tell_it() -> None:
    seller, buyer = make_client(), make_client(company_name="Acheteur")
    car = make_vehicle(seller, plate="AA-111-AA")
    car.plate = "BB-222-BB"
    services.update_vehicle(car, by=None)
    car.client, car.is_active = buyer, False
    services.update_vehicle(car, by=None)
    expected = (told(client=seller), told(client=buyer))
    events = Event._base_manager.filter(kind="vehicle")
    events._raw_delete(events.db)
    for _again in range(2):
        import_module("access.migrations.0021_tell_vehicles").fill(apps, None)
        assert (told(client=seller), told(client=buyer)) == expected


def test_why_somebody_was_refused_is_said_in_the_language_of_the_reader(sign_in: SignIn) -> None:
    _card, value = make_card(make_client(email="zoe@example.org"))
    device, _token = make_device(make_zone())
    answer(device, Scan("1", Credential(QR, value)), timezone.now())
    refusal = Event.objects.get(kind="refused")
    url = f"/access/events/{refusal.pk}/"
    assert "Le client est inactif (aucune intervention)." in said(sign_in(*SEES).get(url))
    assert "(no intervention)." in said(in_english(sign_in(*SEES)).get(url))
    Event._base_manager.filter(pk=refusal.pk).update(
        inputs=refusal.inputs | {"facts": {**refusal.inputs["facts"], "client_why": {}, "client_reason": "forcé"}}
    )
    assert "Le client est inactif (forcé)." in said(sign_in(*SEES).get(url))
