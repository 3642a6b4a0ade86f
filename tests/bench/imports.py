"""Imports of large files into an empty database, and how long those who save meanwhile have to wait."""

import json
import select
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone
from openpyxl import Workbook
from stdnum import luhn

from clients.imports.importer import ClientImporter
from clients.models import Client
from clients.services import create_client, force_status, update_client
from fixaloop.imports.importer import Importer, Options
from fixaloop.imports.run import run_import
from interventions.imports.importer import InterventionImporter
from interventions.models import Intervention
from interventions.services import create
from tests.bench.process import Cost
from tests.bench.seeds.people import People

IMPORTERS: dict[str, type[Importer]] = {"clients": ClientImporter, "interventions": InterventionImporter}
CLIENT_HEADINGS = (
    *("Type", "Prénom", "Nom", "Raison sociale", "SIRET", "E-mail", "Téléphone", "Adresse", "Code postal", "Ville"),
    *("Langue", "Description", "Référence externe"),
)
INTERVENTION_HEADINGS = ("Client", "Objet", "État", "Début réel", "Fin réelle", "Pièces", "Main-d’œuvre")
TITLES = ("Vidange", "Freins avant", "Courroie de distribution", "Remplacement de l’écran", "Contrôle annuel")


def prepare(folder: str, clients: int) -> None:
    """Migrate the empty database and write the files: clients, and as many interventions of theirs."""
    call_command("migrate", verbosity=0)
    for kind, headings, rows in (
        ("clients", CLIENT_HEADINGS, _clients(clients)),
        ("interventions", INTERVENTION_HEADINGS, _interventions(clients)),
    ):
        workbook = Workbook(write_only=True)
        sheet = workbook.create_sheet()
        sheet.append(headings)
        for row in rows:
            sheet.append(row)
        workbook.save(Path(folder) / f"{kind}.xlsx")


def _clients(count: int) -> Iterator[list[Any]]:
    people = People(timezone.now())
    for number in range(1, count + 1):
        values = people.client(number)
        siret = values["siret"][:8]
        siren = siret + luhn.calc_check_digit(siret)
        yield [
            "Entreprise" if values["kind"] == "company" else "Particulier",
            *(values[name] for name in ("first_name", "last_name", "company_name")),
            f"{siren}0001{luhn.calc_check_digit(f'{siren}0001')}" if siret else None,
            values["email"],
            f"06 12 {number // 10_000 % 100:02d} {number // 100 % 100:02d} {number % 100:02d}"
            if values["phone"]
            else None,
            *(values[name] for name in ("street", "postal_code", "city", "language", "description")),
            values["external_reference"],
        ]


def _interventions(count: int) -> Iterator[list[Any]]:
    today = timezone.localtime().replace(tzinfo=None, second=0, microsecond=0)
    for number in range(1, count + 1):
        start = today - timedelta(days=1 + number % 700, hours=number % 9)
        state = ("Clôturée", "Terminée", "En cours", "À planifier")[number % 4]
        yield [
            f"CLT-{1 + number * 7 % count:03d}",
            TITLES[number % len(TITLES)],
            state,
            None if state == "À planifier" else start,
            start + timedelta(hours=2) if number % 4 < 2 else None,
            number % 300 + 0.5,
            60 + number % 90,
        ]


def main(kind: str, path: str) -> None:
    """Prints as JSON what one import costs."""
    importer = IMPORTERS[kind](Options())
    with Cost() as cost:
        report = run_import(importer, Path(path), timezone.now()).report
    if report.refused:
        raise SystemExit(f"{report.refused} rows refused: {report.errors[:3]}")
    print(json.dumps({"rows": report.read, **vars(cost)}))


def others() -> None:
    """Saves as people do until its input ends; prints as JSON the longest that each kind of saving took."""
    at = timezone.now()
    mine = create_client(Client(first_name="Odile", last_name="Accueil"), by=None, at=at)
    verbs: dict[str, Callable[[int], object]] = {
        "create a client": lambda turn: create_client(Client(first_name="Né", last_name=f"Là {turn}"), by=None),
        "change one": lambda turn: _change(mine.pk, turn),
        "force a status": lambda turn: _force(mine.pk, turn),
        "create an intervention": lambda turn: create(Intervention(client=mine, title=f"Appel {turn}"), by=None),
    }
    longest = dict.fromkeys(verbs, 0.0)
    turn = 0
    while not select.select([sys.stdin], [], [], 0.05)[0]:
        turn += 1
        for name, save in verbs.items():
            started = time.perf_counter()
            save(turn)
            longest[name] = max(longest[name], time.perf_counter() - started)
    print(json.dumps(longest))


def _change(pk: int, turn: int) -> None:
    client = Client.objects.get(pk=pk)
    client.description = f"Rappeler {turn}"
    update_client(client, by=None)


def _force(pk: int, turn: int) -> None:
    mode = (Client.StatusMode.ACTIVE, Client.StatusMode.AUTOMATIC)[turn % 2]
    until: datetime | None = timezone.now() + timedelta(days=1)
    force_status(Client.objects.get(pk=pk), mode=mode, until=until, reason="banc", by=None)
