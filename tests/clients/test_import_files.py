"""Every shared file of clients, line by line, against what it says should become of it."""

import contextlib
import csv
import io
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from clients.models import Client

SHARED = Path(__file__).parents[3] / "shared" / "data" / "imports"
FILES = (
    "clients_simple.csv",
    "google_contacts_2024.csv",
    "outlook_fr_cp1252.csv",
    "odoo_res_partner.xlsx",
    "dolibarr_tiers.csv",
    "sage50_clients.txt",
    "excel_fr_clients.csv",
    "excel_clients.xlsx",
)
KINDS = {"particulier": "individual", "entreprise": "company"}
FIELDS = {
    "prenom": "first_name",
    "nom": "last_name",
    "raison_sociale": "company_name",
    "siret": "siret",
    "email": "email",
    "telephone_e164": "phone",
    "adresse": "street",
    "code_postal": "postal_code",
    "ville": "city",
    "pays": "country",
}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the shared import files are not here"),
]


def run(name: str, *options: str) -> dict[str, Any]:
    """Import a shared file, taking the good rows; return the report, with the client made of each row."""
    output = io.StringIO()
    taken: list[int] = []
    with contextlib.suppress(SystemExit):
        call_command("import_clients", str(SHARED / name), "--format=json", "--on-error=skip", *options, stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue())
    refused = {issue["row"] for issue in report["errors"]}
    ignored = {line["ligne"] for line in lines_of(name) if line["decision"] == "ignorer"}
    taken = [line["ligne"] for line in lines_of(name) if line["ligne"] not in refused | ignored]
    clients = list(Client.objects.order_by("number"))
    assert len(taken) == len(clients) == report["created"]
    return report | {"clients": dict(zip(taken, clients, strict=True)), "rows_refused": refused}


def lines_of(name: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = json.loads((SHARED / f"{name}.attendu.json").read_text())["lignes"]
    return lines


def check(client: Client, wanted: dict[str, Any]) -> None:
    """The client is the one described."""
    if "type" in wanted:
        assert client.kind == KINDS[wanted["type"]]
    for french, name in FIELDS.items():
        if french in wanted:
            assert str(getattr(client, name)) == unicodedata.normalize("NFC", wanted[french]), french
    if "nom_complet" in wanted:
        assert wanted["nom_complet"] in (client.contact, f"{client.last_name} {client.first_name}")
        assert client.first_name
    if "date_creation" in wanted:
        assert timezone.localdate(client.created_at).isoformat() == wanted["date_creation"]
    if "entreprise" in wanted:
        assert client.company is not None
        assert client.company.company_name == wanted["entreprise"]
    assert client.siret != wanted.get("interdit_siret", "none")


@pytest.mark.parametrize("name", FILES)
def test_it_takes_refuses_and_ignores_each_row_as_expected(name: str) -> None:
    report = run(name)
    for line in lines_of(name):
        row, decision = line["ligne"], line["decision"]
        assert (row in report["clients"]) == (decision == "accepter"), line
        assert (row in report["rows_refused"]) == (decision in ("refuser", "signaler")), line
        if decision == "accepter":
            check(report["clients"][row], line["client"])
    forbidden = [line["client"]["interdit_siret"] for line in lines_of(name) if "interdit_siret" in line["client"]]
    assert not Client.objects.filter(siret__in=forbidden).exists()


@pytest.mark.parametrize("name", FILES)
def test_it_takes_doubtful_rows_without_their_wrong_values_when_lenient(name: str) -> None:
    report = run(name, "--lenient")
    warned = {issue["row"] for issue in report["warnings"]}
    for line in lines_of(name):
        row, decision = line["ligne"], line["decision"]
        if decision == "refuser":
            assert row in report["rows_refused"], line
        if decision == "signaler":
            assert (row in report["rows_refused"]) != (row in report["clients"]), line
            assert row in report["rows_refused"] or row in warned, line
        if row in report["clients"]:
            check(report["clients"][row], line["client"])
        elif decision == "accepter":
            pytest.fail(f"not taken: {line}")


@pytest.mark.parametrize("name", FILES)
def test_it_changes_nothing_when_a_file_comes_again(name: str) -> None:
    count = run(name)["created"]
    output = io.StringIO()
    with pytest.raises(SystemExit) if name != FILES[0] else io.StringIO():
        call_command("import_clients", str(SHARED / name), "--format=json", "--on-error=skip", stdout=output)
    report = json.loads(output.getvalue())
    assert (report["created"], report["updated"], report["unchanged"]) == (0, 0, count)
    assert any("déjà été importé" in line for line in report["understood"])
    assert Client.objects.count() == count


def test_it_tells_the_layout_it_found() -> None:
    layouts = {}
    for name in FILES:
        output = io.StringIO()
        with pytest.raises(SystemExit) if name != FILES[0] else io.StringIO():
            call_command("import_clients", str(SHARED / name), "--format=json", "--dry-run", stdout=output)
        said = "\n".join(json.loads(output.getvalue())["understood"])
        layouts[name] = next((line for line in said.split("\n") if line.startswith("Fichier reconnu")), "")
    recognised = ("Google Contacts", "Outlook", "Odoo", "Dolibarr", "Sage 50")
    assert [layouts[name].removeprefix("Fichier reconnu : ") for name in FILES] == ["", *recognised, "", ""]


def test_it_warns_of_what_was_repaired_or_lost() -> None:
    told = {name: {(issue["row"], issue["column"]) for issue in run_fresh(name)["warnings"]} for name in FILES[1:]}
    assert (2, "Nom") in told["outlook_fr_cp1252.csv"]
    assert (12, "Custom Field 1 - Value") in told["google_contacts_2024.csv"]
    assert (5, "État* (s.status)") in told["dolibarr_tiers.csv"]
    assert (4, "Client* (s.client)") in told["dolibarr_tiers.csv"]
    assert (6, "Tél.") in told["excel_fr_clients.csv"]
    assert (6, "Téléphone") in told["excel_clients.xlsx"]
    assert (17, "zip") in told["odoo_res_partner.xlsx"]
    assert (22, "name") in told["odoo_res_partner.xlsx"]


def run_fresh(name: str) -> dict[str, Any]:
    output = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("import_clients", str(SHARED / name), "--format=json", "--dry-run", stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue())
    return report


def test_it_needs_no_option_for_the_directory_of_public_bodies() -> None:
    output = io.StringIO()
    call_command(
        "import_clients", str(SHARED / "annuaire_administrations.csv"), "--format=json", "--lenient", stdout=output
    )
    assert json.loads(output.getvalue())["created"] == 1475
    with (SHARED / "annuaire_administrations.attendu.csv").open(encoding="utf-8", newline="") as file:
        wanted = {row["Identifiant"]: row["code_postal_attendu"] for row in csv.DictReader(file)}
    assert dict(Client.objects.values_list("external_reference", "postal_code")) == wanted
