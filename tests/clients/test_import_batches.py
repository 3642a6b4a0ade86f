"""Batches: what each created and changed, told, listed, taken back whole or refused with the reason."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from access.models import Event
from clients.models import Client, ClientTemplate
from clients.services import update_client
from fixaloop.models import ImportBatch
from tests.factories import make_client
from tests.tables import left_of

pytestmark = pytest.mark.django_db

FIRST = "Prénom;Nom;E-mail;Ville;Téléphone\nLéa;Durand;lea@example.org;Lyon;01 99 00 12 34\n"
SECOND = FIRST.replace("Lyon", "Villeurbanne") + "Léo;Petit;leo@example.org;Metz;\n"


def run(folder: Path, text: str, *options: str, name: str = "clients.csv") -> dict[str, Any]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    output = io.StringIO()
    call_command("import_clients", str(path), "--format=json", *options, stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue())
    return report


def undo(number: int) -> str:
    output = io.StringIO()
    call_command("undo_import", str(number), stdout=output)
    return output.getvalue()


def test_it_records_who_when_which_file_and_how_many(tmp_path: Path) -> None:
    number = run(tmp_path, FIRST, "--lenient")["batch"]
    batch = ImportBatch.objects.get(pk=number)
    assert (batch.kind, batch.file_name, batch.created, batch.updated) == ("client", "clients.csv", 1, 0)
    assert batch.options["lenient"] is True
    assert len(batch.fingerprint) == 64
    output = io.StringIO()
    call_command("imports", stdout=output)
    assert "clients.csv" in output.getvalue()
    assert f"n° {number}" in output.getvalue()


def test_it_takes_back_what_was_created_and_what_was_changed(tmp_path: Path) -> None:
    run(tmp_path, FIRST)
    before = Client.objects.values("first_name", "city", "phone", "email").get()
    number = run(tmp_path, SECOND, name="second.csv")["batch"]
    assert Client.objects.count() == 2
    undo(number)
    assert Client.objects.values("first_name", "city", "phone", "email").get() == before
    client = Client.objects.get()
    assert client.city_key == "lyon"
    reasons = [record.history_change_reason for record in client.history.all()]
    assert len(reasons) == 3
    assert reasons[0].startswith("Annulation")
    assert ImportBatch.objects.get(pk=number).undone_at is not None


def test_it_shows_the_batch_as_the_author_in_the_history(tmp_path: Path, desk: Any) -> None:
    number = run(tmp_path, FIRST)["batch"]
    page = desk.get(f"{Client.objects.get().get_absolute_url()}history/").content.decode()
    assert f"Import n° {number} (clients.csv)" in page.replace("\xa0", " ")
    assert "Création" in page


def test_it_keeps_the_deletion_in_the_history(tmp_path: Path) -> None:
    number = run(tmp_path, FIRST)["batch"]
    undo(number)
    assert not Client.objects.exists()
    assert list(Client.history.values_list("history_type", flat=True)) == ["-", "+"]
    # A file loaded by mistake may be of people one should not know.
    assert left_of(("lea@example.org", "durand")) == []


def test_it_refuses_with_the_list_of_what_was_changed_since(tmp_path: Path) -> None:
    number = run(tmp_path, SECOND)["batch"]
    client = Client.objects.get(last_name="Durand")
    client.city = "Paris"
    update_client(client, by=None)
    with pytest.raises(CommandError) as refusal:
        undo(number)
    assert refusal.value.returncode == 2
    assert f"{client.reference} Léa Durand a été modifié depuis" in str(refusal.value)
    assert "Petit" not in str(refusal.value)
    assert Client.objects.count() == 2
    assert ImportBatch.objects.get(pk=number).undone_at is None


def test_it_refuses_when_something_hangs_on_a_created_client(tmp_path: Path) -> None:
    number = run(tmp_path, "Raison sociale\nGarage des Alpes\n")["batch"]
    make_client(company=Client.objects.get())
    with pytest.raises(CommandError, match="en dépend depuis"):
        undo(number)
    assert Client.objects.count() == 2


def test_it_undoes_several_batches_the_last_first(tmp_path: Path) -> None:
    """What a later import changed and gave back is as the earlier one left it."""
    text = "Prénom;Nom;E-mail;Ville\nLéa;Durand;lea@example.org;{}\n"
    first, second, third = (run(tmp_path, text.format(city))["batch"] for city in ("Lyon", "Metz", "Nice"))
    with pytest.raises(CommandError):
        undo(second)
    undo(third)
    assert Client.objects.get().city == "Metz"
    with pytest.raises(CommandError):
        undo(first)
    undo(second)
    assert Client.objects.get().city == "Lyon"
    undo(first)
    assert not Client.objects.exists()


def test_it_still_sees_what_people_changed_between_two_batches(tmp_path: Path) -> None:
    text = "Prénom;Nom;E-mail;Ville\nLéa;Durand;lea@example.org;{}\n"
    first = run(tmp_path, text.format("Lyon"))["batch"]
    client = Client.objects.get()
    client.description = "Rappeler"
    update_client(client, by=None)
    undo(run(tmp_path, text.format("Metz"))["batch"])
    with pytest.raises(CommandError) as refusal:
        undo(first)
    assert "a été modifié depuis" in str(refusal.value)


def test_it_takes_back_clients_whose_status_was_told(tmp_path: Path) -> None:
    """The journal tells by itself that a forced client became active: that is nobody's change."""
    ClientTemplate.objects.create(name="Parking", status_mode="active", status_reason="abonné")
    number = run(tmp_path, FIRST, "--template=Parking", "--lenient")["batch"]
    assert Event.objects.filter(client__isnull=False, kind="status").count() == 1
    undo(number)
    assert not Client.objects.exists()
    assert Event.objects.get().client is None


def test_it_undoes_once(tmp_path: Path) -> None:
    number = run(tmp_path, FIRST)["batch"]
    undo(number)
    with pytest.raises(CommandError, match="déjà annulé"):
        undo(number)


def test_it_says_that_there_is_no_such_import(db: None) -> None:
    with pytest.raises(CommandError, match="pas d’import n° 99"):
        undo(99)


def test_it_takes_back_companies_with_their_members(tmp_path: Path) -> None:
    text = "Type;Prénom;Nom;Raison sociale;Entreprise\nParticulier;Léa;Durand;;Garage\nEntreprise;;;Garage;\n"
    number = run(tmp_path, text)["batch"]
    assert Client.objects.get(last_name="Durand").company == Client.objects.get(company_name="Garage")
    undo(number)
    assert not Client.objects.exists()


def test_it_says_that_a_file_was_imported_before_until_it_is_undone(tmp_path: Path) -> None:
    number = run(tmp_path, FIRST)["batch"]
    again = run(tmp_path, FIRST)
    assert any(f"import n° {number}" in line.replace("\xa0", " ") for line in again["understood"])
    undo(number)
    assert not any("déjà" in line for line in run(tmp_path, FIRST, "--dry-run")["understood"])


def test_it_simulates_the_changes_of_each_row(tmp_path: Path) -> None:
    run(tmp_path, FIRST)
    report = run(tmp_path, SECOND, "--dry-run", name="second.csv")
    assert report["changes"] == [{"row": 2, "fields": {"Ville": ["Lyon", "Villeurbanne"]}}]
    assert (report["created"], report["updated"], report["batch"]) == (1, 1, None)
    assert Client.objects.count() == 1
