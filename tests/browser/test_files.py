"""Files in and out, in a real browser: an import from the file to its undoing, an export that takes its time."""

import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from clients.models import Client
from fixaloop.exports.jobs import run_export
from fixaloop.imports.jobs import run_job
from fixaloop.jobs import Beat
from fixaloop.models import ExportJob, ImportJob
from tests.browser.conftest import Open
from tests.factories import make_client

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROWS = (
    "Type;Prénom;Nom;Raison sociale;E-mail;Téléphone\n"
    "Particulier;Marie;Curie;;marie@example.org;06 39 98 12 34\n"
    "Particulier;Louis;Pasteur;;louis@example.org;06 39\n"
    "Entreprise;;;Garage du Port;garage@example.org;\n"
)


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.EXPORT_BACKGROUND_ROWS = 2


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What to do while a job is being done, once it has told that it has come to a row."""
    tell = Beat.tell

    def set_up(row: int, look: Any) -> None:
        def tell_and_look(beat: Any, done: int, total: int | None = None) -> None:
            beat._next = 0
            tell(beat, done, total)
            if done == row:
                look()

        monkeypatch.setattr(Beat, "tell", tell_and_look)

    return set_up


def see(page: Page, text: str) -> None:
    expect(page.locator("main")).to_contain_text(text)


def learn(page: Page, text: str) -> None:
    """The page asks again by itself, every second or two by its clock."""
    page.clock.fast_forward(3_000)
    see(page, text)


def test_it_imports_a_file_and_takes_it_back(open_page: Open, tmp_path: Path, told: Any) -> None:
    path = tmp_path / "clients.csv"
    path.write_text(ROWS, encoding="utf-8")
    page = open_page(clock=True)
    page.goto("/imports/")
    page.get_by_role("link", name="Importer un fichier").first.click()
    page.get_by_label("Que contient le fichier").select_option("client")
    page.locator("#id_file").set_input_files(path)
    page.get_by_role("button", name="Envoyer et lire").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("clients.csv")
    see(page, "en-têtes à la ligne 1")
    expect(page.locator(".columns")).to_contain_text("Téléphone")

    told(3, lambda: learn(page, "3 lignes lues sur 3"))
    page.get_by_role("button", name="Simuler").click()
    see(page, "En attente de son tour")
    run_job.call(ImportJob.objects.get().pk)
    learn(page, "corrigez les lignes refusées")
    see(page, "ligne 3")
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger les lignes refusées").click()
    assert download.value.suggested_filename == "clients-refuses.xlsx"
    download.value.save_as(tmp_path / "refused.xlsx")
    _head, row = load_workbook(tmp_path / "refused.xlsx").worksheets[0].values
    assert (row[2], row[5]) == ("Pasteur", "06 39")
    assert not Client.objects.exists()

    page.get_by_label("Prendre les bonnes lignes").check()
    page.get_by_role("button", name="Importer").click()
    see(page, "Import en cours")
    run_job.call(ImportJob.objects.get().pk)
    learn(page, "Import enregistré")
    assert sorted(client.name for client in Client.objects.all()) == ["Garage du Port", "Marie Curie"]

    page.goto("/imports/")
    see(page, "2 créées")
    page.locator("summary", has_text="Annuler l’import").click()
    page.get_by_role("button", name=re.compile("Annuler l’import n°")).click()
    see(page, "est annulé")
    assert not Client.objects.exists()


def test_it_writes_a_long_export_while_one_is_elsewhere(open_page: Open, tmp_path: Path, told: Any) -> None:
    for name in ("Zola", "Aragon", "Éluard", "Musset"):
        make_client(last_name=name)
    page = open_page(clock=True)
    page.goto("/clients/?sort=name")
    page.get_by_role("link", name="Exporter").click()
    expect(page).to_have_url(re.compile(r"/exports/$"))
    see(page, "le fichier se prépare")
    page.goto("/clients/")
    page.goto("/exports/")
    see(page, "En attente de son tour")
    told(2, lambda: learn(page, "Lignes écrites : 2 sur 4"))
    run_export.call(ExportJob.objects.get().pk)
    page.clock.fast_forward(3_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger").click()
    download.value.save_as(tmp_path / "clients.xlsx")
    sheet = load_workbook(tmp_path / "clients.xlsx").worksheets[0]
    assert [row[3].value for row in sheet.iter_rows(min_row=2)] == ["Aragon", "Éluard", "Musset", "Zola"]


def test_it_stops_an_export_that_nobody_wants_any_more(open_page: Open, tmp_path: Path, told: Any) -> None:
    for _number in range(4):
        make_client()
    page = open_page(clock=True)
    page.goto("/clients/")
    page.get_by_role("link", name="Exporter").click()
    see(page, "En attente de son tour")

    def stop() -> None:
        page.get_by_role("button", name="Arrêter").click()
        see(page, "arrêté")

    told(2, stop)
    run_export.call(ExportJob.objects.get().pk)
    assert ExportJob.objects.get().state == "cancelled"
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []
    expect(page.get_by_role("link", name="Télécharger")).to_have_count(0)
    page.get_by_role("button", name="Supprimer").click()
    see(page, "Aucun export")
