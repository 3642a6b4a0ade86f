"""A clean table, written as nobody would: each value arrives, is refused or is warned about, never none of these."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings, strategies as st

from clients.models import Client
from fixaloop.words.text import repair

pytestmark = pytest.mark.django_db

HEADINGS = {
    "first_name": ("Prénom", "PRENOM *", "Prénom(s)", "Prénom du client", "First name", "firstName", "Prénon"),
    "last_name": ("Nom", "NOM*", "Nom de famille", "Last Name", "Nom* (s.lastname)", "Surname"),
    "email": ("E-mail", "Adresse email", "Courriel", "Mél.", "e-mail (obligatoire)", "Mail du contact"),
    "phone": ("Téléphone", "N° tél", "Tél.", "Phone number", "Telephonne", "TÃ©lÃ©phone", "Numéro de tél. (fixe)"),
    "street": ("Adresse", "Adr.", "Adresse postale", "Street", "Adrese"),
    "postal_code": ("Code postal", "CP", "C.P.", "Code postal de facturation", "Zip code", "code_postal"),
    "city": ("Ville", "Villes", "Commune", "Ville (livraison)", "City"),
}
CLEAN = (
    ("Marie", "Lefèvre", "marie@example.org", "+33639980001", "1 rue de l'Église", "69001", "Lyon"),
    ("Zoé", "D'Arcy", "zoe@example.org", "+33199001234", "12 avenue X", "75012", "Paris"),
    ("François", "Cœur", "francois@example.org", "+33639980003", "3 bis place Y", "01000", "Bourg-en-Bresse"),
)
UNKNOWN = ("Zzyx", "Blurb 7", "Tél. du voisin")
DAMAGE = ("NULL", "\\N", "#N/A", "?", "0199", "x@", "ABCDE", "01 99 00 12", "31/02/2025", "1E+05")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "iso8859-15")


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[str], dict[int, list[str]]]:
    """The bytes of a file, its headings in the order of the fields, and the values of each row by its number."""
    names: list[str] = []
    for spellings in HEADINGS.values():
        name = draw(st.sampled_from((*spellings, *spellings, *UNKNOWN)))
        names.append(spellings[0] if name in names else name)
    values = [list(row) for row in CLEAN]
    for _ in range(draw(st.integers(0, 3))):
        values[draw(st.integers(0, 2))][draw(st.integers(0, 6))] = draw(st.sampled_from(DAMAGE))
    order = draw(st.permutations(range(7)))
    lines = [[names[at] for at in order], *([row[at] for at in order] for row in values)]
    for at in draw(st.lists(st.integers(0, 7), max_size=2)):
        lines = [[*line[:at], "", *line[at:]] for line in lines]
    again = draw(st.booleans())
    if again:
        lines.insert(3, lines[0])
    titles = draw(st.sampled_from(((), ("Liste des clients", ""), ("", ""))))
    delimiter, end = draw(st.sampled_from(";,\t|")), draw(st.sampled_from(("\n", "\r\n")))
    text = end.join([*titles, *(delimiter.join(f'"{cell}"' for cell in line) for line in lines), ""])
    numbers = (len(titles) + 2, len(titles) + 3, len(titles) + 4 + again)
    return text.encode(draw(st.sampled_from(ENCODINGS)), "replace"), names, dict(zip(numbers, values, strict=True))


def run(path: Path) -> tuple[dict[str, Any], list[Client]]:
    """The report of an import, and the clients it made; nothing is kept."""
    output = io.StringIO()
    with transaction.atomic():
        with contextlib.suppress(SystemExit, CommandError):
            call_command("import_clients", str(path), "--format=json", "--on-error=skip", stdout=output)
        clients = list(Client.objects.order_by("number"))
        transaction.set_rollback(True)
    report: dict[str, Any] = json.loads(output.getvalue())
    return report, clients


def kept(clients: list[Client]) -> str:
    names = (*HEADINGS, "company_name", "street_extra", "description")
    return "\n".join(str(getattr(client, name)) for client in clients for name in names)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=files())
def test_no_value_is_lost_without_a_word(tmp_path: Path, file: tuple[bytes, list[str], dict[int, list[str]]]) -> None:
    content, names, rows = file
    path = tmp_path / "clients.csv"
    path.write_bytes(content)
    report, clients = run(path)
    stored = kept(clients)
    issues = [*report["errors"], *report["warnings"]]
    if any(issue["row"] == 0 for issue in issues):
        return  # the whole file is refused, with a sentence
    refused = {issue["row"] for issue in report["errors"]}
    told = {issue["value"] for issue in issues}
    doubted = {issue["column"] for issue in report["warnings"]}
    for number, row in rows.items():
        for name, value in zip(map(repair, names), row, strict=True):
            assert number in refused or value in stored or value in told or name in doubted, (name, value, report)


def test_the_clean_table_arrives_whole(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    names = [spellings[0] for spellings in HEADINGS.values()]
    path.write_text("\n".join(";".join(row) for row in (names, *CLEAN)), encoding="utf-8")
    report, clients = run(path)
    assert [tuple(str(getattr(client, name)) for name in HEADINGS) for client in clients] == list(CLEAN)
    assert (report["errors"], report["warnings"]) == ([], [])
