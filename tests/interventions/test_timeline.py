"""What happens to interventions stands on the timeline of their client, when it happened, for those who may know."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.events.timeline import heading
from access.models import Event
from clients.privacy import anonymize_client
from fixaloop.models import ImportBatch
from interventions import services
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import make_intervention, make_technician, oppose, pay, slot
from tests.pages import links, records, said

pytestmark = pytest.mark.django_db
SEES = ("clients.view_client", "access.view_event", "access.export_event")
SEES_WORK, SEES_MONEY = "interventions.view_intervention", "interventions.view_interventionpayment"


def told(**which: Any) -> list[str]:
    events = Event.objects.filter(kind__in=("job", "payment"), **which).order_by("at", "pk")
    return [heading(event).replace("\xa0", " ") for event in events]


def test_each_step_is_told_when_it_was_made() -> None:
    now = timezone.now()
    job = make_intervention(at=now - timedelta(days=2))
    services.plan(job, technician=make_technician(), **slot(), by=None)
    services.start(job, started_at=now - timedelta(hours=3), by=None)
    services.hold(job, reason="pièces", waiting_since=now - timedelta(hours=2), by=None)
    services.resume(job, resumed_at=now - timedelta(hours=1), by=None)
    services.finish(job, report="Fait", finished_at=now - timedelta(minutes=5), by=None)
    services.reopen(job, reason="grince encore", by=None)
    services.cancel(job, reason="client parti", by=None)
    assert told() == [
        "INT-001 · Intervention créée",
        "INT-001 · Travail commencé",
        "INT-001 · Travail mis en attente : pièces",
        "INT-001 · Travail repris",
        "INT-001 · Travail terminé",
        "INT-001 · Intervention planifiée",
        "INT-001 · Intervention rouverte : grince encore",
        "INT-001 · Intervention annulée : client parti",
    ]


def test_quotes_agreements_and_payments_are_told() -> None:
    job = make_intervention(parts_amount=Decimal(100))
    job.quote_amount = Decimal(80)
    services.update(job, by=None)
    job.agreed_amount, job.agreed_on, job.agreed_how = Decimal(100), timezone.localdate(), "phone"
    services.update(job, by=None)
    job.title = "Autre"
    services.update(job, by=None)
    pay(job, "30")
    oppose(pay(job, "60", method="cheque"), "rejection")
    pay(job, "-5", kind="refund")
    job.refresh_from_db()
    job.quote_amount = None
    services.update(job, by=None)
    day = f"{timezone.localdate():%d/%m/%Y}"
    assert told()[1:] == [
        "INT-001 · Devis : 80,00 €",
        f"INT-001 · Accord du client : 100,00 €, le {day} (téléphone)",
        "INT-001 · 30,00 € reçus (carte bancaire)",
        "INT-001 · 60,00 € reçus (chèque)",
        "INT-001 · Paiement rejeté : 60,00 € (chèque)",
        "INT-001 · 5,00 € rendus (carte bancaire)",
        "INT-001 · Devis retiré",
    ]


def test_nothing_is_told_of_what_failed() -> None:
    job = make_intervention()
    with pytest.raises(services.IllegalMove):
        services.close(job, by=None)
    assert told() == ["INT-001 · Intervention créée"]


def test_work_and_its_money_take_their_rights(sign_in: SignIn) -> None:
    job = make_intervention(quote_amount=Decimal(80))
    pay(job, "30")
    url = f"/clients/{job.client.reference}/events/"
    all_of_it = sign_in(*SEES, SEES_WORK, SEES_MONEY).get(url)
    assert all(words in said(all_of_it) for words in ("Intervention créée", "Devis", "30,00", "reçus"))
    assert links(all_of_it)["INT-001"] == "/interventions/INT-001/"
    without_money = said(sign_in(*SEES, SEES_WORK).get(url))
    assert "Intervention créée" in without_money
    assert not any(words in without_money for words in ("Devis", "30,00", "reçus"))
    blind = sign_in(*SEES, SEES_MONEY)
    assert "INT-001 ·" not in str(records(blind.get("/access/events/export/")))
    assert "Intervention créée" not in said(blind.get(url))
    hidden = Event.objects.get(said="job_paid")
    assert blind.get(f"/access/events/{hidden.pk}/").status_code == 403
    assert links(sign_in(*SEES, SEES_WORK, SEES_MONEY).get(f"/access/events/{hidden.pk}/"))["INT-001"]


def imported(folder: Path, *rows: dict[str, str]) -> int:
    path = folder / "jobs.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    output = io.StringIO()
    call_command("import_interventions", str(path), stdout=output)
    return Event.objects.filter(kind="job").count()


def past(number: int, **cells: str) -> dict[str, str]:
    row = {"Client": "CLT-001", "Objet": f"Travail {number}", "État": "Terminée", "Début réel": "01/03/2024 08:00"}
    return row | {"Fin réelle": "01/03/2024 10:00", "Pièces": "50", "Payé": "", "Motif de l’état": ""} | cells


def test_past_work_is_told_in_its_time_and_can_be_undone(tmp_path: Path) -> None:
    client = make_client()
    make_intervention(client)
    assert imported(tmp_path, past(1), past(2, Payé="50")) == 3
    when = [timezone.localtime(event.at) for event in Event.objects.filter(said__in=("job_finish", "job_paid"))]
    assert {f"{moment:%d/%m/%Y %H:%M}" for moment in when} == {"01/03/2024 10:00"}
    call_command("undo_import", str(ImportBatch.objects.get().pk), stdout=io.StringIO())
    assert told() == [
        "INT-003 · Travail terminé",
        "INT-003 · 50,00 € reçus (autre)",
        "INT-001 · Intervention créée",
        "INT-003 · Intervention annulée : " + Event.objects.get(said="job_cancel").text.replace("\xa0", " "),
        "INT-003 · Saisie annulée : 50,00 € (autre)",
    ]


def test_past_work_costs_no_query_each(tmp_path: Path) -> None:
    make_client()
    counts = []
    for size in (2, 12):
        rows = [past(size * 100 + number, Payé="50") for number in range(size)]
        with CaptureQueriesContext(connection) as queries:
            imported(tmp_path, *rows)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_job_that_is_deleted_is_told_as_such(sign_in: SignIn) -> None:
    job = make_intervention()
    services.delete(job, by=None)
    assert told() == ["INT-001 · Intervention créée", "Intervention supprimée"]


def test_forgetting_keeps_amounts_and_drops_what_was_typed() -> None:
    job = make_intervention(make_client(last_name="Wwzulu"))
    pay(job, "30", note="Wwz a payé")
    services.cancel(job, reason="Wwz est parti", by=None)
    anonymize_client(job.client, by=None)
    assert told()[-2:] == ["INT-001 · 30,00 € reçus (carte bancaire)", "INT-001 · Intervention annulée"]


def history_filled() -> None:
    fill = import_module("interventions.migrations.0016_tell_history").fill
    fill(apps, None)


def test_history_is_told_as_services_tell_it(tmp_path: Path) -> None:
    now, by = timezone.now(), make_technician()
    job = make_intervention(make_client(), quote_amount=Decimal(80), by=by)
    services.start(job, started_at=now - timedelta(hours=3), by=by)
    services.hold(job, reason="pièces", waiting_since=now - timedelta(hours=2), by=None)
    services.resume(job, by=by)
    job.agreed_amount, job.agreed_on, job.agreed_how = Decimal(90), timezone.localdate(), "email"
    services.update(job, by=by)
    services.finish(job, report="Fait", by=by)
    services.reopen(job, reason="grince encore", by=by)
    pay(job, "60")
    oppose(pay(job, "20"), "rejection")
    imported(tmp_path, past(1), past(2, Payé="50"))
    expected = told()
    _forget_all()
    history_filled()
    assert told() == expected
    first = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    history_filled()
    assert list(Event.objects.order_by("pk").values_list("pk", flat=True)) == first


def _forget_all() -> None:
    events = Event._base_manager.filter(kind__in=("job", "payment"))
    events._raw_delete(events.db)
