"""What only simulates changes nothing: no row of any table, no file."""

import contextlib
import json
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone

from access.models import Entry
from clients.models import Client
from fixaloop.imports import jobs
from fixaloop.models import ExportJob, ImportBatch, ImportJob
from tests.access.factories import make_active_client, make_card, make_entry, make_event, make_vehicle, make_zone
from tests.factories import make_client, make_user
from tests.interventions.factories import in_state, make_intervention
from tests.tables import everything


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def clients() -> str:
    make_client(first_name="Zoé", last_name="Blanc", email="zoe@example.org", city="Lyon")
    return "Prénom;Nom;E-mail;Ville\nZoé;Blanc;zoe@example.org;Metz\nLéa;Durand;lea@example.org;Lyon\n;;faux;\n"


def vehicles() -> str:
    vehicle = make_vehicle(color="bleu")
    owner = vehicle.client.reference
    return f"Immatriculation;Client;Couleur;Tags\nAB-123-CD;{owner};Noir;VIP\nAA-111-AA;{owner};;\n;{owner};;\n"


def cards() -> str:
    card, _qr = make_card(username="zoe")
    owner = card.client.reference
    until = f"{timezone.localdate() + timedelta(days=20):%d/%m/%Y}"
    return f"Nom d’utilisateur;Client;Valable au\nzoe;{owner};{until}\nlea;{owner};{until}\n;{owner};demain\n"


def entries() -> str:
    entry = make_entry(zone=make_zone("Cour"), entered_at=timezone.now() - timedelta(days=2))
    owner, at = entry.client.reference, f"{timezone.localtime(entry.entered_at):%d/%m/%Y %H:%M:%S}"
    return f"Client;Carte;Zone;Entrée le;Sortie le\n{owner};;Cour;01/06/2026 08:00;01/06/2026 09:00\n{owner};;;{at};\n"


def interventions() -> str:
    job = make_intervention(make_client(), title="Porte")
    return (
        f"Client;Objet;Main-d’œuvre\n{job.client.reference};Porte;80\n{job.client.reference};Portail;\nCLT-099;Rien;\n"
    )


KINDS = {"clients": clients, "vehicles": vehicles, "cards": cards, "entries": entries, "interventions": interventions}


@pytest.mark.django_db
@pytest.mark.parametrize("name", KINDS)
def test_an_import_that_simulates_changes_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_text(KINDS[name](), encoding="utf-8")
    before, beside = everything(), files(tmp_path)
    counted = run(f"import_{name}", path, "--dry-run")
    assert (everything(), files(tmp_path)) == (before, beside)
    # There was something to do, and it is what an import in earnest then does.
    assert counted[0] + counted[1] > 0
    assert run(f"import_{name}", path) == counted
    assert everything() != before


def run(command: str, path: Path, *options: str) -> tuple[int, int, int]:
    """How many rows were created, updated, refused."""
    output = StringIO()
    with contextlib.suppress(SystemExit):
        call_command(command, str(path), "--format=json", "--on-error=skip", *options, stdout=output)
    report = json.loads(output.getvalue())
    return report["created"], report["updated"], report["refused"]


@pytest.mark.django_db
def test_an_import_that_a_page_simulates_changes_nothing_but_its_own_job(desk: Browser) -> None:
    text = clients()
    file = SimpleUploadedFile("clients.csv", text.encode())
    url = desk.post("/imports/new/", {"kind": "client", "file": file})["Location"]
    desk.post(url, {"mode": "upsert", "action": "simulate"})
    before = everything()
    jobs.run_job.call(ImportJob.objects.get().pk)
    assert {table for table, rows in everything().items() if rows != before[table]} == {"fixaloop_importjob"}
    assert ImportJob.objects.get().state == "done"


@pytest.mark.django_db(transaction=True)
def test_a_night_that_simulates_changes_nothing(tmp_path: Path) -> None:
    """Each part of the night has something to do; files that no row names are among it."""
    now, long_ago = timezone.now(), timezone.now() - timedelta(days=400)
    make_entry(entered_at=now - timedelta(days=3))
    make_event(kind="entry", at=long_ago)
    over = make_active_client()
    Client.objects.filter(pk=over.pk).update(status_until=now - timedelta(days=1), active_until=now)
    job = in_state("done")
    type(job).objects.update(paid_amount=99)
    asked = {"by": make_user(), "created_at": long_ago}
    ExportJob.objects.create(**asked, state="done", expires_at=long_ago, file="exports/expired.xlsx")
    ImportJob.objects.create(**asked, state="done", kind="client", file="imports/old.csv")
    for name in ("exports/expired.xlsx", "exports/stray.xlsx", "imports/old.csv", "imports/stray.csv"):
        path = tmp_path / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        os.utime(path, (0, 0))
    before, beside = everything(), files(tmp_path)
    simulated, output = StringIO(), StringIO()
    call_command("nightly", "--dry-run", stdout=simulated)
    assert (everything(), files(tmp_path)) == (before, beside)
    call_command("nightly", stdout=output)
    assert output.getvalue() == simulated.getvalue()
    assert files(tmp_path) == {}
    assert (ExportJob.objects.count(), ImportJob.objects.count(), Entry.objects.open().count()) == (0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["clients", "interventions"])
def test_an_import_that_would_keep_numbers_takes_none(kind: str, tmp_path: Path) -> None:
    make_client(email="zoe@example.org")
    path = tmp_path / f"{kind}.csv"
    of_client, of_job = "Nom;Prénom\nCLT-500;Roy;Léa\n", "Client;Objet\nINT-500;zoe@example.org;Porte\n"
    path.write_text(f"Identifiant;{of_client if kind == 'clients' else of_job}", encoding="utf-8")
    before, beside = everything(), files(tmp_path)
    assert run(f"import_{kind}", path, "--keep-references", "--dry-run") == (1, 0, 0)
    assert (everything(), files(tmp_path)) == (before, beside)
    assert run(f"import_{kind}", path, "--keep-references") == (1, 0, 0)
    assert "500" in str(everything()["fixaloop_counter"])


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["anonymize_client", "anonymize_due_clients"])
def test_an_anonymising_that_simulates_changes_nothing(command: str, tmp_path: Path, commits_at_once: None) -> None:
    """Files of imports go with who is anonymised: not before."""
    client = make_client(email="zoe@example.org") if "due" in command else make_card()[0].client
    long_ago = timezone.now() - timedelta(days=4 * 365)
    if "due" in command:
        Client.objects.update(created_at=long_ago, updated_at=long_ago, touched_at=long_ago, last_contact_at=long_ago)
    batch = ImportBatch.objects.create(kind="client", file_name="old.csv", created_at=timezone.now())
    name = "imports/old.csv"
    ImportJob.objects.create(by=make_user(), created_at=timezone.now(), state="done", file=name, batch=batch)
    path = tmp_path / "media" / name
    path.parent.mkdir(parents=True)
    path.write_text("Zoé")
    named = [] if "due" in command else [client.reference]
    before, beside = everything(), files(tmp_path)
    output = StringIO()
    call_command(command, *named, "--dry-run", stdout=output)
    assert (everything(), files(tmp_path)) == (before, beside)
    assert client.reference in output.getvalue()
    call_command(command, *named, "--yes", stdout=StringIO())
    client.refresh_from_db()
    assert client.anonymized_at
    assert files(tmp_path) == {}
