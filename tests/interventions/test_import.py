"""manage.py import_interventions: past work with its states, links to clients, corrections, taking back."""

import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.utils import timezone
from django.utils.translation import override

from clients.status import is_active
from fixaloop.models import ImportBatch
from interventions import services
from interventions.models import Intervention, InterventionPayment
from interventions.states import State
from tests.factories import make_client, make_user
from tests.interventions.factories import in_state, make_intervention, make_technician, pay, slot
from tests.pages import read, said

pytestmark = pytest.mark.django_db

HEADINGS = "Client;Objet;État;Fin réelle;Main-d’œuvre;Technicien;Motif de l’état\n"


def run(folder: Path, text: str, *options: str) -> dict[str, Any]:
    path = folder / "interventions.csv"
    path.write_text(text, encoding="utf-8")
    return load(path, *options)


def load(path: Path, *options: str) -> dict[str, Any]:
    output = io.StringIO()
    code = 0
    try:
        call_command("import_interventions", str(path), "--format=json", *options, stdout=output)
    except SystemExit as stop:
        code = int(stop.code or 0)
    return json.loads(output.getvalue()) | {"code": code}


def export(folder: Path, sign_in: Any) -> Path:
    """All interventions, as their list exports them."""
    browser: Browser = sign_in(is_superuser=True)
    path = folder / "export.xlsx"
    path.write_bytes(read(browser.get("/interventions/export/")))
    return path


def test_it_records_past_work_and_the_status_of_clients_follows(tmp_path: Path) -> None:
    client = make_client(email="lea@example.org", siret="")
    make_user(username="theo", first_name="Théo", last_name="Blanc")
    yesterday = f"{timezone.localtime() - timedelta(days=1):%d/%m/%Y} 10:00"
    text = HEADINGS + f"lea@example.org;Courroie;Clôturée;{yesterday};1 234,50 €;Théo Blanc;\n"
    text += f"{client.reference};Vidange;;{yesterday};;theo;\nLEA@example.org;Devis;À planifier;;;;\n"
    report = run(tmp_path, text)
    assert (report["code"], report["created"], report["errors"]) == (0, 3, [])
    states = {row.title: row.state for row in Intervention.objects.all()}
    assert states == {"Courroie": "closed", "Vidange": "done", "Devis": "to_plan"}
    assert Intervention.objects.get(title="Courroie").balance == 0
    client.refresh_from_db()
    assert is_active(client, timezone.now())
    again = run(tmp_path, text)
    assert (again["unchanged"], again["batch"]) == (3, None)


def test_it_forgives_no_fee_that_it_cannot_read(tmp_path: Path) -> None:
    make_client(email="lea@example.org")
    row = "lea@example.org;{title};Annulée;client absent;trente\n"
    text = "Client;Objet;État;Motif de l’état;Frais d’annulation\n" + row.format(title="A") + row.format(title="B")
    report = run(tmp_path, text, "--lenient")
    assert (report["code"], {issue["column"] for issue in report["errors"]}) == (2, {"Frais d’annulation"})
    assert run(tmp_path, text.replace("trente", "-"))["created"] == 2


def test_it_refuses_what_could_not_have_been(tmp_path: Path) -> None:
    make_client(external_reference="C1")
    text = HEADINGS + (
        "C1;Sans fin;Terminée;;;;\nC1;Futur;;01/01/2090;;;\nC2;Inconnu;;;;;\nC1;;;;;;\nC1;Autre;parti;;;;\n"
        "C1;Attente;En attente;;;;\nC1;Négatif;;;-5;;\nC1;Qui;;;;personne;\n"
    )
    report = run(tmp_path, text)
    assert report["code"] == 2
    told = {(issue["row"], issue["column"]) for issue in report["errors"]}
    assert told >= {
        (2, "Fin réelle"),
        (3, "Fin réelle"),
        (4, "Client"),
        (5, "Objet"),
        (6, "État"),
        (7, "Motif de l’état"),
        (8, "Main-d’œuvre"),
        (9, "Technicien"),
    }
    assert not Intervention.objects.exists()


def test_it_refuses_more_money_than_can_be_kept(tmp_path: Path) -> None:
    make_client()
    rows = (
        "Client;Objet;État;Fin réelle;Pièces;Main-d’œuvre\nCLT-001;Gros;Clôturée;12/01/2026;99999999,99;99999999,99\n"
    )
    report = run(tmp_path, rows)
    [issue] = report["errors"]
    assert (report["code"], issue["column"], issue["value"]) == (2, "Main-d’œuvre", "99999999,99")
    assert not Intervention.objects.exists()


def test_it_refuses_the_years_that_the_form_refuses(tmp_path: Path) -> None:
    make_client()
    make_user(username="theo")
    text = "Client;Objet;Technicien;Début prévu;Fin prévue;Fin réelle\n"
    text += "CLT-001;Vieux;theo;05/01/1999 10:00;05/01/1999 11:00;\nCLT-001;Ancien;;;;01/01/1900\n"
    report = run(tmp_path, text)
    told = [(issue["row"], issue["column"]) for issue in report["errors"]]
    assert told == [(2, "Début prévu"), (2, "Fin prévue"), (3, "Fin réelle")]
    assert not Intervention.objects.exists()


def test_it_takes_back_the_years_it_took_before(tmp_path: Path, sign_in: Any) -> None:
    long_ago = datetime(1998, 5, 4, 8, tzinfo=UTC)
    in_state("done", started_at=long_ago, finished_at=long_ago)
    report = load(export(tmp_path, sign_in))
    assert (report["unchanged"], report["errors"]) == (1, [])


def test_it_names_the_wrong_cell_alone(tmp_path: Path) -> None:
    make_client()
    report = run(tmp_path, "Client;Objet;État;Fin\nCLT-001;Portail;Terminée;01/10/2090\n")
    [issue] = report["errors"]
    assert (issue["column"], issue["value"]) == ("Fin", "01/10/2090")


def test_it_creates_nothing_again_once_work_has_begun(tmp_path: Path) -> None:
    client, technician = make_client(), make_technician()
    text = "Client;Objet;État;Main-d’œuvre\nCLT-001;Chaudière à revoir;À planifier;80\nCLT-001;Portail;;\n"
    assert run(tmp_path, text)["created"] == 2
    boiler, gate = Intervention.objects.order_by("number")
    services.start(boiler, by=None)
    services.plan(gate, technician=technician, by=None, **slot())
    report = run(tmp_path, text)
    assert (report["unchanged"], report["errors"], report["warnings"]) == (2, [], [])
    gate.title = "Portail battant"
    services.update(gate, by=None)
    services.finish(boiler, report="Réglée", by=None)
    boiler.labor_amount = Decimal(95)
    services.update(boiler, by=None)
    pay(boiler, "95")
    services.close(boiler, by=None)
    report = run(tmp_path, text)
    assert (report["unchanged"], report["errors"], report["batch"]) == (2, [], None)
    [warning] = report["warnings"]
    assert "INT-001, créée de cette ligne, est clôturée depuis" in warning["message"]
    assert client.interventions.count() == 2


def test_it_leaves_a_slot_where_it_was_moved(tmp_path: Path) -> None:
    make_client()
    make_technician(username="theo")
    text = "Client;Objet;Technicien;Début prévu;Fin prévue\n"
    text += "CLT-001;Portail;theo;02/03/2026 10:00;02/03/2026 11:00\n"
    assert run(tmp_path, text)["created"] == 1
    moved = slot()
    services.schedule(Intervention.objects.get(), technician=User.objects.get(), by=None, **moved)
    assert run(tmp_path, text)["unchanged"] == 1
    assert Intervention.objects.get().planned_start == moved["planned_start"]


def test_it_says_what_else_the_row_of_a_begun_job_says(tmp_path: Path) -> None:
    make_client()
    heading = "Client;Objet;État;Main-d’œuvre\n"
    run(tmp_path, heading + "CLT-001;Portail;À planifier;80\n")
    services.start(Intervention.objects.get(), by=None)
    assert run(tmp_path, heading + "CLT-001;Portail;À planifier;90\n")["updated"] == 1
    report = run(tmp_path, heading + "CLT-001;Portail;Annulée;90\n")
    assert "État" in {issue["column"] for issue in report["errors"]}
    job = Intervention.objects.get()
    assert (job.state, job.labor_amount) == ("in_progress", 90)


def test_it_tells_jobs_of_the_same_title_by_their_dates(tmp_path: Path) -> None:
    make_client()
    dates = ("", "01/11/2026 10:00", "02/11/2026 10:00")
    rows = [f"CLT-001;Vidange;{date}\n" for date in dates]
    assert run(tmp_path, "Client;Objet;Fin réelle\n" + "".join(rows))["created"] == 3
    assert run(tmp_path, "Client;Objet;Fin réelle\n" + "".join(rows))["unchanged"] == 3
    assert run(tmp_path, "Client;Objet;Fin réelle\nCLT-001;Vidange;03/11/2026 10:00\n")["created"] == 1


def test_a_job_of_the_desk_is_no_row_of_a_file_once_it_is_planned(tmp_path: Path) -> None:
    in_progress = make_intervention(make_client(), title="Vidange")
    assert run(tmp_path, "Client;Objet\nCLT-001;vidange\n")["updated"] == 1
    services.start(in_progress, by=None)
    assert run(tmp_path, "Client;Objet\nCLT-001;vidange\n")["created"] == 1


def test_it_knows_a_title_however_it_is_spelt(tmp_path: Path) -> None:
    make_client()
    assert run(tmp_path, "Client;Objet\nCLT-001;Pose portail\n")["created"] == 1
    report = run(tmp_path, "Client;Objet\nCLT-001;Pose Portail\n")
    assert (report["created"], report["updated"]) == (0, 1)
    assert Intervention.objects.get().title == "Pose Portail"
    assert run(tmp_path, "Client;Objet\nCLT-001;***\nCLT-001;???\nCLT-001;\n", "--on-error=skip")["created"] == 2


def test_it_looks_for_the_jobs_of_a_file_in_a_few_queries(tmp_path: Path, django_assert_max_num_queries: Any) -> None:
    make_client()
    text = "Client;Objet\n" + "".join(f"CLT-001;Objet {number}\n" for number in range(60))
    assert run(tmp_path, text)["created"] == 60
    with django_assert_max_num_queries(25):
        assert run(tmp_path, text)["unchanged"] == 60


# In 2026 the clock of the firm shows the time from 02:00 to 03:00 twice on 25 October.
@pytest.mark.parametrize("hour", [0, 1])
def test_an_export_of_the_repeated_hour_changes_nothing(hour: int, tmp_path: Path, sign_in: Any) -> None:
    with time_machine.travel(datetime(2026, 11, 20, tzinfo=UTC)):
        begun = datetime(2026, 10, 25, hour, 40, tzinfo=UTC)
        in_state("planned", planned_start=begun, planned_end=begun + timedelta(minutes=15))
        in_state("in_progress", started_at=begun)
        report = load(export(tmp_path, sign_in))
    assert (report["unchanged"], report["errors"]) == (2, [])


def test_both_of_the_hours_that_the_clock_shows_twice_are_kept_apart(tmp_path: Path) -> None:
    make_client(email="lea@example.org")
    ends = (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    rows = "".join(f"lea@example.org;N° {end.hour};Clôturée;{timezone.localtime(end).isoformat()}\n" for end in ends)
    with time_machine.travel(datetime(2026, 11, 20, tzinfo=UTC)):
        report = run(tmp_path, f"Client;Objet;État;Fin réelle\n{rows}")
    assert (report["created"], report["errors"]) == (2, [])
    assert tuple(Intervention.objects.order_by("title").values_list("finished_at", flat=True)) == ends


def test_an_export_of_the_longest_slot_across_a_change_of_the_clock_changes_nothing(
    tmp_path: Path, desk: Browser, sign_in: Any
) -> None:
    job = make_intervention()
    make_technician(username="tess")
    sent = {"to": "planned", "technician": "tess", "planned_start": "2026-10-01T10:00"}
    url = f"/interventions/{job.reference}/transition/"
    assert desk.post(url, sent | {"planned_end": "2026-11-01T10:01"}).status_code == 422
    assert desk.post(url, sent | {"planned_end": "2026-11-01T10:00"}).status_code == 302
    report = load(export(tmp_path, sign_in))
    assert (report["unchanged"], report["errors"]) == (1, [])
    last = datetime(2026, 11, 1, 8, 45, tzinfo=UTC)
    assert list(Intervention.objects.overlapping(last, last + timedelta(minutes=5))) == [job]


def test_it_corrects_what_a_form_holds_and_no_state(tmp_path: Path) -> None:
    intervention = make_intervention(title="Porte")
    reference, client = intervention.reference, intervention.client.reference
    report = run(tmp_path, f"Identifiant;Client;Objet;Pièces\n{reference};{client};Portail;12,5\n")
    assert report["updated"] == 1
    intervention.refresh_from_db()
    assert (intervention.title, intervention.parts_amount) == ("Portail", 12.5)
    assert intervention.history.first().history_change_reason == str(ImportBatch.objects.get())
    report = run(tmp_path, f"Identifiant;Client;État;Fin réelle\n{reference};{client};Terminée;01/01/2026\n")
    assert {issue["column"] for issue in report["errors"]} == {"État", "Fin réelle"}
    report = run(tmp_path, f"Identifiant;Client;Objet\nINT-999;{client};Portail\n")
    assert report["errors"][0]["column"] == "Identifiant"


def test_it_takes_an_import_back(tmp_path: Path) -> None:
    kept = make_intervention(title="Porte")
    client = kept.client.reference
    text = f"Identifiant;Client;Objet;État;Fin réelle;Pièces\n{kept.reference};{client};Portail;;;20\n"
    number = run(tmp_path, text + f";{client};Courroie;Clôturée;01/11/2026 10:00;50\n")["batch"]
    assert InterventionPayment.objects.count() == 1
    call_command("undo_import", str(number), stdout=io.StringIO())
    kept.refresh_from_db()
    assert (kept.title, kept.parts_amount) == ("Porte", 0)
    # Its payment stays, with the opposite that answers it, and so does the job, cancelled.
    left = Intervention.objects.exclude(pk=kept.pk).get()
    assert [left.state, left.paid_amount, left.balance] == ["cancelled", 0, 0]
    paid = [[payment.kind, payment.amount] for payment in InterventionPayment.objects.all()]
    assert paid == [["balance", 50], ["correction", -50]]
    assert run(tmp_path, f"Client;Objet;État;Fin réelle;Pièces\n{client};Courroie;Clôturée;01/11/2026 10:00;50\n")[
        "created"
    ]
    with pytest.raises(CommandError):
        call_command("undo_import", str(number))


def test_it_takes_an_export_back_as_unchanged(tmp_path: Path, sign_in: Any) -> None:
    for state in State.values:
        in_state(state, description="=deux\nlignes", parts_amount=3, equipment_brand="Škoda")
    report = load(export(tmp_path, sign_in))
    assert (report["code"], report["unchanged"], report["errors"], report["warnings"]) == (0, len(State.values), [], [])


def test_it_takes_an_english_export_back_as_unchanged(tmp_path: Path, sign_in: Any) -> None:
    for state in State.values:
        in_state(state)
    browser: Browser = sign_in(is_superuser=True)
    path = tmp_path / "export.xlsx"
    browser.post("/accounts/language/", {"language": "en"})
    path.write_bytes(read(browser.get("/interventions/export/")))
    report = load(path)
    assert (report["unchanged"], report["errors"]) == (len(State.values), [])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_understands_both_languages_whichever_is_spoken(language: str, tmp_path: Path) -> None:
    make_client()
    headings = "Client;Title;Status;Place;Actual end;Diagnosis;Labor\n"
    with override(language):
        rows = (
            "CLT-001;Door;Finished;Workshop;01/11/2026 10:00;Worn;5\nCLT-001;Portail;Terminée;Sur site;01/11/2026;;\n"
        )
        report = run(tmp_path, headings + rows)
    assert (report["created"], report["errors"]) == (2, [])
    [door, gate] = Intervention.objects.order_by("number")
    assert (door.state, door.place, door.diagnosis, door.labor_amount) == ("done", "workshop", "Worn", 5)
    assert (gate.state, gate.place) == ("done", "on_site")


def test_a_file_puts_real_times_right_and_taking_it_back_too(tmp_path: Path, desk: Browser) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False):
        start, end = datetime(2026, 11, 19, 8, 0, 30, tzinfo=UTC), datetime(2026, 11, 19, 9, 0, 30, tzinfo=UTC)
        job = in_state("done", started_at=start, finished_at=end)
        headings = "Identifiant;Client;Objet;Début réel;Fin réelle;Diagnostic\n"

        def send(started: str, finished: str) -> dict[str, Any]:
            row = f"{job.reference};{job.client.reference};{job.title};{started};{finished};Usée\n"
            return run(tmp_path, headings + row)

        for times, column in {
            ("19/11/2026 09:00", "21/11/2026 10:00"): "Fin réelle",
            ("19/11/2026 09:00", "19/11/2026 08:00"): "Fin réelle",
            ("19/11/2016 09:00", "19/11/2026 10:00"): "Début réel",
            ("19/11/2026 09:00", "01/05/2026 09:00"): "Fin réelle",
        }.items():
            assert [issue["column"] for issue in send(*times)["errors"]] == [column]
        assert send("01/05/2026 08:00", "01/05/2026 09:00")["updated"] == 1
        job.refresh_from_db()
        assert (job.finished_at, job.diagnosis) == (datetime(2026, 5, 1, 7, tzinfo=UTC), "Usée")
        assert not is_active(job.client, timezone.now())
        assert send("01/05/2026 08:00", "01/05/2026 09:00")["unchanged"] == 1
        batch = ImportBatch.objects.order_by("pk").first()
        assert batch is not None
        assert f"Heures corrigées : {batch}" in said(desk.get(job.get_absolute_url(), {"told": "changes"}))
        call_command("undo_import", str(batch.pk), stdout=io.StringIO())
        job.refresh_from_db()
        assert (job.started_at, job.finished_at, job.diagnosis) == (start, end, "")
