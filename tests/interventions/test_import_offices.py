"""Past work as garages write it down: what was paid, told in a sentence or in another column; states in any gender."""

import contextlib
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from openpyxl import Workbook

from interventions.models import Intervention, InterventionPayment
from tests.factories import make_client

pytestmark = pytest.mark.django_db


def run(folder: Path, text: str) -> dict[str, Any]:
    path = folder / "interventions.csv"
    path.write_text(text, encoding="utf-8")
    return load(path)


def load(path: Path) -> dict[str, Any]:
    make_client(email="lea@example.org", siret="")
    output = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("import_interventions", str(path), "--format=json", "--on-error=skip", stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue())
    return report


def payments() -> list[tuple[Decimal, str, date]]:
    return list(InterventionPayment.objects.order_by("pk").values_list("amount", "method", "paid_on"))


@pytest.mark.parametrize(
    ("said", "method", "day"),
    [
        ("Payé le 15/03/2025 par chèque", "cheque", date(2025, 3, 15)),
        ("réglée le 15/03/25 en espèces", "cash", date(2025, 3, 15)),
        ("Payé par CB", "card", date(2025, 3, 13)),
        ("Réglé le 15.03.2025", "other", date(2025, 3, 15)),
    ],
)
@pytest.mark.parametrize("heading", ["Payé", "Règlement"])
def test_a_payment_told_in_one_cell(tmp_path: Path, heading: str, said: str, method: str, day: date) -> None:
    text = (
        f"Client;Objet;État;Fin réelle;Main-d’œuvre;{heading}\nlea@example.org;Vidange;Terminée;13/03/2025;100;{said}\n"
    )
    report = run(tmp_path, text)
    assert (report["errors"], payments()) == ([], [(Decimal(100), method, day)])


def test_an_amount_merged_over_several_jobs_is_refused(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (
        ("Client", "Objet", "État", "Fin réelle", "Main-d’œuvre", "Payé"),
        ("lea@example.org", "Freins", "Terminée", "13/03/2025", 12.1 * 30, 90),
        ("lea@example.org", "Pneus", "Terminée", "14/03/2025", 50, ""),
        ("lea@example.org", "Phares", "Terminée", "15/03/2025", 10, "oui"),
        ("lea@example.org", "Bougies", "Terminée", "16/03/2025", 20, ""),
    ):
        sheet.append(row)
    sheet.merge_cells("F2:F3")
    sheet.merge_cells("F4:F5")
    book.save(path := tmp_path / "interventions.xlsx")
    report = load(path)
    assert [(issue["row"], issue["column"]) for issue in report["errors"]] == [(3, "Payé")]
    assert [amount for amount, _method, _day in payments()] == [90, 10, 20]


def test_what_is_no_method_of_payment_is_refused(tmp_path: Path) -> None:
    text = (
        "Client;Objet;État;Fin réelle;Main-d’œuvre;Payé\nlea@example.org;Vidange;Terminée;13/03/2025;100;Payé par Léa\n"
    )
    [issue] = run(tmp_path, text)["errors"]
    assert (issue["row"], issue["column"]) == (2, "Payé")


def test_an_amount_in_the_column_of_words(tmp_path: Path) -> None:
    text = "Client;Objet;État;Fin réelle;Main-d’œuvre;Réglé\n"
    text += "lea@example.org;Vidange;Terminée;13/03/2025;100;60,50 €\nlea@example.org;Pneus;Terminée;13/03/2025;100;1\n"
    report = run(tmp_path, text)
    assert [payment[0] for payment in payments()] == [Decimal("60.50")]
    assert [(issue["row"], issue["column"]) for issue in report["errors"]] == [(3, "Réglé")]


def test_a_negative_payment_is_called_one(tmp_path: Path) -> None:
    text = "Client;Objet;État;Fin réelle;Main-d’œuvre;Payé\nlea@example.org;Vidange;Terminée;13/03/2025;100;-20\n"
    [issue] = run(tmp_path, text)["errors"]
    assert "négatif" in issue["message"]


def test_states_are_read_in_any_gender(tmp_path: Path) -> None:
    text = "Client;Objet;État;Fin réelle\n"
    for rank, state in enumerate(("Facturé", "Soldé", "Payé", "Clôturé", "Terminé")):
        text += f"lea@example.org;Travail {rank};{state};13/03/2025\n"
    assert run(tmp_path, text)["errors"] == []
    assert [*Intervention.objects.order_by("pk").values_list("state", flat=True)] == ["closed"] * 4 + ["done"]


@pytest.mark.parametrize("dash", ["-", "-   €", "néant"])
def test_a_dash_is_no_amount(tmp_path: Path, dash: str) -> None:
    text = "Client;Objet;État;Fin réelle;Main-d’œuvre;Pièces\n"
    report = run(tmp_path, f"{text}lea@example.org;Vidange;Terminée;13/03/2025;60;{dash}\n")
    assert (report["errors"], len(report["warnings"])) == ([], 1)
    found = Intervention.objects.get()
    assert (found.labor_amount, found.parts_amount) == (Decimal(60), Decimal(0))
