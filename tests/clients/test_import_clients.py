"""manage.py import_clients: what real files give, and what the command promises."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from clients.models import Client
from clients.services import create_client
from fixaloop.models import Counter, ImportBatch
from tests.factories import make_client

SHARED = Path(__file__).parents[3] / "shared" / "data" / "imports"
shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared import files are not here")

pytestmark = pytest.mark.django_db


def run(path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Import a file; return the exit code and the report."""
    output = io.StringIO()
    try:
        call_command("import_clients", str(path), "--format=json", *options, stdout=output)
    except SystemExit as stop:
        return int(stop.code or 0), json.loads(output.getvalue())
    return 0, json.loads(output.getvalue())


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


SIMPLE = """Type;Prénom;Nom;Raison sociale;SIRET;E-mail;Téléphone;Code postal;Ville
Particulier;Léa;Durand;;;lea@example.org;01 99 00 12 34;69002;Lyon
Entreprise;;;Garage des Alpes;44306184100047;alpes@example.org;;38000;Grenoble
"""


@shared
def test_it_takes_the_clean_file_as_expected() -> None:
    expected = json.loads((SHARED / "clients_simple.csv.attendu.json").read_text())
    code, report = run(SHARED / "clients_simple.csv")
    assert (code, report["created"], report["refused"], report["warnings"]) == (0, 76, 0, [])
    clients = list(Client.objects.order_by("number"))
    for client, line in zip(clients, expected["lignes"], strict=True):
        wanted = line["client"]
        assert client.kind == {"particulier": "individual", "entreprise": "company"}[wanted["type"]]
        assert client.first_name == wanted.get("prenom", "")
        assert client.last_name == wanted.get("nom", "")
        assert client.company_name == wanted.get("raison_sociale", "")
        assert client.siret == wanted.get("siret", "")
        assert client.email == wanted.get("email", "")
        assert client.phone == wanted.get("telephone_e164", "")
        assert (client.street, client.postal_code) == (wanted["adresse"], wanted["code_postal"])
        assert client.city == wanted["ville"]


@shared
def test_it_takes_the_directory_of_public_bodies_as_expected() -> None:
    options = ("--map=Nom=company_name", "--map=Identifiant=external_reference", "--lenient", "--on-error=skip")
    code, report = run(SHARED / "annuaire_administrations.csv", *options)
    assert (code, report["created"], report["refused"]) == (0, 1475, 0)
    clients = {client.external_reference: client for client in Client.objects.all()}
    warned = {(issue["row"], issue["column"]) for issue in report["warnings"]}
    with (SHARED / "annuaire_administrations.attendu.csv").open(encoding="utf-8", newline="") as file:
        for row, wanted in enumerate(csv.DictReader(file), start=2):
            client = clients[wanted["Identifiant"]]
            assert client.company_name == wanted["nom_attendu"]
            assert client.postal_code == wanted["code_postal_attendu"]
            assert client.phone == (wanted["telephone_e164"] if wanted["telephone_statut"] == "ok" else "")
            assert ((row, "Téléphone") in warned) >= (wanted["telephone_statut"] in ("invalide", "court"))
            assert bool(client.email) == (wanted["email_statut"] == "ok")
            assert ((row, "E-mail") in warned) == (wanted["email_statut"] == "doublon")
            if "zéro initial" in wanted["remarques"]:
                assert (row, "Code postal") in warned


@shared
def test_it_refuses_the_wrong_rows_of_the_directory_unless_lenient() -> None:
    options = ("--map=Nom=company_name", "--map=Identifiant=external_reference")
    code, report = run(SHARED / "annuaire_administrations.csv", *options)
    assert code == 2
    assert not Client.objects.exists()
    assert {issue["column"] for issue in report["errors"]} == {"Téléphone", "E-mail"}
    assert report["refused"] == len({issue["row"] for issue in report["errors"]})


def test_it_changes_nothing_when_run_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "clients.csv", SIMPLE)
    assert run(path)[1]["created"] == 2
    code, report = run(path)
    assert (code, report["unchanged"], report["batch"]) == (0, 2, None)
    assert Client.objects.count() == 2


def test_it_recognises_clients_without_any_key(tmp_path: Path) -> None:
    text = "Prénom;Nom;Code postal;Ville\nLéa;Durand;69002;Lyon\nLÉA;DURAND;75011;Paris\n"
    path = write(tmp_path / "clients.csv", text)
    assert run(path)[1]["created"] == 2
    assert run(path)[1]["created"] == 0


def test_it_updates_what_changed_and_never_erases_with_a_blank_cell(tmp_path: Path) -> None:
    run(write(tmp_path / "clients.csv", SIMPLE))
    changed = "E-mail;Prénom;Nom;Ville;Téléphone\nLEA@example.org;Léa;Durand;Villeurbanne;\n"
    _code, report = run(write(tmp_path / "changed.csv", changed), "--key=email")
    assert report["updated"] == 1
    client = Client.objects.get(last_name="Durand")
    assert (client.city, client.phone, client.version) == ("Villeurbanne", "+33199001234", 2)
    assert client.history.first().history_change_reason == str(ImportBatch.objects.first())
    assert client.city_key == "villeurbanne"


def test_it_simulates_without_leaving_anything(tmp_path: Path) -> None:
    code, report = run(write(tmp_path / "clients.csv", SIMPLE), "--dry-run")
    assert (code, report["created"], report["dry_run"]) == (0, 2, True)
    assert not Client.objects.exists()
    assert not ImportBatch.objects.exists()
    assert Counter.objects.get(pk="client").value == 0


BAD = """Prénom;Nom;Raison sociale;SIRET;E-mail
Léa;Durand;;;lea@example.org
;Martin;;;
;;Garage;443061841;garage@example.org
Léo;Petit;;;LEA@example.org
"""


def test_it_writes_nothing_when_a_row_is_refused(tmp_path: Path) -> None:
    code, report = run(write(tmp_path / "clients.csv", BAD))
    assert (code, report["refused"], report["batch"]) == (2, 3, None)
    assert not Client.objects.exists()
    places = [(issue["row"], issue["column"], issue["value"]) for issue in report["errors"]]
    assert places == [(3, "Prénom", ""), (4, "SIRET", "443061841"), (5, "E-mail", "LEA@example.org")]
    assert "SIREN" in report["errors"][1]["message"]
    assert "ligne 2" in report["errors"][2]["message"]


def test_it_takes_the_other_rows_when_asked(tmp_path: Path) -> None:
    code, report = run(write(tmp_path / "clients.csv", BAD), "--on-error=skip")
    assert (code, report["created"], report["refused"]) == (1, 1, 3)
    assert Client.objects.count() == 1


def test_it_gives_the_same_exit_code_when_the_good_rows_are_there_already(tmp_path: Path) -> None:
    path = write(tmp_path / "clients.csv", BAD)
    run(path, "--on-error=skip")
    code, report = run(path, "--on-error=skip")
    assert (code, report["unchanged"], report["refused"]) == (1, 1, 3)
    nothing = write(tmp_path / "bad.csv", "Prénom;Nom\nLéa;\nLéo;\n")
    assert [run(nothing, "--on-error=skip", *more)[0] for more in ((), ("--dry-run",))] == [2, 2]


def test_it_counts_titles_among_what_it_read(tmp_path: Path) -> None:
    """Every record but the header is read and has its fate."""
    path = write(tmp_path / "clients.csv", "Clients 2025;;\n;;\nPrénom;Nom;Ville\nLéa;Durand;Lyon\n;;\nTotal;1;\n")
    _code, report = run(path)
    assert (report["read"], report["created"], report["ignored"]) == (5, 1, 4)


def test_it_leaves_wrong_optional_values_empty_when_lenient(tmp_path: Path) -> None:
    code, report = run(write(tmp_path / "clients.csv", BAD), "--lenient", "--on-error=skip")
    assert (code, report["created"], report["refused"]) == (1, 3, 1)
    assert Client.objects.get(company_name="Garage").siret == ""
    assert [issue["column"] for issue in report["warnings"]] == ["SIRET", "E-mail"]


def test_it_gives_the_refused_rows_to_correct(tmp_path: Path) -> None:
    refused = tmp_path / "refused.xlsx"
    run(write(tmp_path / "clients.csv", BAD), f"--report={refused}")
    rows = list(load_workbook(refused).worksheets[0].values)
    assert rows[0] == ("Prénom", "Nom", "Raison sociale", "SIRET", "E-mail", "À corriger")
    assert [row[1] for row in rows[1:]] == ["Martin", None, "Petit"]
    assert all(row[5] for row in rows[1:])


@pytest.mark.parametrize(
    ("mode", "counts"),
    [("create", {"created": 1, "refused": 1}), ("update", {"unchanged": 1, "refused": 1}), ("upsert", {"created": 1})],
)
def test_it_creates_or_updates_only_when_asked(tmp_path: Path, mode: str, counts: dict[str, int]) -> None:
    create_client(Client(kind="individual", first_name="Léa", last_name="Durand", email="lea@example.org"), by=None)
    text = "Prénom;Nom;E-mail\nLéa;Durand;lea@example.org\nLéo;Petit;leo@example.org\n"
    _code, report = run(write(tmp_path / "clients.csv", text), f"--mode={mode}", "--on-error=skip")
    assert {name: report[name] for name in counts} == counts


def test_it_refuses_a_reference_that_nobody_has(tmp_path: Path) -> None:
    path = write(tmp_path / "clients.csv", "Identifiant;Prénom;Nom\nCLT-042;Léa;Durand\n")
    code, report = run(path)
    assert (code, report["errors"][0]["column"], report["errors"][0]["value"]) == (2, "Identifiant", "CLT-042")


def test_it_links_members_to_their_company(tmp_path: Path) -> None:
    company = create_client(Client(kind="company", company_name="Garage des Alpes"), by=None)
    text = f"Prénom;Nom;Entreprise\nLéa;Durand;{company.reference}\nLéo;Petit;CLT-999\n"
    code, report = run(write(tmp_path / "clients.csv", text), "--on-error=skip")
    assert code == 1
    assert Client.objects.get(last_name="Durand").company == company
    assert report["errors"][0]["value"] == "CLT-999"


def test_it_says_which_headers_and_fields_there_are(tmp_path: Path) -> None:
    path = write(tmp_path / "clients.csv", "Alpha;Beta\nun;deux\n")
    with pytest.raises(CommandError) as refusal:
        call_command("import_clients", str(path))
    assert refusal.value.returncode == 2
    assert "Alpha, Beta" in str(refusal.value)
    assert "Prénom, Nom" in str(refusal.value)
    assert "--map" in str(refusal.value)


def test_it_takes_an_export_back_as_unchanged(tmp_path: Path, admin_client: Any) -> None:
    boss = create_client(Client(kind="company", company_name="=Garage+", siret="35600000022499"), by=None)
    for number in range(3):
        create_client(
            Client(
                kind="individual",
                first_name="Léa",
                last_name=f"D’Œuvre {number}",
                phone="+33639980012",
                postal_code="1000" if number else "01000",
                city="Bourg-en-Bresse",
                company=boss,
                description="deux\nlignes",
                language="de",
                country="BE" if number else "FR",
            ),
            by=None,
        )
    response = admin_client.get("/clients/export/")
    path = tmp_path / "export.xlsx"
    path.write_bytes(b"".join(response.streaming_content))
    code, report = run(path)
    assert (code, report["unchanged"], report["errors"], report["warnings"]) == (0, 4, [], [])


def test_it_takes_an_export_back_with_what_was_changed_in_it(tmp_path: Path, admin_client: Any) -> None:
    client = make_client(last_name="Curie", city="Metz", country="BE")
    path = tmp_path / "export.xlsx"
    path.write_bytes(b"".join(admin_client.get("/clients/export/").streaming_content))
    book = load_workbook(path)
    sheet = book.worksheets[0]
    headers = [cell.value for cell in sheet[1]]
    sheet.cell(2, headers.index("Ville") + 1).value = "Sars-la-Bruyère"
    book.save(path)
    assert run(path)[1]["updated"] == 1
    client.refresh_from_db()
    assert (client.city, client.country.code) == ("Sars-la-Bruyère", "BE")
    sheet.cell(2, headers.index("Pays") + 1).value = "France"
    book.save(path)
    assert run(path)[1]["updated"] == 1
    client.refresh_from_db()
    assert client.country.code == "FR"
    assert [row.country.code for row in client.history.order_by("history_id")] == ["BE", "BE", "FR"]


@pytest.mark.parametrize("text", ["ligne 1_x000D_", "_x0041_bc", "a_x005F_x0041_", "__x0041__", "_x00g1_"])
def test_it_takes_back_what_spreadsheets_would_read_as_codes(text: str, tmp_path: Path, admin_client: Any) -> None:
    make_client(description=text, external_reference=text)
    path = tmp_path / "export.xlsx"
    path.write_bytes(b"".join(admin_client.get("/clients/export/").streaming_content))
    assert run(path)[1]["unchanged"] == 1
