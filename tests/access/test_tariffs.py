"""What stays cost: at the exit, once, explained; put right with the exit, unless somebody said otherwise."""

import io
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import services
from access.gate.credentials import Credential, identify
from access.gate.orphans import close_orphans
from access.models import Device, Entry, Event, Payment, Tag, Tariff, Vehicle, Zone
from access.reader.reads import Scan, answer
from fixaloop.words.dates import start_of
from tests.access.factories import (
    make_active_client,
    make_card,
    make_device,
    make_entry,
    make_tariff,
    make_vehicle,
    make_zone,
)
from tests.access.importing import run, write
from tests.conftest import SignIn
from tests.factories import make_user
from tests.pages import field_errors, records, rows, said, values

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# Yesterday at noon, when the cards that are made today are valid already.
NOW = start_of(timezone.localdate() - timedelta(days=1)) + 12 * HOUR


NOTHING: tuple[Decimal, str, Any] = (Decimal(0), "", {})


def scan(value: str, nonce: str, type_: str = "qr") -> Scan:
    return Scan(nonce, Credential(type_, value))


def doors(zone: Zone) -> tuple[Device, Device]:
    return make_device(zone, "in")[0], make_device(zone, "out")[0]


def stay(zone: Zone, length: timedelta, value: str, type_: str = "qr") -> Entry:
    """A visit that ends now, by the readers of its zone."""
    way_in, way_out = doors(zone)
    answer(way_in, scan(value, "in", type_), NOW - length)
    return Entry.objects.get(pk=answer(way_out, scan(value, "out", type_), NOW)["entry"])


def minute(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def pay(entry: Entry, amount: str) -> None:
    payment = Payment(entry=entry, amount=Decimal(amount), method="cash", paid_on=timezone.localdate())
    services.record_payment(payment, by=None)


@pytest.fixture
def boss(sign_in: SignIn) -> Browser:
    return sign_in(group="Direction")


def correct(browser: Browser, entry: Entry, left: datetime) -> None:
    path = f"{entry.get_absolute_url()}exit/"
    form = values(browser.get(path)) | {"exited_at": minute(left), "reason": "vu"}
    assert browser.post(path, form).status_code == 302
    entry.refresh_from_db()


def test_an_exit_prices_the_stay_and_says_why(boss: Browser) -> None:
    zone = make_zone("Parking")
    make_tariff(zone, steps=[(0, 15, "0.50")], free_minutes=45, name="Visiteurs")
    entry = stay(zone, 2 * HOUR + 10 * MINUTE, make_card()[1])
    assert (entry.amount_due, entry.balance, entry.payment_status) == (Decimal(3), Decimal(3), "unpaid")
    page = said(boss.get(entry.get_absolute_url()))
    assert "Tarif « Visiteurs » : 2 h 10 → 45 min gratuites, 6 × 15 min à 0,50 € = 3,00 €" in page


def test_no_tariff_means_that_nothing_is_due() -> None:
    make_tariff(make_zone("Ailleurs"))
    zone = make_zone("Parking")
    make_tariff(zone, starts_on=NOW.date() + timedelta(days=1))
    entry = stay(zone, HOUR, make_card()[1])
    assert (entry.amount_due, entry.priced_by, entry.pricing) == NOTHING


def test_an_inner_zone_costs_only_by_its_own_tariff() -> None:
    outer = make_zone("Site")
    inner = make_zone("Atelier", parent=outer)
    make_tariff(outer)
    (outer_in, outer_out), (inner_in, _inner_out) = doors(outer), doors(inner)
    _card, qr = make_card()
    for number, (door, before) in enumerate(((outer_in, 3), (inner_in, 2), (outer_out, 0))):
        answer(door, scan(qr, str(number)), NOW - before * HOUR)
    assert dict(Entry.objects.values_list("zone__name", "amount_due")) == {"Site": 6, "Atelier": 0}


def test_of_several_tariffs_the_one_in_force_at_the_way_in_counts() -> None:
    zone = make_zone("Parking")
    make_tariff(zone, starts_on=NOW.date() - timedelta(days=1), steps=[(0, 60, "5.00")])
    make_tariff(zone, steps=[(0, 60, "1.00")])
    make_tariff(zone, starts_on=NOW.date(), steps=[(0, 60, "9.00")])
    assert stay(zone, 24 * HOUR, make_card()[1]).amount_due == 120


def test_replays_and_repeats_never_price_twice() -> None:
    zone = make_zone("Parking")
    make_tariff(zone)
    way_in, way_out = doors(zone)
    _card, qr = make_card()
    answer(way_in, scan(qr, "1"), NOW - HOUR)
    first = answer(way_out, scan(qr, "2"), NOW)
    again = answer(way_out, scan(qr, "2"), NOW + 2 * HOUR)
    repeated = answer(way_out, scan(qr, "3"), NOW + timedelta(seconds=3))
    assert first["entry"] == again["entry"] == repeated["entry"]
    assert Entry.objects.get().amount_due == 2


def test_a_tag_on_the_card_or_the_vehicle_makes_it_free(boss: Browser) -> None:
    staff, other = Tag.objects.create(name="Personnel"), Tag.objects.create(name="Autre")
    zone = make_zone("Parking")
    make_tariff(zone, free_tags=[staff])
    assert stay(zone, HOUR, make_card(tags=[other])[1]).amount_due == 2
    free = stay(zone, HOUR, make_card(tags=[staff, other])[1])
    assert free.amount_due == 0
    assert "1 h 00 → gratuit avec le tag « Personnel »" in said(boss.get(free.get_absolute_url()))
    vehicle = Vehicle(client=make_active_client(), plate="ZZ-999-ZZ")
    services.add_vehicle(vehicle, tags=[staff], by=None)
    assert stay(zone, HOUR, "ZZ-999-ZZ", "plate").amount_due == 0


def test_the_exit_costs_one_more_query_and_the_way_in_none() -> None:
    def queries(door: Device, qr: str, at: datetime) -> int:
        with CaptureQueriesContext(connection) as seen:
            answer(door, scan(qr, str(at)), at)
        return len(seen)

    def costs(zone: Zone) -> list[int]:
        qr = make_card()[1]
        return [queries(door, qr, at) for door, at in zip(doors(zone), (NOW - HOUR, NOW), strict=True)]

    free, zone = make_zone("Cour"), make_zone("Parking")
    make_tariff(zone, free_tags=[Tag.objects.create(name="Personnel")])
    costs(free)
    way_in, way_out = costs(free)
    assert costs(zone) == [way_in, way_out + 1]


def test_a_correction_reprices_with_the_rates_of_then(boss: Browser) -> None:
    zone = make_zone("Parking")
    tariff = make_tariff(zone)
    entry = stay(zone, 5 * HOUR, make_card()[1])
    pay(entry, "10")
    tariff.steps = [[0, 60, "99.00"]]
    services.save_tariff(tariff, zones=[], free_tags=[], by=make_user(), version=tariff.version)
    correct(boss, entry, NOW - 3 * HOUR)
    assert (entry.amount_due, entry.paid_amount, entry.balance) == (Decimal(4), Decimal(10), Decimal(-6))
    page = said(boss.get(entry.get_absolute_url()))
    assert "À rendre" in page
    assert "6,00 €" in page
    assert Event.objects.filter(entry=entry, kind="note").get().inputs == {"amount": "4.00"}


def test_what_somebody_decided_stays(boss: Browser) -> None:
    zone = make_zone("Parking")
    make_tariff(zone)
    entry = stay(zone, 5 * HOUR, make_card()[1])
    form = values(boss.get(entry.get_absolute_url()))
    refused = boss.post(f"{entry.get_absolute_url()}amount/", form | {"amount_due": "3"})
    assert refused.status_code == 422
    assert "reason" in field_errors(refused)
    boss.post(f"{entry.get_absolute_url()}amount/", form | {"amount_due": "3", "reason": "geste commercial"})
    correct(boss, entry, NOW - 4 * HOUR)
    assert entry.amount_due == 3
    page = said(boss.get(entry.get_absolute_url()))
    assert "geste commercial" in page
    assert "Fixé à la main" in page


def test_one_may_return_to_the_tariff(boss: Browser) -> None:
    zone = make_zone("Parking")
    make_tariff(zone)
    entry = stay(zone, 5 * HOUR, make_card()[1])
    by_tariff = entry.amount_due
    page = boss.get(entry.get_absolute_url())
    assert "Revenir au tarif" not in said(page)
    boss.post(f"{entry.get_absolute_url()}amount/", values(page) | {"amount_due": "30", "reason": "erreur"})
    pay(entry, "20")
    form = values(boss.get(entry.get_absolute_url()))
    assert "déjà été payés" in said(boss.post(f"{entry.get_absolute_url()}tariff/", form, follow=True))
    entry.refresh_from_db()
    assert entry.amount_due == 30
    back = Payment(entry=entry, amount=Decimal(-20), method="cash", paid_on=timezone.localdate())
    back.note = "trop perçu"
    services.record_payment(back, by=None)
    form = values(boss.get(entry.get_absolute_url()))
    assert "de nouveau celui du tarif" in said(boss.post(f"{entry.get_absolute_url()}tariff/", form, follow=True))
    entry.refresh_from_db()
    assert (entry.amount_due, entry.priced_by) == (by_tariff, "tariff")
    correct(boss, entry, NOW - 4 * HOUR)
    assert entry.amount_due < by_tariff


def test_an_estimated_amount_is_told_and_keeps_nobody_out(boss: Browser) -> None:
    zone = make_zone("Parking")
    make_tariff(zone)
    card, qr = make_card()
    way_in, _way_out = doors(zone)
    answer(way_in, scan(qr, "1"), NOW - 24 * HOUR)
    close_orphans(NOW)
    entry = Entry.objects.get()
    assert (entry.amount_due, entry.priced_by) == (Decimal(28), "estimate")
    assert "Tarif, sortie estimée" in said(boss.get(entry.get_absolute_url()))
    assert identify(Credential("qr", qr), zone).unpaid == 0
    boss.post(f"{entry.get_absolute_url()}settle/")
    assert identify(Credential("qr", qr), zone).unpaid == 28
    assert card.client_id == entry.client_id


def test_a_zone_that_is_emptied_prices_its_stays() -> None:
    zone = make_zone("Parking")
    make_tariff(zone)
    for hours in (1, 4):
        make_entry(zone=zone, entered_at=NOW - hours * HOUR)
    services.end_stays(Entry.objects.all(), NOW, reason="fermé", by=make_user(), emptied=True)  # type: ignore[arg-type]
    assert sorted(Entry.objects.values_list("amount_due", "priced_by")) == [
        (Decimal(2), "estimate"),
        (Decimal(8), "estimate"),
    ]


def test_a_car_costs_its_time_once_whoever_comes_and_goes_on_foot() -> None:
    zone = make_zone("Parking")
    make_tariff(zone)
    owner = make_active_client()
    make_vehicle(owner)
    _card, qr = make_card(owner)
    way_in, way_out = doors(zone)
    plate = "AB-123-CD"
    answer(way_in, scan(plate, "1", "plate"), NOW - 10 * HOUR)
    answer(way_out, scan(qr, "2"), NOW - 8 * HOUR)
    answer(way_in, scan(qr, "3"), NOW - 4 * HOUR)
    answer(way_out, scan(plate, "4", "plate"), NOW)
    assert sum(Entry.objects.values_list("amount_due", flat=True)) == 20
    car = Entry.objects.get(parked=True)
    assert (car.amount_due, car.pricing["lines"][-1]) == (Decimal(8), {"code": "counted", "amount": "12.00"})
    first = Entry.objects.order_by("entered_at", "pk").exclude(pk=car.pk)[0]
    services.correct_exit(first, NOW - 9 * HOUR, reason="vu", by=make_user())
    assert sum(Entry.objects.values_list("amount_due", flat=True)) == 20


def test_a_car_costs_its_time_once_whatever_is_corrected_of_its_driver() -> None:
    zone, by = make_zone("Parking"), make_user()
    make_tariff(zone)
    owner = make_active_client()
    make_vehicle(owner)
    _card, qr = make_card(owner)
    way_in, way_out = doors(zone)
    answer(way_in, scan("AB-123-CD", "1", "plate"), NOW - 4 * HOUR)
    answer(way_out, scan(qr, "2"), NOW - 2 * HOUR)
    answer(way_out, scan("AB-123-CD", "3", "plate"), NOW)

    def due() -> list[int]:
        stays = Entry.objects.order_by("parked", "entered_at")
        return [int(amount) for amount in stays.values_list("amount_due", flat=True)]

    driver = Entry.objects.get(parked=False)
    for left, amounts in ((-2 * HOUR, [4, 4]), (-6 * MINUTE, [8, 0]), (6 * MINUTE, [10, 0]), (-3 * HOUR, [2, 6])):
        services.correct_exit(driver, NOW + left, reason="vu", by=by)
        assert due() == amounts
    # Of a driver who comes back and stays on, the time until the car leaves is the car’s too.
    answer(way_in, scan(qr, "4"), NOW - 90 * MINUTE)
    answer(way_out, scan(qr, "5"), NOW + 2 * HOUR)
    again = Entry.objects.filter(parked=False).latest("entered_at")
    services.correct_exit(again, NOW + 3 * HOUR, reason="vu", by=by)
    assert due() == [2, 10, 2]
    services.void(again, reason="erreur", by=by)
    services.void(driver, reason="erreur", by=by)
    assert due() == [0, 0, 8]


def test_a_car_that_nobody_saw_leave_waits_for_somebody_to_say(boss: Browser) -> None:
    zone = make_zone("Parking")
    make_tariff(zone)
    vehicle = make_vehicle(make_active_client(company_name="Garage du Port"))
    Entry.objects.create(client=vehicle.client, vehicle=vehicle, zone=zone, entered_at=NOW - timedelta(days=40))
    close_orphans(NOW)
    entry = Entry.objects.get()
    assert entry.amount_due == 0
    assert "personne n’a vu ce véhicule repartir : montant à fixer" in said(boss.get(entry.get_absolute_url()))
    correct(boss, entry, entry.entered_at + 3 * HOUR)
    assert entry.amount_due == 6


def test_a_void_stay_costs_nothing() -> None:
    zone = make_zone("Parking")
    make_tariff(zone)
    entry = stay(zone, HOUR, make_card()[1])
    entry = services.void(entry, reason="erreur", by=make_user())
    assert (entry.amount_due, entry.priced_by, entry.pricing) == NOTHING


def test_an_open_stay_says_what_it_would_cost_now(boss: Browser) -> None:
    zone = make_zone("Parking")
    make_tariff(zone)
    entry = make_entry(zone=zone, entered_at=timezone.now() - 90 * MINUTE)
    page = said(boss.get(entry.get_absolute_url()))
    assert "À cette heure" in page
    assert "1 h 30 → 2 × 1 h 00 à 2,00 € = 4,00 €" in page
    entry.refresh_from_db()
    assert (entry.amount_due, entry.exited_at) == (Decimal(0), None)


NEW = "/access/tariffs/new/"


def typed(browser: Browser, zone: Zone, **more: Any) -> dict[str, Any]:
    return values(browser.get(NEW)) | {
        "name": "Visiteurs",
        "zones": str(zone.pk),
        "free_minutes": "45",
        "day_cap": "12,50",
        "start_0": "0",
        "every_0": "15",
        "price_0": "0,50",
        "start_1": "120",
        "every_1": "60",
        "price_1": "1",
        **more,
    }


def test_a_tariff_is_written_by_a_form_and_keeps_its_history(boss: Browser) -> None:
    zone = make_zone("Parking")
    form = typed(boss, zone)
    first, second = boss.post(NEW, form), boss.post(NEW, form)
    tariff = Tariff.objects.get()
    assert first.url == second.url == tariff.get_absolute_url()
    assert (tariff.steps, tariff.day_cap) == ([[0, 15, "0.50"], [120, 60, "1.00"]], Decimal("12.50"))
    page = said(boss.get(tariff.get_absolute_url()))
    assert "les 45 premières minutes sont gratuites" in page
    assert "dès 2 h 00 : 1,00 € par tranche de 1 h 00" in page
    assert "15 minutes au plus (loi du 17 mars 2014)" in page
    edit = f"{tariff.get_absolute_url()}edit/"
    stale = values(boss.get(edit))
    boss.post(edit, stale | {"price_0": "0,60"})
    assert boss.post(edit, stale | {"price_0": "0,70"}).status_code == 409
    assert [record.steps[0][2] for record in Tariff.objects.get().history.all()] == ["0.60", "0.50"]
    assert "Visiteurs" in said(boss.get(zone.get_absolute_url()))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"price_1": ""}, "price_1"),
        ({"price_0": "1001"}, "price_0"),
        ({"start_1": "0"}, "start_0"),
        ({"every_0": "0"}, "every_0"),
        ({"day_cap": "-1"}, "day_cap"),
        ({"starts_on": "demain"}, "starts_on"),
    ],
)
def test_a_form_names_what_is_wrong(boss: Browser, fields: dict[str, str], field: str) -> None:
    response = boss.post(NEW, typed(boss, make_zone("Parking"), **fields))
    assert response.status_code == 422
    assert field in field_errors(response)
    assert not Tariff.objects.exists()


def test_the_list_and_its_file_name_zones_and_tags_as_they_are_called_now(boss: Browser) -> None:
    zone, tag, gone = make_zone("Parking"), Tag.objects.create(name="Livreur"), Tag.objects.create(name="Presse")
    make_tariff(zone, free_tags=[tag, gone])
    zone.name = "Cour"
    services.save_zone(zone, by=None)
    boss.post(f"/access/tags/{gone.pk}/delete/")
    assert "Cour" in said(boss.get("/access/tariffs/"))
    [row] = records(boss.get("/access/tariffs/export/"))
    assert (row["Zones"], row["Tags gratuits"]) == ("Cour", "Livreur")


def test_a_zone_has_one_tariff_from_a_day_on(boss: Browser) -> None:
    zone = make_zone("Parking")
    make_tariff(zone, name="Ancien", starts_on=timezone.localdate())
    response = boss.post(NEW, typed(boss, zone))
    assert response.status_code == 422
    assert "« Parking » a déjà un tarif à partir du" in said(response)


@pytest.mark.parametrize(("group", "seen", "written"), [("Accueil", 200, 403), ("Gardien", 403, 403)])
def test_only_who_may_sees_and_writes_tariffs(sign_in: SignIn, group: str, seen: int, written: int) -> None:
    tariff = make_tariff(make_zone("Parking"))
    browser = sign_in(group=group)
    pages = (tariff.get_absolute_url(), f"{tariff.get_absolute_url()}edit/", NEW)
    assert [browser.get(page).status_code for page in pages] == [seen, written, written]


HEADER = "Client;Carte;Zone;Entrée le;Sortie le;Montant dû;Payé"


def imported(tmp_path: Path, *lines: str, options: tuple[str, ...] = ()) -> tuple[int, Any]:
    return run("import_entries", write(tmp_path / "e.csv", "\n".join((HEADER, *lines)) + "\n"), *options)


def test_a_file_without_amounts_is_priced_and_says_what_is_paid(tmp_path: Path) -> None:
    make_tariff(make_zone("Parking"))
    client = make_card(username="marie")[0].client.reference
    rows = [f"{client};marie;Parking;03/11/2026 {hour}:00;03/11/2026 {hour}:50;;" for hour in (10, 12, 14)]
    told = [f"{rows[0][:-1]};Payé", f"{rows[1][:-1]};Gratuit", f"{rows[2][:-1]}5;"]
    code, report = imported(tmp_path, *rows[:2])
    assert (code, [error["column"] for error in report["errors"]]) == (2, ["Montant dû"] * 2)
    assert imported(tmp_path, *told, options=("--unsaid", "due"))[0] == 0
    found: Any = Entry.objects.order_by("entered_at").values_list("amount_due", "paid_amount", "priced_by")
    assert list(found) == [(2, 2, "tariff"), (0, 0, "person"), (5, 0, "person")]
    assert Payment.objects.get().amount == 2
    call_command("verify_payments", stdout=io.StringIO())


def test_an_exit_from_a_file_is_priced_and_taken_back_with_it(tmp_path: Path) -> None:
    zone = make_zone("Parking")
    make_tariff(zone)
    card, _qr = make_card(username="marie")
    entered = datetime(2026, 11, 3, 8, tzinfo=timezone.get_default_timezone())
    entry = make_entry(card, zone, entered_at=entered)
    row = f"{card.client.reference};marie;Parking;03/11/2026 08:00;03/11/2026 10:30;;"
    code, report = imported(tmp_path, row)
    entry.refresh_from_db()
    assert (code, entry.amount_due, entry.priced_by) == (0, Decimal(6), "tariff")
    call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
    entry.refresh_from_db()
    assert (entry.exited_at, entry.amount_due, entry.priced_by, entry.pricing) == (None, *NOTHING)


def test_the_list_adds_up_what_its_filters_find(boss: Browser, sign_in: SignIn) -> None:
    zone, other = make_zone("Parking"), make_zone("Atelier")
    make_tariff(zone)
    pay(stay(zone, 3 * HOUR, make_card()[1]), "4")
    make_entry(zone=other, amount_due=Decimal(100))
    shown = said(boss.get(f"/access/entries/?zone={zone.pk}"))
    assert "1 entrée : 6,00 € dus, 4,00 € payés, reste 2,00 €" in shown
    assert "dus," not in said(sign_in("access.view_entry").get(f"/access/entries/?zone={zone.pk}"))
    payments = boss.get(f"/payments/?source=entry&zone={zone.pk}&zone={other.pk}")
    assert "1 paiement : 4,00 € (Espèces 4,00 €)" in said(payments)
    assert rows(boss.get(f"/payments/?zone={other.pk}")) == []
    [line] = records(boss.get(f"/payments/export/?zone={zone.pk}"))
    assert (line["Zone"], line["Montant"]) == ("Parking", 4)
