"""A firm that moves in keeps its references: free numbers come from the file, and the counter goes on after them."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clients.models import Client
from clients.services.merging import merge_clients
from fixaloop.models import Counter
from interventions.models import Intervention
from tests.factories import make_client
from tests.interventions.factories import make_intervention
from tests.tables import everything

pytestmark = pytest.mark.django_db


def run(kind: str, folder: Path, text: str, *options: str) -> dict[str, Any]:
    path = folder / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    output = io.StringIO()
    try:
        call_command(f"import_{kind}", str(path), "--format=json", "--keep-references", *options, stdout=output)
    except SystemExit as stop:
        return json.loads(output.getvalue()) | {"code": stop.code}
    return json.loads(output.getvalue()) | {"code": 0}


CLIENTS = "Identifiant;Prénom;Nom\nCLT-007;Léa;Durand\n;Zoé;Roy\nCLT-003;Paul;Petit\n"


def test_it_takes_the_references_of_clients_and_moves_the_counter_on(tmp_path: Path) -> None:
    assert run("clients", tmp_path, CLIENTS)["created"] == 3
    assert dict(Client.objects.values_list("first_name", "number")) == {"Léa": 7, "Zoé": 8, "Paul": 3}
    assert Client.objects.get(number=7).search_text.count("clt 007") == 1
    assert make_client().number == 9


def test_it_changes_nothing_when_it_comes_again(tmp_path: Path) -> None:
    run("clients", tmp_path, CLIENTS)
    before = everything()
    again = run("clients", tmp_path, CLIENTS)
    assert (again["created"], again["updated"], again["refused"]) == (0, 0, 0)
    assert everything() == before


def test_it_refuses_references_that_are_taken(tmp_path: Path) -> None:
    make_client(first_name="Marie", last_name="Curie")
    merge_clients(make_client(), make_client(), by=None)
    before = everything()
    text = "Identifiant;Prénom;Nom\nCLT-001;Irène;Joliot\nCLT-003;Léa;Durand\nCLT-010;A;B\nCLT-010;C;D\nCLT-x;E;F\n"
    report = run("clients", tmp_path, text)
    assert (report["code"], [(issue["row"], issue["column"]) for issue in report["errors"]]) == (
        2,
        [(row, "Identifiant") for row in (2, 3, 5, 6)],
    )
    assert "CLT-001 Marie Curie" in report["errors"][0]["message"]
    assert "fusionné dans CLT-002" in report["errors"][1]["message"]
    assert everything() == before


def test_it_refuses_references_that_are_none_of_ours(tmp_path: Path) -> None:
    make_client(email="lea@example.org")
    report = run("clients", tmp_path, "Identifiant;Prénom;Nom\nCLT-000;Léa;Durand\nC001;Zoé;Roy\n")
    assert [(issue["row"], issue["column"]) for issue in report["errors"]] == [(2, "Identifiant"), (3, "Identifiant")]
    report = run("interventions", tmp_path, "Identifiant;Client;Objet\nINT-000;lea@example.org;Frein\n")
    assert [issue["column"] for issue in report["errors"]] == ["Identifiant"]


def test_what_simulates_or_fails_moves_no_counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything()
    assert run("clients", tmp_path, CLIENTS, "--dry-run")["created"] == 3
    assert everything() == before
    monkeypatch.setattr("clients.imports.traces.keep", _taken)
    with pytest.raises(CommandError):
        run("clients", tmp_path, CLIENTS)
    assert everything() == before


def _taken(*args: Any) -> None:
    # Somebody created a client with that number meanwhile.
    Client.objects.create(number=7, first_name="A", last_name="B")


def test_it_takes_the_references_of_interventions(tmp_path: Path) -> None:
    job = make_intervention(make_client(), title="Porte")
    text = "Identifiant;Client;Objet\nINT-040;CLT-001;Portail\n;CLT-001;Serrure\nINT-001;CLT-001;Porte\n"
    report = run("interventions", tmp_path, text)
    assert (report["created"], report["errors"]) == (2, [])
    assert set(Intervention.objects.values_list("number", "title")) == {(1, "Porte"), (40, "Portail"), (41, "Serrure")}
    assert Counter.objects.get(pk="intervention").value == 41
    before = everything()
    assert run("interventions", tmp_path, text)["created"] == 0
    assert everything() == before
    report = run("interventions", tmp_path, "Identifiant;Client;Objet\nINT-001;CLT-001;Volet\n")
    assert (report["code"], report["errors"][0]["column"]) == (2, "Identifiant")
    assert job.reference in report["errors"][0]["message"]


def test_without_the_option_no_file_gives_numbers(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text("Identifiant;Prénom;Nom\nCLT-007;Léa;Durand\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        call_command("import_clients", str(path), stdout=io.StringIO())
    assert not Client.objects.exists()
