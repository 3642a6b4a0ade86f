"""A client's whole file as one archive (droit d’accès)."""

import json
import stat
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from access.models import CardSecret
from clients.models import Client
from clients.privacy import anonymize_client
from clients.services.merging import merge_clients
from tests.access.factories import make_card, make_entry, make_event, make_vehicle
from tests.clients.test_anonymize import make_known
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import make_intervention
from tests.pages import links, read, said

URL = "/clients/CLT-001/data/"
KINDS = {
    "client",
    "interventions",
    "paiements_interventions",
    "vehicules",
    "cartes",
    "entrees",
    "paiements_entrees",
    "evenements",
    "historique",
}


@pytest.fixture
def known(db: None) -> Client:
    return make_known()


def exported(path: Path, reference: str = "CLT-001") -> ZipFile:
    call_command("export_client_data", reference, str(path))
    return ZipFile(path)


def whole(archive: ZipFile) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(archive.read("dossier.json"))
    return found


def test_it_holds_all_that_is_known(known: Client, tmp_path: Path) -> None:
    archive = exported(tmp_path / "dossier.zip")
    dossier = whole(archive)
    assert set(dossier) == KINDS
    client = dossier["client"]
    assert (client["E-mail"], client["Téléphone"], client["SIRET"]) == ("zorglub@example.org", "01 99 00 12 34", SIRET)
    assert client["Anciennes références"] == "CLT-002"
    for kind, held in (
        ("interventions", "Clio de Zorglub"),
        ("paiements_interventions", "chèque de Zorglub"),
        ("vehicules", "ZG-777-LB"),
        ("cartes", "zorglub2"),
        ("entrees", "remise pour Zorglub"),
        ("paiements_entrees", "geste pour Zorglub"),
        ("evenements", "Zorglub a téléphoné"),
        ("historique", "parking de Zorglub"),
    ):
        assert held in str(dossier[kind])
        book = load_workbook(BytesIO(archive.read(f"{kind}.xlsx")))
        cells = [str(value) for row in book.worksheets[0].iter_rows(values_only=True) for value in row]
        assert any(held in cell for cell in cells)
    assert [payment["Montant"] for payment in dossier["paiements_entrees"]] == [20, -5]
    assert len(dossier["evenements"]) == known.events.count()
    text = archive.read("client.txt").decode()
    assert "1 rue Zorglub" in text
    assert "Événements" in archive.read("LISEZMOI.txt").decode()
    assert "contient des données personnelles" in archive.read("LISEZMOI.txt").decode()


SIRET = "40125156601475"


def test_it_holds_no_secret_and_nobody_else(known: Client, tmp_path: Path) -> None:
    member = make_client(last_name="Tiers", company=known)
    _card, value = make_card(known, username="zorglub3")
    archive = exported(tmp_path / "dossier.zip")
    held = "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist() if ".xlsx" not in name)
    for secret in (value, *CardSecret.objects.values_list("secret_hash", flat=True)):
        assert secret not in held
    assert member.last_name not in held
    assert "odette" not in held


@pytest.mark.django_db
def test_it_is_whole_of_a_client_of_whom_little_is_known(tmp_path: Path) -> None:
    make_client()
    archive = exported(tmp_path / "dossier.zip")
    dossier = whole(archive)
    assert set(dossier) == KINDS
    assert dossier["interventions"] == []
    assert "interventions.xlsx" not in archive.namelist()


def test_it_is_written_for_its_owner_alone(known: Client, tmp_path: Path) -> None:
    exported(tmp_path / "dossier.zip")
    exported(tmp_path / "dossier.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["dossier.zip"]
    assert stat.S_IMODE((tmp_path / "dossier.zip").stat().st_mode) == 0o600


def test_it_says_what_cannot_be(known: Client, tmp_path: Path) -> None:
    for reference, path, sentence in (
        ("CLT-999", tmp_path / "a.zip", "CLT-999"),
        ("zorglub", tmp_path / "a.zip", "zorglub"),
        ("CLT-001", tmp_path / "nowhere" / "a.zip", "Impossible d’écrire"),
    ):
        with pytest.raises(CommandError, match=sentence) as refusal:
            call_command("export_client_data", reference, str(path))
        assert refusal.value.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_it_follows_a_former_reference(known: Client, tmp_path: Path) -> None:
    assert whole(exported(tmp_path / "a.zip", "CLT-002"))["client"]["Identifiant"] == "CLT-001"


@pytest.mark.django_db
def test_it_tells_what_was_known_of_those_merged_into_it(tmp_path: Path) -> None:
    kept, first = make_client(email="kept@example.org"), make_client(description="Aime les tulipes")
    second = make_client(email="lost@example.org", phone="+33639980002", description="Allergique aux chats")
    merge_clients(merge_clients(first, second, by=None), kept, by=None)
    lines = whole(exported(tmp_path / "a.zip", "CLT-003"))["historique"]
    known = {(line["Champ"], line["Après"]) for line in lines if line["Fiche fusionnée"] == "CLT-003"}
    assert {("e-mail", "lost@example.org"), ("téléphone", "06 39 98 00 02")} <= known
    assert ("description", "Allergique aux chats") in known
    assert {line["Fiche fusionnée"] for line in lines} == {"", "CLT-001", "CLT-003"}


def test_it_tells_little_of_who_was_anonymised(known: Client, tmp_path: Path) -> None:
    anonymize_client(known, by=None)
    archive = exported(tmp_path / "a.zip")
    assert "zorglub" not in str(whole(archive)).lower()


def test_it_asks_the_database_no_more_for_more_rows(known: Client, tmp_path: Path) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            exported(tmp_path / "a.zip")
        return len(asked)

    before = queries()
    for number in range(3):
        make_intervention(known)
        make_entry(make_card(known)[0], vehicle=make_vehicle(known, plate=f"AA-10{number}-AA"))
        make_event(known)
    assert queries() == before


def test_it_is_downloaded_by_who_may_export_all_of_it(known: Client, desk: Browser, sign_in: SignIn) -> None:
    assert URL in links(desk.get("/clients/CLT-001/")).values()
    response = desk.get(URL)
    assert response["Content-Type"] == "application/zip"
    assert "CLT-001.zip" in response["Content-Disposition"]
    assert set(whole(ZipFile(BytesIO(read(response))))) == KINDS
    for group in ("Technicien", "Gardien", "Lecture seule"):
        browser = sign_in(group=group)
        assert browser.get(URL).status_code == 403
        assert URL not in links(browser.get("/clients/CLT-001/")).values()


def test_a_very_long_one_is_left_to_the_command(known: Client, desk: Browser, settings: Any) -> None:
    settings.EXPORT_BACKGROUND_ROWS = 3
    response = desk.get(URL, follow=True)
    assert response.redirect_chain == [("/clients/CLT-001/", 302)]
    assert "export_client_data" in said(response)


@pytest.mark.django_db
def test_it_names_what_was_merged(tmp_path: Path) -> None:
    kept = make_client(company_name="Garage du Port")
    merge_clients(kept, make_client(company_name="Garage Port"), by=None)
    assert "Garage Port" in str(whole(exported(tmp_path / "a.zip"))["historique"])
