"""The list as a spreadsheet, opened the way Excel would."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser

from clients.models import Client
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import read, records, workbook

# The columns of the file, in their order.
LATER = {"Dernière visite", "Sur place"}
HEADERS = [
    "Identifiant",
    "Type",
    "Prénom",
    "Nom",
    "Raison sociale",
    "SIRET",
    "E-mail",
    "Téléphone",
    "Adresse",
    "Complément",
    "Code postal",
    "Ville",
    "Pays",
    "Entreprise",
    "Langue",
    "Statut",
    "Motif du statut",
    "Dernière visite",
    "Sur place",
    "Description",
    "Référence externe",
    "Créé le",
]
AT = datetime(2026, 7, 14, 22, 30, 15, tzinfo=UTC)


@pytest.fixture
def garage(db: None) -> Client:
    return make_client(
        company_name="Garage du Port",
        siret="01928108800013",
        email="garage@example.org",
        phone="+33199001234",
        street="1 quai des Docks",
        street_extra="Bâtiment B",
        postal_code="01000",
        city="Bourg-en-Bresse",
        description="Deux\nlignes",
        language="en",
        external_reference="00012",
        status_mode="active",
        status_reason="abonné",
        at=AT,
        created_at=AT,
    )


def export(browser: Browser, query: str = "") -> list[dict[str, Any]]:
    return records(browser.get(f"/clients/export/{query}"))


@pytest.mark.usefixtures("garage")
def test_it_writes_the_columns_of_the_contract(desk: Browser) -> None:
    [line] = export(desk)
    # Columns may be added beside them.
    written = [header for header in line if header in HEADERS]
    assert [header for header in HEADERS if header not in LATER or header in line] == written


@pytest.mark.usefixtures("garage")
def test_it_writes_each_value_as_what_it_is(desk: Browser) -> None:
    [line] = export(desk)
    expected = {
        "Identifiant": "CLT-001",
        "Type": "Entreprise",
        "Prénom": None,
        "Nom": None,
        "Raison sociale": "Garage du Port",
        "SIRET": "01928108800013",
        "E-mail": "garage@example.org",
        "Téléphone": "01 99 00 12 34",
        "Adresse": "1 quai des Docks",
        "Complément": "Bâtiment B",
        "Code postal": "01000",
        "Ville": "Bourg-en-Bresse",
        "Pays": "France",
        "Entreprise": None,
        "Langue": "Anglais",
        "Statut": "Actif",
        "Description": "Deux\nlignes",
        "Référence externe": "00012",
        # Paris, without a zone: Excel has none.
        "Créé le": datetime(2026, 7, 15, 0, 30, 15),  # noqa: DTZ001
    }
    assert {header: line[header] for header in expected} == expected


@pytest.mark.usefixtures("garage")
def test_it_is_pleasant_to_open(desk: Browser) -> None:
    sheet = workbook(desk.get("/clients/export/")).worksheets[0]
    assert sheet.title == "Clients"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref is not None
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet.auto_filter.ref.endswith("2")
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["E"].width >= 20
    created = sheet.cell(2, [cell.value for cell in sheet[1]].index("Créé le") + 1)
    assert created.is_date
    assert created.number_format == "dd/mm/yyyy hh:mm"


TEXTS = [
    "=1+1",
    "+33 1",
    "-2",
    "@SUM(A1)",
    '=HYPERLINK("http://x")',
    "#N/A",
    "#REF!",
    "1E5",
    "0012",
    "TRUE",
    "2026-01-02",
]


@pytest.mark.parametrize("typed", TEXTS)
def test_it_writes_text_that_stays_text(typed: str, desk: Browser) -> None:
    make_client(company_name=typed, street=typed, description=typed, external_reference=typed)
    sheet = workbook(desk.get("/clients/export/")).worksheets[0]
    headers = [cell.value for cell in sheet[1]]
    for header in ("Raison sociale", "Adresse", "Description", "Référence externe"):
        cell = sheet.cell(2, headers.index(header) + 1)
        assert (cell.value, cell.data_type) == (typed, "s")


def test_it_survives_what_a_spreadsheet_cannot_hold(desk: Browser) -> None:
    """Forms refuse these; a row that came another way must not cost the whole file."""
    make_client(description="a\x07b\x0bc\ufffed" + "é" * 40_000, company_name="Cloche\x01")
    [line] = export(desk)
    assert line["Raison sociale"] == "Cloche"
    assert line["Description"].startswith("abcd")
    assert len(line["Description"]) <= 32_767


def test_it_writes_the_rows_and_the_order_of_the_page(desk: Browser) -> None:
    for name in ("Zola", "Aragon", "Éluard", "Musset"):
        make_client(last_name=name, language="de" if name == "Musset" else "fr")
    query = "?language=fr&sort=-name&per_page=10&page=2"
    assert [line["Nom"] for line in export(desk, query)] == ["Zola", "Éluard", "Aragon"]
    assert [line["Nom"] for line in export(desk, "?q=eluard")] == ["Éluard"]
    assert export(desk, "?q=personne") == []


def test_it_writes_all_rows_and_not_a_page(desk: Browser) -> None:
    for _client in range(12):
        make_client()
    assert len(export(desk, "?per_page=10")) == 12


def test_it_says_who_exported_what_and_when(desk: Browser) -> None:
    make_client(company_name="Garage")
    with time_machine.travel(datetime(2026, 11, 21, 13, 32, tzinfo=UTC), tick=False):
        book = workbook(desk.get("/clients/export/?kind=company&q=gara"))
    assert len(book.worksheets) == 2
    about = dict(book.worksheets[1].iter_rows(values_only=True))
    assert "effacé après 24 heures" in about.pop("Données personnelles")
    assert about == {
        "Exporté par": "odile",
        "Exporté le": "21/11/2026 14:32",
        "Recherche": "gara",
        "Type": "Entreprise",
        "Lignes": "1",
    }
    plain = dict(workbook(desk.get("/clients/export/")).worksheets[1].iter_rows(values_only=True))
    assert plain["Filtres"] == "aucun"


def test_it_is_a_download(desk: Browser) -> None:
    with time_machine.travel(datetime(2026, 11, 21, 13, 32, tzinfo=UTC), tick=False):
        response = desk.get("/clients/export/")
    read(response)
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert response["Content-Disposition"] == 'attachment; filename="clients-2026-11-21-1432.xlsx"'


def test_it_writes_in_the_log_who_took_the_data(desk: Browser, caplog: pytest.LogCaptureFixture) -> None:
    make_client()
    with caplog.at_level(logging.INFO, logger="fixaloop"):
        read(desk.get("/clients/export/"))
    [line] = [record.getMessage() for record in caplog.records if "export" in record.getMessage()]
    assert "clients.Client" in line
    assert "1 rows" in line


@pytest.mark.parametrize("query", ["?status=dead", "?company=CLT-999", "?sort=nonsense", "?nonsense=1&kind=company"])
def test_it_goes_back_to_the_page_that_says_what_is_wrong(query: str, desk: Browser) -> None:
    response = desk.get(f"/clients/export/{query}")
    assert (response.status_code, response["Location"]) == (302, f"/clients/{query}")


def test_it_links_to_the_export_of_what_is_shown(desk: Browser, sign_in: SignIn) -> None:
    make_client()
    shown = desk.get("/clients/?q=camille&kind=individual&page=1").context["list"]
    assert shown.export_url == "/clients/export/?q=camille&kind=individual"
    assert sign_in(group="Lecture seule").get("/clients/").context["list"].export_url is None


def test_it_exports_the_members_of_a_company(desk: Browser) -> None:
    employer = make_client(company_name="Employeur")
    make_client(company=employer, last_name="Membre")
    make_client(last_name="Autre")
    lines = records(desk.get("/clients/CLT-001/members/export/"))
    assert [(line["Nom"], line["Entreprise"]) for line in lines] == [("Membre", "CLT-001")]
