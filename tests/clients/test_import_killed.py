"""An import whose process is killed while it writes leaves nothing half written, on both databases."""

import io
import signal
from pathlib import Path

import pytest
from django.core.management import call_command

from clients.models import Client
from fixaloop.models import ImportBatch, ImportTrace
from tests.factories import make_client
from tests.killed import run_killed

PROGRAM = """
from clients.services import bulk
bulk.create = killed_after(2, bulk.create)
from django.core.management import call_command
call_command("import_clients", {path!r}, "--key=email")
"""


@pytest.mark.django_db(transaction=True)
def test_it_writes_nothing_when_it_is_killed_in_the_middle(tmp_path: Path) -> None:
    make_client(first_name="Zoé", last_name="Blanc", email="zoe@example.org", city="Lyon")
    path = tmp_path / "clients.csv"
    lines = "".join(f"Léa;Durand {number};lea{number}@example.org;Metz\n" for number in range(3500))
    path.write_text(f"Prénom;Nom;E-mail;Ville\nZoé;Blanc;zoe@example.org;Metz\n{lines}", encoding="utf-8")
    assert run_killed(PROGRAM.format(path=str(path)), tmp_path) == -signal.SIGKILL
    assert Client.objects.get().city == "Lyon"
    assert not ImportBatch.objects.exists()
    assert not ImportTrace.objects.exists()
    assert Client.history.count() == 1
    assert make_client().number == 2, "no number is lost"
    call_command("import_clients", str(path), stdout=io.StringIO())
    assert Client.objects.count() == 3502
    assert Client.history.count() == 3503
