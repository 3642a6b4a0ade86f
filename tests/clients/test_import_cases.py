"""Small files as people really have them, each with what is right for it; read in place where they are."""

import contextlib
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from clients.models import Client

CASES = Path(__file__).parents[3] / "shared" / "data" / "cases" / "files"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not CASES.is_dir(), reason="the shared files are not beside the repository"),
]


class Outcome:
    """What the command answered about one file."""

    def __init__(self, name: str, *options: str) -> None:
        [path] = CASES.glob(f"{name}*")
        output = io.StringIO()
        with contextlib.suppress(SystemExit, CommandError):
            call_command("import_clients", str(path), "--format=json", *options, stdout=output)
        self.report: dict[str, Any] = json.loads(output.getvalue())
        self.clients = list(Client.objects.order_by("number"))

    def said(self, row: int = 0) -> str:
        """Everything told about a row, or about the file."""
        issues = [*self.report["errors"], *self.report["warnings"]]
        lines = [] if row else self.report.get("understood", [])
        lines += [
            f"{issue['column']} {issue['value']} {issue['message']}" for issue in issues if row in (0, issue["row"])
        ]
        return "\n".join(lines).replace("\xa0", " ")

    def values(self, *names: str) -> list[Any]:
        rows = [tuple(str(getattr(client, name)) for name in names) for client in self.clients]
        return [row[0] for row in rows] if len(names) == 1 else rows


NAMES = ("kind", "first_name", "last_name", "company_name")


def two_sheets() -> None:
    found = Outcome("01")
    assert "Entreprises" in found.said()
    assert "3" in next(line for line in found.said().split("\n") if "Entreprises" in line)


def formulas() -> None:
    found = Outcome("02")
    assert {issue["column"] for issue in found.report["errors"]} == {"E-mail", "Téléphone", "Code postal"}
    lenient = Outcome("02", "--lenient")
    assert len(lenient.clients) == 1
    assert {issue["column"] for issue in lenient.report["warnings"]} == {"E-mail", "Téléphone", "Code postal"}


def repeated_header() -> None:
    found = Outcome("03")
    assert found.values("last_name") == ["Dupont", "Durand"]
    assert found.report["ignored"] == 1


def names_in_one_column() -> None:
    found = Outcome("04")
    assert found.values(*NAMES) == [("individual", "Marie", "DUPONT", ""), ("individual", "Paul", "Durand", "")]


def civilities() -> None:
    found = Outcome("05")
    assert found.values(*NAMES)[:3] == [
        ("individual", "Jean", "DUPONT", ""),
        ("individual", "Paule", "DURAND", ""),
        ("company", "", "", "SCI DES LILAS"),
    ]
    assert found.values("kind", "company_name")[3] == ("company", "Garage du Port")


def contacts_of_one_company() -> None:
    found = Outcome("06")
    companies = [client for client in found.clients if client.is_company]
    people = [client for client in found.clients if not client.is_company]
    assert [company.company_name for company in companies] in (["Garage du Port"], [])
    assert [person.last_name for person in people] == ["Dupont", "Durand", "Petit"]
    assert {person.company for person in people} == {*companies} or all(
        "Garage" in found.said(row) for row in (2, 3, 4)
    )


def company_called_total() -> None:
    found = Outcome("07")
    assert found.values("company_name") == ["TOTAL", "Garage du Port"]


def guyane() -> None:
    assert Outcome("08").values("country", "postal_code") == [("GF", "97300")]


def latin9() -> None:
    assert Outcome("09").values("last_name", "first_name") == [("Cœur", "Jacques"), ("Œuvrard", "Zoé")]


def mojibake_headers() -> None:
    found = Outcome("10").values("first_name", "last_name", "phone", "city")
    assert found == [("Zoé", "Lefèvre", "+33639980003", "Châlons")]


def backslash_quotes() -> None:
    assert Outcome("11").values("company_name") == ['SARL "Le Paris"', "Garage du Port"]


def null_words() -> None:
    found = Outcome("12")
    assert found.values("street", "street_extra", "city") == [("", "", "")] * 2
    assert "NULL" in found.said(2)
    assert "\\N" in found.said(3)


def month_names() -> None:
    days = [timezone.localdate(client.created_at) for client in Outcome("13").clients]
    assert days == [date(2020, 1, 12), date(2020, 1, 12), date(2019, 3, 1)]


def date_of_nothing() -> None:
    found = Outcome("14")
    assert "01/01/0001" in found.said(2)
    assert all(client.created_at.year > 2020 for client in found.clients)


def two_phones() -> None:
    found = Outcome("15")
    assert found.values("phone") == [f"+3363998000{last}" for last in (1, 2, 3, 4)]
    for client, last in zip(found.clients, (4, 5, 6, 7), strict=True):
        assert f"199001 23{last}".replace(" ", "") in digits_about(client)


def digits_about(client: Client) -> str:
    """The digits of all that is kept about a client."""
    related = [relation.get_accessor_name() for relation in Client._meta.related_objects]
    managers = [getattr(client, name) for name in related if name and hasattr(client, name)]
    kept = [str(value) for rows in managers for row in rows.values_list() for value in row]
    return "".join(filter(str.isdigit, client.description + "".join(kept)))


def phone_with_sentence() -> None:
    [client] = Outcome("16").clients
    assert str(client.phone) == "+33199005060"
    assert "service gratuit" in client.description


def phone_with_label() -> None:
    assert Outcome("17").values("phone") == [f"+3363998000{last}" for last in (1, 2, 3)]


def address_in_a_cell() -> None:
    assert Outcome("18").values("street", "postal_code", "city") == [
        ("12 rue des Lilas", "75012", "Paris"),
        ("3 bis avenue du Test", "69006", "LYON"),
    ]


def without_first_name() -> None:
    found = Outcome("19", "--on-error=skip")
    assert found.values("last_name") == ["Durand"]
    assert "Indiquez le prénom" in found.said(2)


def carriage_returns() -> None:
    [client] = Outcome("21").clients
    assert (client.street, client.street_extra, client.description) == ("12 rue X", "Bât B", "ligne 1\nligne 2")


def strict_workbook() -> None:
    assert Outcome("22").values("last_name") == ["Dupont", "Durand"]


def merged_titles() -> None:
    found = Outcome("23")
    assert found.values("last_name", "postal_code") == [("Dupont", "69001")]
    assert "En-têtes à la ligne 6" in found.said()


def address_book() -> None:
    found = Outcome("35")
    assert not found.clients
    assert "carnet d’adresses (vCard)" in found.said()
    assert "CSV" in found.said()


def common_headings() -> None:
    found = Outcome("36")
    assert found.values(*NAMES, "email") == [("individual", "Marie", "Dupont", "", "marie@example.org")]
    [client] = found.clients
    assert {"199001234", "639980001"} == {
        number for number in ("199001234", "639980001") if number in str(client.phone) + digits_about(client)
    }


def company_heading() -> None:
    found = Outcome("37")
    assert found.values("kind", "company_name", "siret") == [("company", "Garage du Port", "40125156601475")]


def third_parties() -> None:
    found = Outcome("40")
    names = ("company_name", "siret", "street", "street_extra", "external_reference", "country")
    assert found.values(*names) == [("GARAGE DU PORT", "40125156601475", "1 rue X", "Bât B", "CU0001", "FR")]


@pytest.mark.parametrize(
    "case",
    [
        two_sheets,
        formulas,
        repeated_header,
        names_in_one_column,
        civilities,
        contacts_of_one_company,
        company_called_total,
        guyane,
        latin9,
        mojibake_headers,
        backslash_quotes,
        null_words,
        month_names,
        date_of_nothing,
        two_phones,
        phone_with_sentence,
        phone_with_label,
        address_in_a_cell,
        without_first_name,
        carriage_returns,
        strict_workbook,
        merged_titles,
        address_book,
        common_headings,
        company_heading,
        third_parties,
    ],
    ids=lambda case: case.__name__,
)
def test_a_file_that_people_have(case: Callable[[], None]) -> None:
    case()
