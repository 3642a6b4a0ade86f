"""Long exports: in the background, for their author alone, whole or not at all."""

import signal
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from stat import S_IMODE
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from openpyxl import load_workbook

from clients.models import Client
from fixaloop.exports import jobs
from fixaloop.exports.jobs import run_export
from fixaloop.jobs import Beat
from fixaloop.models import ExportJob
from tests.factories import make_client
from tests.killed import run_killed
from tests.pages import find, links, read, said

pytestmark = pytest.mark.django_db

SignIn = Callable[..., Browser]


@pytest.fixture(autouse=True)
def short_lists(settings: Any, tmp_path: Path, commits_at_once: None) -> None:
    settings.EXPORT_BACKGROUND_ROWS = 2
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def people(db: None) -> None:
    for city in ("Lyon", "Lyon", "Lyon", "Metz"):
        make_client(city=city)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("exports/*"))


def test_it_writes_short_lists_at_once(desk: Browser, people: None) -> None:
    response = desk.get("/clients/export/?city=metz")
    assert response["Content-Type"].endswith("sheet")
    read(response)
    assert not ExportJob.objects.exists()


def test_it_leaves_long_lists_to_the_worker(desk: Browser, people: None, tmp_path: Path) -> None:
    response = desk.get("/clients/export/?city=lyon&sort=reference")
    assert (response.status_code, response["Location"]) == (302, "/exports/")
    page = desk.get("/exports/")
    assert "en attente" in said(page)
    assert find(page, "data-hx-trigger", "every 2s") is not None
    job = ExportJob.objects.get()
    run_export.call(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 3, 3)
    assert job.size > 1000
    page = desk.get("/exports/")
    assert "3 lignes" in said(page).replace("\xa0", " ")
    assert "Lyon" in said(page).title()
    book = load_workbook(BytesIO(read(desk.get(links(page)["Télécharger"]))))
    assert [row[0] for row in book.worksheets[0].values] == ["Identifiant", "CLT-001", "CLT-002", "CLT-003"]
    about = {str(name): value for name, value in book["Provenance"].values}
    assert (about["Exporté par"], about["Lignes"]) == ("odile", "3")
    assert files(tmp_path) == [Path(job.file.name).name]


def test_it_asks_once_for_what_is_being_written(desk: Browser, people: None) -> None:
    for _time in range(2):
        desk.get("/clients/export/")
    assert ExportJob.objects.count() == 1


def test_it_begins_again_what_a_dead_worker_was_asked_for(desk: Browser, people: None) -> None:
    desk.get("/clients/export/")
    ExportJob.objects.update(state="running", attempts=1, beat_at=timezone.now() - timedelta(minutes=3))
    asked = DBTaskResult.objects.ready().count()
    desk.get("/clients/export/")
    assert (ExportJob.objects.get().state, DBTaskResult.objects.ready().count()) == ("waiting", asked + 1)
    run_export.call(ExportJob.objects.get().pk)
    assert "interrompu" not in said(desk.get("/exports/"))
    assert ExportJob.objects.get().state == "done"


def test_it_says_that_its_folder_cannot_be_made(desk: Browser, people: None, settings: Any) -> None:
    settings.MEDIA_ROOT = "/dev/full/media"
    desk.get("/clients/export/")
    run_export.call(ExportJob.objects.get().pk)
    assert ExportJob.objects.get().state == "failed"
    assert "Le fichier n’a pas pu être écrit" in said(desk.get("/exports/"))


def test_it_lets_nobody_else_on_the_machine_read_it(desk: Browser, people: None, tmp_path: Path) -> None:
    desk.get("/clients/export/")
    run_export.call(ExportJob.objects.get().pk)
    [path] = tmp_path.glob("exports/*")
    assert (S_IMODE(path.stat().st_mode), S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)


def test_one_person_prepares_five_at_once(desk: Browser, sign_in: SignIn, people: None) -> None:
    for number in range(6):
        page = desk.get(f"/clients/export/?created_after=0{number + 1}/01/2020", follow=True)
    assert "attendez que l’un finisse" in said(page)
    assert ExportJob.objects.count() == 5
    sign_in(group="Direction").get("/clients/export/?created_after=06/01/2020")
    assert ExportJob.objects.count() == 6


def test_it_shows_nobody_the_exports_of_others(desk: Browser, sign_in: SignIn, people: None) -> None:
    desk.get("/clients/export/")
    job = ExportJob.objects.get()
    run_export.call(job.pk)
    other = sign_in(is_superuser=True)
    assert "Clients" not in said(other.get("/exports/")).split("Aucun export")[0].split("Mes exports")[1]
    assert other.get(f"/exports/{job.pk}/download/").status_code == 404
    for action in ("stop", "restart", "delete"):
        assert other.post(f"/exports/{job.pk}/{action}/").status_code == 404
    assert read(desk.get(f"/exports/{job.pk}/download/"))


def test_it_gives_nothing_to_who_may_no_longer_export(desk: Browser, people: None) -> None:
    desk.get("/clients/export/")
    job = ExportJob.objects.get()
    run_export.call(job.pk)
    job.by.groups.clear()
    assert desk.get(f"/exports/{job.pk}/download/").status_code == 403
    desk.get("/clients/export/")
    again = ExportJob.objects.create(by=job.by, title="x", path="/clients/export/", created_at=timezone.now())
    run_export.call(again.pk)
    again.refresh_from_db()
    assert (again.state, again.error) == ("failed", "Cette liste n’est plus accessible.")


def test_it_stops_on_demand_and_leaves_no_file(desk: Browser, people: None, tmp_path: Path, monkeypatch: Any) -> None:
    desk.get("/clients/export/")
    job = ExportJob.objects.get()
    tell = Beat.tell

    def stopped_meanwhile(beat: Any, done: int, total: int | None = None) -> None:
        desk.post(f"/exports/{job.pk}/stop/")
        tell(beat, done, total)

    monkeypatch.setattr(Beat, "tell", stopped_meanwhile)
    run_export.call(job.pk)
    job.refresh_from_db()
    assert (job.state, files(tmp_path)) == ("cancelled", [])
    assert "arrêté" in said(desk.get("/exports/"))
    monkeypatch.undo()
    desk.post(f"/exports/{job.pk}/restart/")
    run_export.call(job.pk)
    job.refresh_from_db()
    assert job.state == "done"
    desk.post(f"/exports/{job.pk}/delete/")
    assert (ExportJob.objects.count(), files(tmp_path)) == (0, [])


def test_it_begins_again_only_once_its_worker_is_silent(desk: Browser, people: None) -> None:
    desk.get("/clients/export/")
    job = ExportJob.objects.get()
    job.state, job.attempts, job.beat_at = "running", 1, timezone.now()
    job.save()
    waiting = DBTaskResult.objects.count()
    for minutes, state, enqueued in ((0, "running", 0), (3, "waiting", 1), (3, "waiting", 1)):
        ExportJob.objects.update(beat_at=timezone.now() - timedelta(minutes=minutes))
        desk.post(f"/exports/{job.pk}/restart/")
        assert (ExportJob.objects.get().state, DBTaskResult.objects.count() - waiting) == (state, enqueued)


def test_it_expires_after_a_day(desk: Browser, people: None, tmp_path: Path) -> None:
    desk.get("/clients/export/")
    job = ExportJob.objects.get()
    run_export.call(job.pk)
    ExportJob.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert desk.get(f"/exports/{job.pk}/download/").status_code == 404
    call_command("nightly")
    assert (ExportJob.objects.count(), files(tmp_path)) == (0, [])


def test_it_is_logged_without_what_was_searched(desk: Browser, people: None, caplog: pytest.LogCaptureFixture) -> None:
    typed = "jean.x@example.org%0a2026-11-21 10:00:00,000 INFO fixaloop: forged"
    with caplog.at_level("INFO", "fixaloop.exports"):
        read(desk.get(f"/clients/export/?city=metz&q={typed}"))
    [line] = [record.getMessage() for record in caplog.records]
    assert line.startswith("export of clients.Client by")
    assert "odile" in line
    assert "0 rows" in line
    assert line.endswith("filters: Recherche, Ville")


def test_the_log_does_not_name_the_client_whose_list_it_is(
    desk: Browser, people: None, caplog: pytest.LogCaptureFixture
) -> None:
    company = make_client(company_name="Menuiserie Roux")
    with caplog.at_level("INFO", "fixaloop.exports"):
        read(desk.get(f"/clients/{company.reference}/members/export/"))
    assert "export of clients.Client by" in caplog.text
    assert "Menuiserie" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_it_leaves_no_half_file_when_its_worker_is_killed_and_resumes(sign_in: SignIn, tmp_path: Path) -> None:
    for _number in range(4):
        make_client()
    browser = sign_in(group="Direction", username="odile")
    browser.get("/clients/export/")
    job = ExportJob.objects.get()
    program = f"""
from fixaloop.exports import jobs
jobs.Beat.tell = killed_after(2, jobs.Beat.tell)
jobs.run_export.call({job.pk})
"""
    assert run_killed(program, tmp_path) == -signal.SIGKILL
    job.refresh_from_db()
    assert (job.state, job.file.name) == ("running", "")
    assert not [name for name in files(tmp_path) if name.endswith(".xlsx")]
    later = timezone.now() + timedelta(hours=3)
    ExportJob.objects.update(beat_at=timezone.now() - timedelta(minutes=5))
    assert "interrompu" in said(browser.get("/exports/"))
    assert jobs.resume_orphans(timezone.now()) == 1
    run_export.call(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.done) == ("done", 2, Client.objects.count())
    jobs.delete_expired(later)
    assert files(tmp_path) == [Path(job.file.name).name]


@pytest.mark.django_db(transaction=True)
def test_others_write_while_it_is_written(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite lets nobody write who is in the middle of reading what has been changed since."""
    monkeypatch.setattr("fixaloop.jobs.BEAT_SECONDS", 0)
    clients = [
        Client(kind="individual", first_name="Léa", last_name=f"M{number}", number=number) for number in range(1, 700)
    ]
    Client.objects.bulk_create(clients)

    def colleague() -> None:
        Client.objects.filter(number=1).update(description="changé")
        connection.close()

    def keep(beat: Any, **values: Any) -> None:
        if values.get("done") == 2:
            thread = Thread(target=colleague)
            thread.start()
            thread.join()
        kept(beat, **values)

    kept = Beat.keep
    sign_in(group="Direction", username="odile").get("/clients/export/")
    monkeypatch.setattr(Beat, "keep", keep)
    job = ExportJob.objects.get()
    run_export.call(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 699)


def test_it_gives_up_after_three_attempts(desk: Browser, people: None) -> None:
    desk.get("/clients/export/")
    ExportJob.objects.update(state="running", attempts=3, beat_at=timezone.now() - timedelta(hours=1))
    assert jobs.resume_orphans(timezone.now()) == 0
    assert "Interrompu trois fois" in said(desk.get("/exports/"))
