"""What is done while a file is read, or written: nobody waits for its end, and nothing is written twice."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from access.entries.importer import EntryImporter
from access.models import Entry
from clients.imports.importer import ClientImporter
from clients.models import Client
from fixaloop.imports.importer import Importer, Options
from fixaloop.imports.run import ImportFailed, run_import
from fixaloop.imports.undo import undo_batch
from fixaloop.models import ImportBatch
from interventions.imports.importer import InterventionImporter
from interventions.models import Intervention, InterventionPayment
from tests.factories import make_client
from tests.interventions.factories import make_intervention

PAID = "Client;Objet;État;Fin réelle;Main-d’œuvre;Payé\nlea@example.org;Vidange;Terminée;03/11/2025 10:00;200;oui\n"
FILES: dict[type[Importer], str] = {
    InterventionImporter: PAID,
    EntryImporter: "Client;Zone;Entrée le;Sortie le;Montant dû;Payé\n"
    "lea@example.org;Cour;03/11/2026 08:00;03/11/2026 09:00;10;10\n",
    ClientImporter: "Prénom;Nom\nZoé;Blanc\n",
}


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
def test_the_second_of_two_imports_waits_for_the_first_and_writes_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    path = file_of(InterventionImporter, tmp_path)
    write = InterventionImporter.write
    second: list[Future[None]] = []

    def load_again() -> None:
        try:
            load(InterventionImporter, path)
        finally:
            connection.close()

    def written_beside_the_second(*arguments: Any) -> None:
        second.append(pool.submit(load_again))
        _wait_until_somebody_waits()
        write(*arguments)

    monkeypatch.setattr(InterventionImporter, "write", written_beside_the_second)
    with ThreadPoolExecutor(1) as pool:
        load(InterventionImporter, path)
        with pytest.raises(ImportFailed):
            second[0].result(timeout=20)
    assert (Intervention.objects.count(), InterventionPayment.objects.count(), len(second)) == (1, 1, 1)


def _wait_until_somebody_waits() -> None:
    with connection.cursor() as cursor:
        for _attempt in range(200):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone() == (1,):
                return
            time.sleep(0.05)
    pytest.fail("the second import did not wait")


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
