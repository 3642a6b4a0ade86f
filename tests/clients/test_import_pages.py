"""The import in the browser: the same code as the command, for who may."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.test import Client as Browser
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from access.models import Entry
from clients.models import Client
from clients.services import bulk
from fixaloop.imports import importer, jobs, opening
from fixaloop.jobs import is_orphan
from fixaloop.models import ImportBatch, ImportJob
from fixaloop.tables import open_table
from tests.factories import make_client
from tests.pages import field_errors, find, links, read, said, values, workbook

pytestmark = pytest.mark.django_db

SignIn = Callable[..., Browser]
TEXT = "Prénom;Nom;E-mail;Ville;Surnom\nLéa;Durand;lea@example.org;Lyon;Lili\nLéo;;leo@example.org;Metz;\n"


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path, commits_at_once: None) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def send(browser: Browser, text: str = TEXT, name: str = "clients.csv") -> str:
    response = browser.post("/imports/new/", {"kind": "client", "file": SimpleUploadedFile(name, text.encode())})
    assert response.status_code == 302
    return str(response["Location"])


def run(browser: Browser, url: str, action: str, **options: str) -> Any:
    response = browser.post(url, {"mode": "upsert", "action": action, **options})
    assert response.status_code == 302
    assert find(browser.get(url), "data-hx-trigger", "every 1s") is not None
    jobs.run_job.call(ImportJob.objects.latest("pk").pk)
    return browser.get(url)


def test_it_shows_what_was_understood_before_anything_is_written(desk: Browser) -> None:
    page = said(desk.get(send(desk)))
    assert "en-têtes à la ligne 1" in page
    assert "Laissées de côté : Surnom" in page.replace("\xa0", " ")
    assert not Client.objects.exists()


def test_it_simulates_imports_and_takes_back(desk: Browser) -> None:
    url = send(desk)
    page = run(desk, url, "simulate")
    assert "corrigez les lignes refusées" in said(page)
    assert "Indiquez le nom" in said(page)
    page = run(desk, url, "simulate", skip="on")
    assert "1 à créer" in said(page)
    assert not Client.objects.exists()
    page = run(desk, url, "import", skip="on")
    assert "Import enregistré" in said(page)
    assert Client.objects.get().email == "lea@example.org"
    batch = ImportBatch.objects.get()
    assert (batch.by and batch.by.username, batch.file_name) == ("odile", "clients.csv")
    assert Client.history.get().history_user == batch.by
    assert "1 créées" in said(desk.get("/imports/"))
    response = desk.post(f"/imports/{batch.pk}/undo/", follow=True)
    assert "est annulé" in said(response)
    assert not Client.objects.exists()


def test_it_shows_the_rows_as_they_will_be_doubts_first(desk: Browser) -> None:
    make_client(first_name="Marie", last_name="Curie", email="marie@example.org", city="Lyon")
    text = "Prénom;Nom;E-mail;Ville;Téléphone\nLéa;Durand;;Lyon;\nMarie;Curie;marie@example.org;Metz;\nLéo;;;;\n"
    url = send(desk, f"{text}Zoé;Roy;;Nice;06 39 98 00 01 / 06 39 98 00 02\n")
    page = said(run(desk, url, "simulate", skip="on"))
    assert "à créer" in page
    assert "créées" not in page
    places = [page.index(f"ligne {row} ", page.index("telles qu’elles seront")) for row in (4, 3, 2)]
    assert places == sorted(places)
    assert "Marie Curie" in page
    changed = said(desk.get(f"{url}?show=changed"))
    assert "Metz" in changed
    assert "Léa Durand" not in changed
    assert "Léa Durand" in said(desk.get(f"{url}?show=new"))
    assert desk.get(f"{url}?show=nothing").status_code == 200


def test_it_never_says_created_of_what_is_not(desk: Browser) -> None:
    page = said(run(desk, send(desk), "import"))
    assert "Rien n’est enregistré" in page
    assert "1 à créer" in page
    assert "créées" not in page


def test_it_gives_the_refused_rows(desk: Browser) -> None:
    url = send(desk)
    page = run(desk, url, "simulate")
    rows = list(workbook(desk.get(links(page)["Télécharger les lignes refusées"])).worksheets[0].values)
    assert rows[0][-1] == "À corriger"
    assert rows[1][0] == "Léo"


def test_it_reads_a_column_as_told(desk: Browser) -> None:
    url = send(desk, TEXT.replace("Léo;;", "Léo;Petit;"))
    run(desk, url, "import", column_4="external_reference")
    assert Client.objects.get(first_name="Léa").external_reference == "Lili"


def test_it_lets_one_say_what_columns_hold_that_nobody_understands(desk: Browser) -> None:
    url = send(desk, "Alpha;Beta\nLéa;Durand\n")
    assert "Aucune colonne n’est comprise" in said(desk.get(url))
    assert desk.post(url, {"mode": "upsert", "action": "import"}).status_code == 422
    run(desk, url, "import", column_0="first_name", column_1="last_name")
    assert Client.objects.get().name == "Léa Durand"


def test_it_leaves_a_column_aside_as_told(desk: Browser) -> None:
    url = send(desk, TEXT.replace("Léo;;", "Léo;Petit;"))
    run(desk, url, "import", column_2="-")
    assert set(Client.objects.values_list("email", flat=True)) == {""}


def test_it_never_says_that_nothing_is_written_when_the_good_rows_are(
    desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fixaloop.imports.spreadsheets.write_workbook", full)
    page = said(run(desk, send(desk), "import", skip="on"))
    assert Client.objects.count() == 1
    assert "Import enregistré" in page
    assert "n’a pas pu être écrit" in page


def test_it_says_why_a_batch_cannot_be_taken_back(desk: Browser) -> None:
    url = send(desk, "Raison sociale\nGarage\n")
    run(desk, url, "import")
    make_client(company=Client.objects.get())
    response = desk.post(f"/imports/{ImportBatch.objects.get().pk}/undo/")
    assert response.status_code == 409
    assert "en dépend depuis" in said(response)


def test_it_says_that_a_file_cannot_be_read(desk: Browser) -> None:
    page = desk.get(send(desk, "%PDF-1.7", name="clients.pdf"))
    assert "« clients.pdf » est un PDF" in said(page)
    assert links(page)["Envoyer un autre fichier"] == "/imports/new/"
    page = desk.get(send(desk, "Alpha;Beta\nun;deux\n"))
    assert "Aucune colonne n’est comprise" in said(page)


def test_it_asks_for_a_file(desk: Browser) -> None:
    response = desk.post("/imports/new/", {"kind": "client"})
    assert response.status_code == 422
    assert "file" in field_errors(response)


def test_it_lets_in_who_may_import_that_kind_alone(sign_in: SignIn) -> None:
    assert sign_in("fixaloop.add_importbatch").get("/imports/new/").status_code == 403
    assert sign_in("clients.add_client", "clients.change_client").get("/imports/new/").status_code == 403
    creator = sign_in("fixaloop.add_importbatch", "clients.add_client")
    url = send(creator)
    assert creator.post(url, {"mode": "upsert", "action": "import"}).status_code == 403
    assert creator.post(url, {"mode": "create", "action": "import"}).status_code == 302


def test_it_keeps_undoing_for_direction(sign_in: SignIn) -> None:
    desk, reception = sign_in(group="Direction"), sign_in(group="Accueil")
    url = send(reception, "Raison sociale\nGarage\n")
    run(reception, url, "import")
    batch = ImportBatch.objects.get()
    assert "Annuler l’import" not in said(reception.get("/imports/"))
    assert reception.post(f"/imports/{batch.pk}/undo/").status_code == 403
    assert "Annuler l’import" in said(desk.get("/imports/"))


def test_it_shows_nobody_the_files_of_others(desk: Browser, sign_in: SignIn) -> None:
    url = send(desk)
    other = sign_in(is_superuser=True)
    assert other.get(url).status_code == 404
    assert other.post(f"{url}delete/").status_code == 404


def test_it_stops_and_forgets_a_file(desk: Browser, tmp_path: Path) -> None:
    url = send(desk)
    desk.post(url, {"mode": "upsert", "action": "import"})
    desk.post(f"{url}stop/")
    jobs.run_job.call(ImportJob.objects.get().pk)
    assert not Client.objects.exists()
    assert list(tmp_path.glob("imports/*"))
    desk.post(f"{url}delete/")
    assert not list(tmp_path.glob("imports/*"))
    assert not ImportJob.objects.exists()


def test_it_keeps_the_last_refused_rows_alone(desk: Browser, tmp_path: Path) -> None:
    url = send(desk)
    run(desk, url, "simulate")
    run(desk, url, "simulate")
    assert len(list(tmp_path.glob("imports/*"))) == 2
    run(desk, url, "import", skip="on")
    assert len(list(tmp_path.glob("imports/*"))) == 2
    desk.post(f"{url}delete/")
    assert not list(tmp_path.glob("imports/*"))


def test_it_leaves_no_refused_rows_of_a_file_deleted_meanwhile(
    desk: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = send(desk)
    desk.post(url, {"mode": "upsert", "action": "simulate"})
    write = jobs.write_refused

    def deleted_meanwhile(*args: Any) -> None:
        write(*args)
        desk.post(f"{url}delete/")

    monkeypatch.setattr(jobs, "write_refused", deleted_meanwhile)
    jobs.run_job.call(ImportJob.objects.get().pk)
    assert not list(tmp_path.glob("imports/*"))


def test_it_deletes_every_night_what_no_import_names(desk: Browser, tmp_path: Path) -> None:
    url = send(desk)
    run(desk, url, "simulate")
    named = set(tmp_path.glob("imports/*"))
    old, fresh = tmp_path / "imports/old.xlsx", tmp_path / "imports/fresh.csv"
    for path in (old, fresh):
        path.touch()
    for path in (old, *named):
        os.utime(path, (0, 0))
    jobs.delete_old(timezone.now())
    assert set(tmp_path.glob("imports/*")) == {*named, fresh}


@pytest.mark.parametrize("media", ["", "/dev/full/media"])
def test_it_says_that_the_disk_is_full(
    desk: Browser, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, media: str
) -> None:
    def full(_file: Any) -> Iterator[bytes]:
        yield b"Nom"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(InMemoryUploadedFile, "chunks", full)
    settings.MEDIA_ROOT = media or settings.MEDIA_ROOT
    file = SimpleUploadedFile("clients.csv", TEXT.encode())
    response = desk.post("/imports/new/", {"kind": "client", "file": file})
    assert response.status_code == 422
    assert "Ce fichier n’a pas pu être gardé" in field_errors(response)["file"]
    assert not list(tmp_path.glob("imports/*"))
    assert not ImportJob.objects.exists()


def test_it_lets_nobody_else_on_the_machine_read_it(desk: Browser, tmp_path: Path) -> None:
    run(desk, send(desk), "simulate")
    files = list(tmp_path.glob("imports/*"))
    assert [S_IMODE(path.stat().st_mode) for path in files] == [0o600, 0o600]
    assert S_IMODE((tmp_path / "imports").stat().st_mode) == 0o700


def test_it_takes_no_worker_that_writes_for_dead(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing is one transaction, however long: nothing is heard of it before its end."""
    seen: list[ImportJob] = []

    def watched(*args: Any) -> Any:
        seen.append(ImportJob.objects.get())
        return create(*args)

    create = bulk.create
    monkeypatch.setattr("clients.imports.importer.bulk.create", watched)
    monkeypatch.setattr("fixaloop.imports.jobs.WRITING", timedelta(minutes=5))
    run(desk, send(desk, TEXT.replace("Léo;;", "Léo;Petit;")), "import")
    [job] = seen
    assert (job.done, job.total) == (2, 2)
    assert not is_orphan(job, timezone.now() + timedelta(minutes=9))
    assert is_orphan(job, timezone.now() + timedelta(minutes=13))


def test_it_says_that_its_worker_died(desk: Browser) -> None:
    url = send(desk)
    ImportJob.objects.update(state="running", beat_at=timezone.now() - timedelta(hours=1))
    assert "Interrompu" in said(desk.get(url))
    assert jobs.give_up_orphans(timezone.now()) == 1
    assert ImportJob.objects.get().state == "failed"


def test_it_begins_again_where_its_worker_died(desk: Browser) -> None:
    url = send(desk, TEXT.replace("Léo;;", "Léo;Petit;"))
    ImportJob.objects.update(state="running", attempts=1, beat_at=timezone.now() - timedelta(minutes=3))
    assert "relancez l’import" in said(desk.get(url))
    assert "Import enregistré" in said(run(desk, url, "import"))
    assert Client.objects.count() == 2


def test_it_gives_an_empty_spreadsheet_that_imports_as_it_is(desk: Browser, tmp_path: Path) -> None:
    (tmp_path / "vide.xlsx").write_bytes(read(desk.get("/imports/blank/client/")))
    book = load_workbook(tmp_path / "vide.xlsx")
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    assert headings[:5] == ["Identifiant", "Type", "Prénom", "Nom", "Raison sociale"]
    assert all(cell.comment for cell in sheet[1])
    assert {rule.formula1.split("!")[0] for rule in sheet.data_validations.dataValidation} == {"'Listes'"}
    assert len(list(book["Aide"].values)) == len(headings) + 1
    values = dict.fromkeys(headings, "") | {
        "Type": "Particulier",
        "Prénom": "Marie",
        "Nom": "Curie",
        "Langue": "Allemand",
    }
    sheet.append([values[heading] or None for heading in headings])
    book.save(tmp_path / "rempli.xlsx")
    file = SimpleUploadedFile("rempli.xlsx", (tmp_path / "rempli.xlsx").read_bytes())
    url = str(desk.post("/imports/new/", {"kind": "client", "file": file})["Location"])
    run(desk, url, "import")
    client = Client.objects.get()
    assert (client.name, client.language, client.country.code) == ("Marie Curie", "de", "FR")


def test_it_names_the_other_sheets_of_a_workbook(desk: Browser, tmp_path: Path) -> None:
    book = Workbook()
    for name, rows in (
        ("Personnes", [("Prénom", "Nom", "Ville"), ("Léa", "Durand", "Lyon")]),
        ("Autres", [("A",), ("B",)]),
    ):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "clients.xlsx")
    file = SimpleUploadedFile("clients.xlsx", (tmp_path / "clients.xlsx").read_bytes())
    url = desk.post("/imports/new/", {"kind": "client", "file": file})["Location"]
    assert "non lues : « Autres » (1 ligne)" in said(desk.get(url)).replace("\xa0", " ")
    page = said(run(desk, url, "simulate")).replace("\xa0", " ")
    assert page.count("« Autres » (1 ligne)") == 2


def correct(desk: Browser, page: Any, url: str, **typed: str) -> Any:
    """Send the form of the refused cells as the page gives it, with what is typed; then let the worker simulate."""
    sent = {name: value for name, value in values(page).items() if name == "seen" or name.startswith("cell_")}
    response = desk.post(f"{url}correct/", sent | typed)
    if response.status_code == 302:
        jobs.run_job.call(ImportJob.objects.get().pk)
        return desk.get(url)
    return response


WRONG = "Prénom;Nom;E-mail\nLéa;Durand;lea@\nLéo;Roy;leo@example.org\nZoé;;zoe@example.org\n"


def test_a_refused_cell_is_corrected_in_place_and_imported_so(desk: Browser, tmp_path: Path) -> None:
    url = send(desk, WRONG)
    page = run(desk, url, "simulate")
    assert values(page)["cell_2_2"] == "lea@"
    assert "cell_3_2" not in values(page)
    files = {path: path.read_bytes() for path in tmp_path.glob("imports/*.csv")}
    page = correct(desk, page, url, cell_2_2="lea@example.org")
    assert "2 à créer" in said(page)
    assert "cell_2_2" not in values(page)
    page = correct(desk, page, url, cell_4_1="Blanc")
    assert "3 à créer" in said(page)
    assert "Oublier les 2 cellules" in said(page)
    run(desk, url, "import")
    assert set(Client.objects.values_list("last_name", "email")) == {
        ("Durand", "lea@example.org"),
        ("Roy", "leo@example.org"),
        ("Blanc", "zoe@example.org"),
    }
    assert {path: path.read_bytes() for path in files} == files
    assert "corrections" not in ImportBatch.objects.get().options


def test_a_correction_that_is_wrong_too_stays_to_be_corrected_or_forgotten(desk: Browser) -> None:
    url = send(desk, WRONG)
    page = correct(desk, run(desk, url, "simulate"), url, cell_2_2="lea at home")
    assert values(page)["cell_2_2"] == "lea at home"
    assert desk.post(f"{url}correct/", {"action": "forget"}).status_code == 302
    jobs.run_job.call(ImportJob.objects.get().pk)
    assert values(desk.get(url))["cell_2_2"] == "lea@"


def test_a_page_of_corrections_sent_twice_or_late_loses_nothing(desk: Browser) -> None:
    url = send(desk, WRONG)
    old = run(desk, url, "simulate")
    assert correct(desk, old, url, cell_2_2="lea@example.org").status_code == 200
    # The same page again: those cells are no more refused, and nothing is done.
    assert desk.post(f"{url}correct/", values(old) | {"cell_2_2": "lea@example.org"}).status_code == 302
    assert ImportJob.objects.get().state == "done"
    late = correct(desk, old, url, cell_4_1="Blanc")
    assert late.status_code == 409
    assert values(late)["cell_4_1"] == "Blanc"
    assert "vérifiez ces corrections" in said(late)
    assert "3 à créer" in said(correct(desk, late, url))


def test_corrections_are_bounded_and_of_refused_cells_alone(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    url = send(desk, WRONG)
    page = run(desk, url, "simulate")
    assert correct(desk, page, url, cell_2_2="x" * 5001).status_code == 422
    correct(desk, page, url, cell_3_2="other@example.org")
    assert ImportJob.objects.get().corrections == {}
    monkeypatch.setattr("fixaloop.imports.corrections.MOST", 1)
    refused = correct(desk, page, url, cell_2_2="lea@example.org", cell_4_1="Blanc")
    assert refused.status_code == 422
    assert values(refused)["cell_4_1"] == "Blanc"


def test_corrections_take_the_rights_of_the_import(desk: Browser, sign_in: SignIn) -> None:
    url = send(desk, WRONG)
    run(desk, url, "simulate")
    other = sign_in("fixaloop.add_importbatch", "clients.add_client", "clients.change_client")
    assert other.post(f"{url}correct/", {"seen": "1"}).status_code == 404
    creator = sign_in("fixaloop.add_importbatch", "clients.add_client")
    ImportJob.objects.update(by=User.objects.get(pk=creator.session["_auth_user_id"]))
    assert creator.post(f"{url}correct/", {"seen": "1", "cell_2_2": "lea@example.org"}).status_code == 403


def test_the_page_asks_whether_stays_are_paid_that_do_not_tell(desk: Browser) -> None:
    make_client(email="zoe@example.org")
    day = f"{timezone.localdate() - timedelta(days=9):%d/%m/%Y}"
    text = f"Client;Zone;Entrée le;Sortie le;Montant dû\nzoe@example.org;Cour;{day} 08:00;{day} 09:00;12,50\n"
    file = SimpleUploadedFile("passages.csv", text.encode())
    url = desk.post("/imports/new/", {"kind": "entry", "file": file})["Location"]
    assert values(desk.get(url))["unsaid"] == ""
    refused = said(run(desk, url, "simulate"))
    assert "Rien ne dit si ce passage a été payé" in refused
    # A stay is called by whose it is.
    assert "Camille Martin" in refused
    assert "1 à créer" in said(run(desk, url, "simulate", unsaid="due"))
    assert values(desk.get(url))["unsaid"] == "due"
    run(desk, url, "import", unsaid="paid")
    entry = Entry.objects.get()
    assert (entry.amount_due, entry.paid_amount, entry.payments.count()) == (Decimal("12.50"), Decimal("12.50"), 1)


def test_it_leads_to_what_was_created_and_changed(desk: Browser) -> None:
    curie = make_client(first_name="Marie", last_name="Curie", email="marie@example.org", city="Lyon")
    text = "Prénom;Nom;E-mail;Ville\nLéa;Durand;;Lyon\nMarie;Curie;marie@example.org;Metz\nLéo;;;\n"
    url = send(desk, text)
    page = run(desk, url, "import", skip="on")
    fresh = Client.objects.get(last_name="Durand")
    assert {fresh.get_absolute_url(), curie.get_absolute_url()} <= set(links(page).values())
    assert "ligne 4" in said(page)
    assert "cell_4_1" not in values(page)
    changed = links(desk.get(f"{url}?show=changed")).values()
    assert curie.get_absolute_url() in changed
    assert fresh.get_absolute_url() not in changed


def test_it_shows_a_company_beside_the_contact_whose_row_makes_it(desk: Browser) -> None:
    url = send(desk, "Prénom;Nom;Société\nLéa;Roy;Serrurerie Lupin\nLéo;Roi;Serrurerie Lupin\n")
    page = said(run(desk, url, "simulate"))
    rows = page[page.index("telles qu’elles seront") : page.index("Ce que Fixaloop a compris")]
    assert rows.count("à créer") == 3
    assert "Léa Roy" in rows
    assert "Léo Roi" in rows
    assert "créée pour ses contacts" in rows


def test_it_proposes_names_in_usual_case_and_imports_them_as_they_are(desk: Browser) -> None:
    url = send(desk, "Prénom;Nom;Ville\nLÉA;DURAND;Lyon\nLéo;Petit;Metz\n")
    page = said(run(desk, url, "simulate"))
    assert page.count("En écriture usuelle") == 1
    assert "Prénom Léa, Nom Durand" in page
    run(desk, url, "import")
    assert Client.objects.filter(odd_name=True).get().name == "LÉA DURAND"


def test_a_large_file_is_opened_by_the_worker_alone(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LIGHT", 20)
    url = send(desk)
    with monkeypatch.context() as web:
        web.setattr(importer, "open_table", lambda *args: pytest.fail("the page opened the file"))
        page = desk.get(url)
        assert "il s’ouvre" in said(page)
        assert find(page, "data-hx-trigger", "every 1s") is not None
        with web.context() as worker:
            worker.setattr(importer, "open_table", open_table)
            jobs.open_file.call(ImportJob.objects.get().pk)
        shown = said(desk.get(url))
        assert "en-têtes à la ligne 1" in shown
        assert "Laissées de côté : Surnom" in shown.replace("\xa0", " ")
    run(desk, url, "simulate", delimiter=";")
    assert ImportJob.objects.get().report["read"] == 2
    with monkeypatch.context() as web:
        web.setattr(importer, "open_table", lambda *args: pytest.fail("the page opened the file"))
        assert "en-têtes à la ligne 1" in said(desk.get(url))


def test_a_large_file_that_is_damaged_says_so(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LIGHT", 20)
    url = send(desk, 'Prénom;Nom\n"Léa;Durand\n' * 9)
    desk.get(url)
    jobs.open_file.call(ImportJob.objects.get().pk)
    assert "Guillemet jamais refermé" in said(desk.get(url))


def test_one_person_keeps_twenty_files_that_wait(desk: Browser, sign_in: SignIn) -> None:
    for _number in range(20):
        send(desk)
    refused = desk.post("/imports/new/", {"kind": "client", "file": SimpleUploadedFile("clients.csv", TEXT.encode())})
    assert (refused.status_code, "abandonnez-en d’abord" in said(refused)) == (422, True)
    assert ImportJob.objects.count() == 20
    send(sign_in(group="Direction"))
