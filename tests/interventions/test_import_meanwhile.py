"""What is done while a file is read, or written: nobody waits for its end, and nothing is written twice."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event as Signal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from access.cards.importer import CardImporter
from access.entries.importer import EntryImporter
from access.models import Entry
from access.services import change_card_status
from access.vehicles.importer import VehicleImporter
from clients.imports.importer import ClientImporter
from clients.models import Client
from clients.privacy import anonymize_client
from clients.services.clients import delete_client
from clients.services.merging import merge_clients
from fixaloop.imports.importer import Importer, Options
from fixaloop.imports.run import ImportFailed, run_import
from fixaloop.imports.undo import undo_batch
from fixaloop.models import ImportBatch
from interventions import services
from interventions.imports.importer import InterventionImporter
from interventions.models import Intervention, InterventionPayment
from interventions.services.transitions import close, reopen
from tests.access.factories import make_card
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention

PAID = "Client;Objet;État;Fin réelle;Main-d’œuvre;Payé\nlea@example.org;Vidange;Terminée;03/11/2025 10:00;200;oui\n"
FILES: dict[type[Importer], str] = {
    InterventionImporter: PAID,
    EntryImporter: "Client;Zone;Entrée le;Sortie le;Montant dû;Payé\n"
    "lea@example.org;Cour;03/11/2026 08:00;03/11/2026 09:00;10;10\n",
    ClientImporter: "Prénom;Nom\nZoé;Blanc\n",
}
# Rows of two clients, of whom the second is gone meanwhile.
OF_TWO: dict[type[Importer], str] = {
    InterventionImporter: "Client;Objet;Main-d’œuvre;Payé\n{kept};Vidange;;\n{gone};Freins;50;20\n",
    EntryImporter: "Client;Zone;Entrée le;Sortie le;Montant dû;Payé\n"
    "{kept};Cour;03/11/2025 08:00;03/11/2025 09:00;10;5\n{gone};Cour;03/11/2025 08:00;03/11/2025 09:00;10;5\n",
    VehicleImporter: "Immatriculation;Client;Zones\nAB-123-CD;{kept};Cour\nAB-124-CD;{gone};Cour\n",
    CardImporter: "Nom d’utilisateur;Client;Zones\njean;{kept};Cour\nmarie;{gone};Cour\n",
    ClientImporter: "Identifiant;Prénom;Nom;Ville\n{kept};Léa;Durand;Lyon\n{gone};Zoé;Blanc;Metz\n",
}


def merge(kept: Client, gone: Client) -> None:
    merge_clients(kept, gone, by=None)


def remove(kept: Client, gone: Client) -> None:
    delete_client(gone, by=None)


def forget(kept: Client, gone: Client) -> None:
    anonymize_client(gone, by=None)


def close_it(job: Intervention) -> None:
    close(job, by=None)


def reopen_it(job: Intervention) -> None:
    reopen(job, reason="encore en panne", resumed_at=timezone.now(), by=None)


def delete_it(job: Intervention) -> None:
    services.delete(job, by=None)


def load(
    importer: type[Importer], path: Path, meanwhile: Callable[[], Any] = lambda: None, **options: Any
) -> int | None:
    """Import a file; `meanwhile` is done once its rows are read, before they are written."""
    left = [meanwhile]

    def told(done: int, total: int) -> None:
        if left and done == total:
            left.pop()()

    return run_import(importer(Options(**options)), path, timezone.now(), told).report.batch


def file_of(importer: type[Importer], folder: Path) -> Path:
    make_client(first_name="Léa", last_name="Durand", email="lea@example.org")
    path = folder / "file.csv"
    path.write_text(FILES[importer], encoding="utf-8")
    return path


@pytest.mark.django_db
@pytest.mark.each_database
@pytest.mark.parametrize("importer", FILES)
def test_the_same_file_twice_at_once_writes_once(importer: type[Importer], tmp_path: Path) -> None:
    path = file_of(importer, tmp_path)
    before = importer.model.objects.count()
    with pytest.raises(ImportFailed, match="relancez-le"):
        load(importer, path, lambda: load(importer, path))
    assert (importer.model.objects.count(), ImportBatch.objects.count()) == (before + 1, 1)
    # Begun again, it knows its rows.
    assert load(importer, path) is None
    assert importer.model.objects.count() == before + 1


@pytest.mark.django_db
@pytest.mark.each_database
def test_what_writes_nothing_or_something_else_meanwhile_stops_no_import(tmp_path: Path) -> None:
    path = file_of(InterventionImporter, tmp_path)
    others = tmp_path / "clients.csv"
    others.write_text(FILES[ClientImporter], encoding="utf-8")

    def meanwhile() -> None:
        load(InterventionImporter, path, dry_run=True)
        load(ClientImporter, others)

    batch = load(InterventionImporter, path, meanwhile)
    assert (batch is not None, Intervention.objects.count(), Client.objects.count()) == (True, 1, 2)
    # A simulation is stopped by nobody either.
    second = tmp_path / "second.csv"
    second.write_text(PAID.replace("Vidange", "Freins"), encoding="utf-8")
    load(InterventionImporter, second, lambda: load(InterventionImporter, second), dry_run=True)
    assert Intervention.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.each_database
def test_an_import_whose_rows_were_taken_back_meanwhile_begins_again(tmp_path: Path) -> None:
    path = file_of(EntryImporter, tmp_path)
    load(EntryImporter, path)
    batch = ImportBatch.objects.get()
    path.write_text(f"{FILES[EntryImporter]}lea@example.org;Cour;04/11/2026 08:00;04/11/2026 09:00;;\n", "utf-8")
    with pytest.raises(ImportFailed):
        load(EntryImporter, path, lambda: undo_batch(batch, by=None, at=timezone.now()), unsaid="paid")
    assert [entry.voided_at is None for entry in Entry.objects.all()] == [False]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("importer", OF_TWO)
@pytest.mark.parametrize("away", [merge, remove])
def test_a_client_who_is_gone_meanwhile_stops_it_before_anything_is_written(
    importer: type[Importer], away: Callable[[Client, Client], None], tmp_path: Path
) -> None:
    kept, gone = make_client(last_name="Durand"), make_client(last_name="Blanc")
    path = tmp_path / "file.csv"
    path.write_text(OF_TWO[importer].format(kept=kept.reference, gone=gone.reference), encoding="utf-8")
    with pytest.raises(ImportFailed, match="relancez-le"):
        load(importer, path, lambda: away(kept, gone))
    assert not ImportBatch.objects.exists()
    assert [row.pk for row in importer.model.objects.all()] == ([kept.pk] if importer is ClientImporter else [])


@pytest.mark.django_db
@pytest.mark.parametrize("importer", [InterventionImporter, VehicleImporter, ClientImporter])
def test_a_client_who_is_forgotten_meanwhile_gets_nothing_back(importer: type[Importer], tmp_path: Path) -> None:
    kept, gone = make_client(last_name="Durand"), make_client(last_name="Blanc", city="Lyon")
    path = tmp_path / "file.csv"
    path.write_text(OF_TWO[importer].format(kept=kept.reference, gone=gone.reference), encoding="utf-8")
    with pytest.raises(ImportFailed):
        load(importer, path, lambda: forget(kept, gone))
    gone.refresh_from_db()
    assert (gone.anonymized_at is None, gone.city, ImportBatch.objects.count()) == (False, "", 0)


@pytest.mark.django_db
@pytest.mark.each_database
@pytest.mark.parametrize(
    ("state", "row", "quicker"),
    [
        ("done", "Référence;Client;Diagnostic\n{job};{client};Joint usé\n", close_it),
        ("done", "Référence;Client;Fin réelle\n{job};{client};{now}\n", reopen_it),
        ("to_plan", "Référence;Client;Diagnostic\n{job};{client};Joint usé\n", delete_it),
    ],
)
def test_a_job_that_somebody_moves_meanwhile_stays_as_it_is(
    state: str, row: str, quicker: Callable[[Intervention], None], tmp_path: Path
) -> None:
    job = in_state(state)
    path = tmp_path / "file.csv"
    now = f"{timezone.localtime():%d/%m/%Y %H:%M}"
    path.write_text(row.format(job=job.reference, client=job.client.reference, now=now), encoding="utf-8")
    with pytest.raises(ImportFailed, match="relancez-le"):
        load(InterventionImporter, path, lambda: quicker(job))
    assert not ImportBatch.objects.exists()
    assert not Intervention.objects.exclude(diagnosis="").exists()


@pytest.mark.django_db
def test_a_card_that_is_revoked_meanwhile_gets_no_code(tmp_path: Path) -> None:
    card, _code = make_card(username="jean")
    path = tmp_path / "file.csv"
    path.write_text(f"Nom d’utilisateur;Client;Code QR\njean;{card.client.reference};FXL-NEW-CODE\n", encoding="utf-8")
    with pytest.raises(ImportFailed):
        load(CardImporter, path, lambda: change_card_status(card, "revoked", by=None))
    assert card.secrets.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_imports_waits_for_the_first_and_writes_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    path = file_of(InterventionImporter, tmp_path)
    write = InterventionImporter.write
    second: list[Future[None]] = []
    has_read = Signal()

    def load_again() -> None:
        try:
            load(InterventionImporter, path, has_read.set)
        finally:
            connection.close()

    def written_beside_the_second(*arguments: Any) -> None:
        second.append(pool.submit(load_again))
        assert has_read.wait(20)
        write(*arguments)

    monkeypatch.setattr(InterventionImporter, "write", written_beside_the_second)
    with ThreadPoolExecutor(1) as pool:
        load(InterventionImporter, path)
        with pytest.raises(ImportFailed):
            second[0].result(timeout=20)
    assert (Intervention.objects.count(), InterventionPayment.objects.count(), len(second)) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_it_lets_others_create(options: tuple[str, ...], tmp_path: Path, monkeypatch: Any) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    make_client(email="lea@example.org")
    path = tmp_path / "interventions.csv"
    path.write_text("Client;Objet\nlea@example.org;Vidange\nlea@example.org;Freins\n", encoding="utf-8")
    write = InterventionImporter.write

    def create() -> tuple[str, str]:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")
            client = make_client(last_name="Entre-temps")
            return client.reference, make_intervention(client).reference
        finally:
            connection.close()

    created: list[tuple[str, str]] = []

    def written_beside_others(*arguments: Any) -> None:
        write(*arguments)
        with ThreadPoolExecutor(1) as pool:
            created.append(pool.submit(create).result(timeout=20))

    monkeypatch.setattr(InterventionImporter, "write", written_beside_others)
    call_command("import_interventions", str(path), *options)
    [(_client, reference)] = created
    assert Client.objects.count() == 2
    assert reference == ("INT-001" if options else "INT-003")
    assert Intervention.objects.count() == (1 if options else 3)
