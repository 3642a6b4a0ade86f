"""Files as offices and their former programs make them: each value arrives, is refused or is told."""

import contextlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from clients.models import Client

pytestmark = pytest.mark.django_db


def run(folder: Path, content: str | bytes, *options: str) -> dict[str, Any]:
    path = folder / "clients.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    output = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("import_clients", str(path), "--format=json", "--on-error=skip", *options, stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue())
    return report


def values(*names: str) -> Sequence[Any]:
    rows = [tuple(str(getattr(client, name)) for name in names) for client in Client.objects.order_by("number")]
    return [row[0] for row in rows] if len(names) == 1 else rows


def told(report: dict[str, Any], row: int) -> str:
    issues = [*report["errors"], *report["warnings"]]
    return " ".join(f"{issue['column']} {issue['value']} {issue['message']}" for issue in issues if issue["row"] == row)


NAMES = ("kind", "first_name", "last_name", "company_name")


@pytest.mark.parametrize("dash", ["-", "--", "—", "/", ".", "…", "?", "_", "néant", "Aucune", "inconnu", "NC", "n.c."])
def test_a_dash_is_no_value(tmp_path: Path, dash: str) -> None:
    text = "Nom;Prénom;Société;Tél;Mail;SIRET;Adresse;Complément;CP;Ville;Pays;Commentaire\n"
    report = run(tmp_path, text + f"Dupont;Marie{f';{dash}' * 7};Lyon;;{dash}\nDurand;Paul{f';{dash}' * 7};{dash};;\n")
    assert report["errors"] == []
    assert values(*NAMES) == [("individual", "Marie", "Dupont", ""), ("individual", "Paul", "Durand", "")]
    assert values("street", "street_extra", "city", "description") == [("", "", "Lyon", ""), ("", "", "", "")]
    assert dash in told(report, 2)


def test_a_dash_is_no_name(tmp_path: Path) -> None:
    report = run(tmp_path, "Nom;Prénom;Ville\nDupont;-;Lyon\nDurand;.;Lyon\n")
    assert [(issue["row"], issue["column"]) for issue in report["errors"]] == [(2, "Prénom"), (3, "Prénom")]


def test_new_caledonia_is_a_country(tmp_path: Path) -> None:
    run(tmp_path, "Nom;Prénom;Pays;CP;Ville\nDupont;Marie;NC;98800;Nouméa\n")
    assert values("country", "postal_code") == [("NC", "98800")]


@pytest.mark.parametrize("name", ["Particulier", "particuliers", "Privé"])
def test_a_private_person_has_no_company(tmp_path: Path, name: str) -> None:
    report = run(tmp_path, f"Nom;Prénom;Société\nDupont;Marie;{name}\nDurand;Paul;{name}\n")
    assert values(*NAMES) == [("individual", "Marie", "Dupont", ""), ("individual", "Paul", "Durand", "")]
    assert name in told(report, 2)


FOOTERS = (
    "Édité le 03/03/2025", "Page 1/3", "Page 2 sur 3", "Nombre de clients : 2", "Nombre d'enregistrements : 2",
    "2 enregistrements", "2 clients", "Fin du document", "Fin de liste", "Moyenne", "Liste exportée le 03/03/2025",
    "Imprimé par Marie", "Total clients : 2",
)  # fmt: skip


@pytest.mark.parametrize("place", ["{};;", ";{};", ";;{}"])
def test_what_stands_below_a_list_is_no_client(tmp_path: Path, place: str) -> None:
    lines = "\n".join(map(place.format, FOOTERS))
    report = run(tmp_path, f"Raison sociale;Ville;Téléphone\nGarage A;Lyon;0199001234\n{lines}\n")
    assert (values("company_name"), report["errors"]) == (["Garage A"], [])
    assert (report["ignored"], report["created"]) == (len(FOOTERS), 1)
    for row, line in enumerate(FOOTERS, start=3):
        assert line in told(report, row)


def test_a_company_may_be_called_like_a_count(tmp_path: Path) -> None:
    run(tmp_path, "Raison sociale;Ville\n2 Clients;Lyon\n1600;\nPage Blanche;\n37;\n")
    assert values("company_name") == ["2 Clients", "1600", "Page Blanche", "37"]
