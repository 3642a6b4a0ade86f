"""Who works while a file of interventions is written does not wait for its end."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from clients.models import Client
from interventions.imports.importer import InterventionImporter
from interventions.models import Intervention
from tests.factories import make_client
from tests.interventions.factories import make_intervention


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
