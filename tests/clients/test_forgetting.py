"""However a client is forgotten, neither a table nor a file holds anything of who it was."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone

from access import services as access
from access.gate.credentials import Credential
from access.models import Event, Read, Vehicle
from access.reader.reads import Scan, answer
from clients import services
from clients.models import Client
from clients.privacy import anonymize_client
from clients.services.merging import merge_clients
from fixaloop.exports.jobs import run_export
from fixaloop.imports import jobs
from fixaloop.models import ExportJob, ImportJob, ImportTrace
from tests.access.factories import make_card, make_device, make_vehicle, make_zone
from tests.factories import make_client, make_user
from tests.tables import files_with, left_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits_at_once")]
HEAD = "Référence externe;Nom;Prénom;E-mail;Téléphone;Adresse\n"
BOTH = HEAD + (
    "OLD-1;Restant;Rita;rita@example.org;;\nWWZYX-9;Wwzyxulu;Wanda;wwzyxold@example.org;06 39 98 55 51;9 rue Wwzyxrue\n"
)
LATER = HEAD + "WWZYX-9;Wwzyxulu;Wanda;wwzyxnew@example.org;06 39 98 55 52;10 rue Wwzyxneuve\n"
MARKS = ("wwzyx", "wanda", "639985551", "639985552")


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


def imported(folder: Path, text: str, kind: str = "clients") -> int:
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    output = io.StringIO()
    call_command(f"import_{kind}", str(path), "--format=json", stdout=output)
    number: int = json.loads(output.getvalue())["batch"]
    return number


def sent(text: str) -> ImportJob:
    """The same file sent from the browser and imported, with a refused row."""
    user = make_user(is_superuser=True)
    job = jobs.receive(SimpleUploadedFile("a.csv", text.encode()), "client", user, timezone.now())
    jobs.start(job, {"skip": True}, timezone.now(), simulated=False)
    jobs.run_job.func(job.pk)
    job.refresh_from_db()
    return job


def exported(browser: Browser, settings: Any) -> ExportJob:
    settings.EXPORT_BACKGROUND_ROWS = 0
    browser.get("/clients/export/")
    job = ExportJob.objects.get()
    run_export.func(job.pk)
    job.refresh_from_db()
    return job


def logged(*rows: Any) -> None:
    for row in rows:
        LogEntry.objects.log_actions(make_user().pk, [row], CHANGE, single_object=True)


def test_merged_then_anonymised(tmp_path: Path) -> None:
    imported(tmp_path, BOTH)
    imported(tmp_path, LATER)
    kept, lost = Client.objects.order_by("number")
    logged(lost)
    merged = merge_clients(kept, lost, by=None)
    held = left_of(MARKS)
    for column in (
        "clients_historicalclient.last_name",
        "fixaloop_importtrace.changed",
        "django_admin_log.object_repr",
    ):
        assert column in held
    anonymize_client(merged, by=None)
    assert left_of((*MARKS, "rita", "restant")) == []


def test_what_was_sold_or_deleted_before_is_forgotten_too(tmp_path: Path) -> None:
    client = make_client(last_name="Wwzyxulu", email="wwzyx@example.org", status_mode="active")
    device, _token = make_device(make_zone("Wwzyxone", open_to="active"))
    # The plate is seen before anybody says whose it is.
    answer(device, Scan("1", Credential("plate", "WW-222-ZZ")), timezone.now())
    assert Event.objects.filter(client=None, plate_read="WW222ZZ").exists()
    car, gone, sold = (make_vehicle(client, plate=plate) for plate in ("WW-222-ZZ", "WW-333-ZZ", "WW-444-ZZ"))
    answer(device, Scan("2", Credential("plate", "WW-222-ZZ")), timezone.now())
    logged(car, gone)
    gone.delete()
    sold.client = make_client(last_name="Acheteur")
    access.update_vehicle(sold, by=None)
    client.entries.update(exited_at=timezone.now())
    assert Read.objects.filter(answer__icontains="wwzyxulu").exists() or Read.objects.exists()
    anonymize_client(client, by=None)
    assert left_of(("wwzyxulu", "ww222zz", "ww-222-zz", "ww333zz", "ww-333-zz")) == []
    # The plate of a car that was sold says nothing of who sold it.
    assert Vehicle.objects.get(plate="WW-444-ZZ").client.last_name == "Acheteur"


def test_its_cards_are_forgotten_where_they_were_unknown() -> None:
    client = make_client(last_name="Wwzyxulu", email="wwzyx@example.org")
    device, _token = make_device(make_zone("Wwzyxone", repeat_seconds=0))
    answer(device, Scan("1", Credential("username", "Wwzyx.Dupont")), timezone.now())
    card, _value = make_card(client, username="wwzyx.dupont")
    card.username = "wwzyx.petit"
    access.update_card(card, by=None)
    answer(device, Scan("2", Credential("username", "wwzyx.dupont")), timezone.now())
    assert Event.objects.filter(client=None, kind="refused").count() == 2
    anonymize_client(client, by=None)
    assert left_of(("wwzyx.dupont", "wwzyx.petit")) == []


def test_its_plates_are_forgotten_in_what_is_told_of_others() -> None:
    owner, driver = make_client(last_name="Wwzyxulu"), make_client(last_name="Autre")
    seller = make_client(last_name="Vendeur", status_mode="active")
    device, _token = make_device(make_zone("Wwzyxone", open_to="active"))
    lent, bought = make_vehicle(owner, plate="WW-222-ZZ"), make_vehicle(seller, plate="WW-333-ZZ")
    access.add_driver(lent, driver, by=None)
    # As earlier versions told of it.
    Event._base_manager.filter(client=driver).update(text="Conduit aussi WW-222-ZZ")
    answer(device, Scan("1", Credential("plate", "WW-333-ZZ")), timezone.now())
    seller.entries.update(exited_at=timezone.now())
    bought.client = owner
    access.update_vehicle(bought, by=None)
    anonymize_client(owner, by=None)
    assert Event.objects.filter(client=seller, kind="entry").exists()
    assert left_of(("ww222zz", "ww-222-zz", "ww333zz", "ww-333-zz")) == []


def test_files_that_hold_it_go(desk: Browser, settings: Any) -> None:
    job = sent(BOTH + "WWZYX-7;Wwzyxulu;;pas une adresse;;\n")
    export = exported(desk, settings)
    assert files_with(MARKS)
    assert export.file
    anonymize_client(Client.objects.get(last_name="Wwzyxulu"), by=None)
    assert left_of(MARKS) == []
    assert files_with(MARKS) == []
    assert not ImportJob.objects.filter(pk=job.pk).exists()


def test_a_file_that_waits_to_be_imported_stays() -> None:
    client = make_client()
    job = jobs.receive(SimpleUploadedFile("a.csv", BOTH.encode()), "client", make_user(), timezone.now())
    anonymize_client(client, by=None)
    assert default_storage.exists(ImportJob.objects.get(pk=job.pk).file.name)


def test_deleted(tmp_path: Path, desk: Browser, settings: Any) -> None:
    imported(tmp_path, BOTH)
    imported(tmp_path, LATER)
    client = Client.objects.get(last_name="Wwzyxulu")
    access.add_note(client, "Wanda a téléphoné", by=None)
    vehicle = make_vehicle(client, plate="WW-333-ZZ")
    logged(client, vehicle)
    vehicle.delete()
    merged = merge_clients(client, make_client(last_name="Wwzyxautre"), by=None)
    exported(desk, settings)
    services.delete_client(merged, by=None)
    assert left_of((*MARKS, "ww333zz", "ww-333-zz")) == []
    assert files_with(MARKS) == []


def test_undone(tmp_path: Path) -> None:
    job = sent(BOTH + "WWZYX-7;Wwzyxulu;;pas une adresse;;\n")
    assert job.batch is not None
    logged(*Client.objects.all())
    call_command("undo_import", str(job.batch.pk), stdout=io.StringIO())
    assert left_of((*MARKS, "rita", "restant")) == []
    assert files_with(MARKS) == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("vehicles", "Client;Plaque;Couleur\nCLT-001;WW-333-ZZ;wwzyxert\n"),
        (
            "cards",
            (
                "Client;Nom d’utilisateur;Visiteur;Zones;Valable de;Valable jusqu’à\n"
                "CLT-001;wwzyx.dupont;Wanda;Cour;01/03/2026 08:00;01/03/2026 18:00\n"
            ),
        ),
        ("interventions", "Client;Objet;Description\nCLT-001;Wwzyx rappelle;Wanda l’a cassée\n"),
    ],
)
def test_what_an_undone_import_had_brought_is_forgotten(kind: str, text: str, tmp_path: Path) -> None:
    make_client(email="camille@example.org")
    make_zone("Cour")
    number = imported(tmp_path, text, kind)
    assert left_of((*MARKS, "ww333zz"))
    call_command("undo_import", str(number), stdout=io.StringIO())
    assert left_of((*MARKS, "ww333zz", "ww-333-zz")) == []


def test_an_undone_import_keeps_no_value_from_before(tmp_path: Path) -> None:
    imported(tmp_path, BOTH)
    number = imported(tmp_path, LATER)
    call_command("undo_import", str(number), stdout=io.StringIO())
    assert Client.objects.get(last_name="Wwzyxulu").email == "wwzyxold@example.org"
    assert ImportTrace.objects.get(batch=number).changed == {}
