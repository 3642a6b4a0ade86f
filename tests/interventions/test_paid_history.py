"""History with money comes in as it was, and nobody is locked out for debts that a file does not tell."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from access.models import Entry, Payment
from clients.models import Client
from fixaloop.imports.undo import undo_batch
from fixaloop.models import ImportBatch
from fixaloop.records.chain import verify
from interventions.models import Intervention, InterventionPayment
from tests.factories import make_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def weeks_later() -> Iterator[None]:
    """The day on which the files are loaded: a year later their stays would be forgotten."""
    with time_machine.travel(datetime(2026, 4, 20, 9, tzinfo=UTC)):
        yield


def run(kind: str, folder: Path, text: str, *options: str) -> dict[str, Any]:
    if not Client.objects.exists():
        make_client(email="c@example.org")
    path = folder / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    output = io.StringIO()
    try:
        call_command(f"import_{kind}", str(path), "--format=json", *options, stdout=output)
    except SystemExit as stop:
        return json.loads(output.getvalue()) | {"code": stop.code}
    return json.loads(output.getvalue()) | {"code": 0}


STAY = "c@example.org;Cour;0{}/03/2026 08:00;0{}/03/2026 09:00;12,50;{}\n"


@pytest.mark.parametrize(
    ("heading", "words", "paid"),
    [
        ("Paiement", ("Payé", "Réglée", "Impayé"), (Decimal("12.50"), Decimal("12.50"), 0)),
        ("Payé", ("oui", "5", "non"), (Decimal("12.50"), 5, 0)),
        ("Payé", ("O", "N", "0"), (Decimal("12.50"), 0, 0)),
        # One euro, since most rows tell an amount.
        ("Payé", ("1", "5", "7"), (1, 5, 7)),
        ("Statut de paiement", ("Payée", "payé", "à payer"), (Decimal("12.50"), Decimal("12.50"), 0)),
        ("Statut de paiement", ("À facturer", "À régler", "Non réglé"), (0, 0, 0)),
    ],
)
def test_it_reads_what_was_paid_of_stays(heading: str, words: tuple[str, ...], paid: Any, tmp_path: Path) -> None:
    rows = "".join(STAY.format(day, day, word) for day, word in enumerate(words, start=1))
    report = run("entries", tmp_path, f"Client;Zone;Entrée le;Sortie le;Montant dû;{heading}\n{rows}")
    assert (report["errors"], report["created"]) == ([], 3)
    assert tuple(Entry.objects.order_by("entered_at").values_list("paid_amount", flat=True)) == paid
    assert sum(Payment.objects.values_list("amount", flat=True)) == sum(paid)
    assert verify()[1] is None


def test_it_keeps_how_and_when_stays_were_paid(tmp_path: Path) -> None:
    head = "Client;Zone;Entrée le;Sortie le;Montant dû;Paiement;Payé;Mode de paiement;Date de paiement\n"
    rows = STAY.format(1, 1, "Partiel;5;CB;04/03/2026") + STAY.format(2, 2, "Payé;;espèces;")
    run("entries", tmp_path, head + rows)
    assert list(Payment.objects.order_by("number").values_list("amount", "method", "paid_on")) == [
        (5, "card", date(2026, 3, 4)),
        (Decimal("12.50"), "cash", date(2026, 3, 2)),
    ]


def test_it_refuses_a_part_without_its_amount(tmp_path: Path) -> None:
    rows = STAY.format(1, 1, "Partiel")
    report = run("entries", tmp_path, f"Client;Zone;Entrée le;Sortie le;Montant dû;Paiement\n{rows}")
    assert (report["code"], report["errors"][0]["column"]) == (2, "Payé")


def test_it_makes_no_debt_of_what_was_free(tmp_path: Path) -> None:
    head = "Client;Zone;Entrée le;Sortie le;Montant dû;Paiement\n"
    report = run("entries", tmp_path, head + STAY.format(1, 1, "Gratuit"))
    assert (report["code"], report["errors"][0]["column"]) == (2, "Paiement")


def test_it_asks_whether_stays_were_paid_that_do_not_tell(tmp_path: Path) -> None:
    text = "Client;Zone;Entrée le;Sortie le;Montant dû\n" + STAY.format(1, 1, "").replace(";\n", "\n")
    report = run("entries", tmp_path, text)
    assert report["code"] == 2
    assert "--unsaid" in report["errors"][0]["message"]
    assert not Entry.objects.exists()
    assert run("entries", tmp_path, text, "--unsaid=paid", "--dry-run")["created"] == 1
    assert run("entries", tmp_path, text, "--unsaid=paid")["created"] == 1
    assert Entry.objects.get().payment_status == "paid"
    # Once it is there, nothing is asked any more.
    assert run("entries", tmp_path, text)["code"] == 0
    undo_batch(ImportBatch.objects.get(), by=None, at=ImportBatch.objects.get().created_at)
    assert verify()[1] is None


def test_it_takes_old_debts_where_somebody_says_so(tmp_path: Path) -> None:
    text = "Client;Zone;Entrée le;Sortie le;Montant dû\n" + STAY.format(1, 1, "").replace(";\n", "\n")
    assert run("entries", tmp_path, text, "--unsaid=due")["code"] == 0
    assert Entry.objects.get().balance == Decimal("12.50")


def test_it_reads_what_was_paid_of_interventions(tmp_path: Path) -> None:
    head = "Client;Objet;État;Début réel;Fin réelle;Main-d’œuvre;Paiement;Payé;Mode de paiement;Payé le\n"
    row = "c@example.org;{};{};01/03/2026 08:00;01/03/2026 09:00;80;{}\n"
    told = (
        ("Porte", "Terminée", "Payé;;Chèque;05/03/2026"),
        ("Portail", "Terminée", "Partiel;30;;"),
        ("Volet", "Terminée", "Impayé;;;"),
        ("Serrure", "Clôturée", ";;virement;"),
    )
    text = head + "".join(row.format(*words) for words in told)
    report = run("interventions", tmp_path, text)
    assert (report["errors"], report["created"]) == ([], 4)
    paid = dict(Intervention.objects.values_list("title", "paid_amount"))
    assert paid == {"Porte": 80, "Portail": 30, "Volet": 0, "Serrure": 80}
    payments = InterventionPayment.objects.order_by("number")
    assert list(payments.values_list("amount", "method", "paid_on")) == [
        (Decimal(80), "cheque", date(2026, 3, 5)),
        (Decimal(30), "other", date(2026, 3, 1)),
        (Decimal(80), "transfer", date(2026, 3, 1)),
    ]
    assert verify()[1] is None
    again = run("interventions", tmp_path, text)
    assert (again["created"], again["updated"], again["refused"]) == (0, 0, 0)
    assert payments.count() == 3


def test_a_one_that_may_be_a_yes_is_no_euro(tmp_path: Path) -> None:
    head = "Client;Objet;État;Début réel;Fin réelle;Main-d’œuvre;Payé\n"
    row = "c@example.org;{};Terminée;01/03/2026 08:00;01/03/2026 09:00;{};{}\n"
    rows = (("Porte", 80, 1), ("Volet", 80, 0), ("Portail", 1, 1), ("Serrure", "", 1), ("Store", 80, "oui"))
    text = head + "".join(row.format(*cells) for cells in rows)
    report = run("interventions", tmp_path, text, "--on-error=skip")
    assert [(issue["row"], issue["column"]) for issue in report["errors"]] == [(2, "Payé"), (5, "Payé")]
    paid = dict(Intervention.objects.values_list("title", "paid_amount"))
    assert paid == {"Volet": 0, "Portail": 1, "Store": 80}


def test_it_tells_of_payments_without_an_amount(tmp_path: Path) -> None:
    head = "Client;Objet;État;Début réel;Fin réelle;Paiement;Payé;Mode de paiement;Payé le\n"
    row = "c@example.org;{};Terminée;01/03/2026 08:00;01/03/2026 09:00;{}\n"
    rows = (row.format("Porte", "Payé;;;"), row.format("Volet", ";;CB;"), row.format("Portail", "Impayé;;;02/03/2026"))
    report = run("interventions", tmp_path, head + "".join(rows))
    told = [(issue["row"], issue["column"]) for issue in report["warnings"]]
    assert (report["created"], told) == (3, [(2, "Paiement"), (3, "Mode de paiement"), (4, "Payé le")])


def test_it_says_which_interventions_stay_for_their_payments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "Client;Objet;État;Début réel;Fin réelle;Main-d’œuvre;Payé\n"
    row = "c@example.org;{};Terminée;01/03/2026 08:00;01/03/2026 09:00;80;{}\n"
    run("interventions", tmp_path, head + row.format("Porte", 80) + row.format("Volet", 0))
    call_command("undo_import", str(ImportBatch.objects.get().pk))
    said = capsys.readouterr().out
    assert "supprimées\u00a0: 1" in said
    assert "1 fiche reste, annulée" in said


def test_it_refuses_what_cannot_have_been_paid(tmp_path: Path) -> None:
    head = "Client;Objet;État;Début réel;Fin réelle;Main-d’œuvre;Payé\n"
    row = "c@example.org;{};{};01/03/2026 08:00;01/03/2026 09:00;80;{}\n"
    text = head + row.format("Porte", "Terminée", "90") + row.format("Volet", "Clôturée", "Impayé")
    report = run("interventions", tmp_path, text)
    assert [(issue["row"], issue["column"]) for issue in report["errors"]] == [(2, "Payé"), (3, "Payé")]
