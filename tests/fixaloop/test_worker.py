"""`manage.py db_worker`: it goes on, whatever happens to its database, until it is told to stop."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from access.models import Device
from clients.models import Client
from clients.status import active
from fixaloop.accounts.telling import CHANGED
from fixaloop.declared.periodic import begin_night
from fixaloop.exports.jobs import run_export
from fixaloop.installation.firm import know
from fixaloop.installation.models import Firm
from fixaloop.management.commands.db_worker import PatientWorker
from fixaloop.models import Counter, ExportJob, ImportJob
from fixaloop.notices.letters import new_letter
from fixaloop.notices.models import Letter, Notice
from fixaloop.worker.life import WORKER, alone, beat
from fixaloop.worker.orphans import take_up
from tests.access.factories import make_device
from tests.conftest import SignIn
from tests.factories import make_client, make_user
from tests.interventions.factories import in_state
from tests.killed import ROOT, environment
from tests.pages import said

WAITS = "the worker waits for it"


class Worker:
    """The program, and what it has said."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "manage.py", "db_worker"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment(folder), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self.said = ""

    def says(self, text: str) -> bool:
        """Read what it says until it says this; False where it ends before."""
        while text not in (line := self.process.stderr.readline()):
            self.said += line
            if not line:
                return False
        self.said += line
        return True

    def pause(self) -> None:
        """Hold it where it is."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)

    def end(self) -> int:
        """Tell it to end; how it did."""
        self.process.send_signal(signal.SIGTERM)
        self.said += self.process.stderr.read()
        return self.process.wait()


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[Worker]:
    """The program on the test's database; one that hangs is killed."""
    program = Worker(tmp_path)
    watchdog = threading.Timer(120, program.process.kill)
    watchdog.start()
    with program.process:
        yield program
        watchdog.cancel()
        program.process.kill()


@contextmanager
def out_of_reach() -> Iterator[None]:
    """A database where nobody can write (SQLite), or that cuts everybody else off and lets nobody in (PostgreSQL)."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(name, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    ours = connection.connection.info.backend_pid
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            others = "FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
            cursor.execute(f"SELECT pg_terminate_backend(pid, 10000) {others}", [name, ours])
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def night_due(at: datetime) -> None:
    yesterday = timezone.localdate(at).toordinal() - 1
    Counter.objects.update_or_create(name="night", defaults={"value": yesterday})


def nights() -> list[DBTaskResult]:
    return list(DBTaskResult.objects.filter(task_path__endswith="nightly"))


def ask_export() -> ExportJob:
    who = make_user(group="Direction")
    job = ExportJob.objects.create(by=who, title="Clients", path="/clients/export/", created_at=timezone.now())
    run_export.enqueue(job.pk)
    return job


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_a_database_that_is_busy_or_away_and_goes_on_or_ends_when_told(worker: Worker) -> None:
    make_client()
    before = ask_export()
    assert worker.says("SUCCESSFUL"), worker.said
    worker.pause()
    meanwhile = ask_export()
    with out_of_reach():
        worker.process.send_signal(signal.SIGCONT)
        assert worker.says(WAITS), worker.said
    assert worker.says("SUCCESSFUL"), worker.said
    assert worker.said.count(WAITS) == 1
    worker.pause()
    waiting = ask_export()
    with out_of_reach():
        worker.process.send_signal(signal.SIGCONT)
        assert worker.says(WAITS), worker.said
        assert worker.end() == 0
    assert worker.said.count(WAITS) == 2
    assert "Traceback" not in worker.said
    for job, ended in ((before, ("done", 1)), (meanwhile, ("done", 1)), (waiting, ("waiting", 0))):
        job.refresh_from_db()
        assert (job.state, job.attempts) == ended


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_of_them_do_everything_once(tmp_path: Path) -> None:
    """The work of a night, letters, what is told of a silent reader: two begin at the same time."""
    at = timezone.now()
    night_due(at)
    reader, _token = make_device()
    Device.objects.update(last_seen_at=at - timedelta(hours=2))
    about, user = {"what": "password"}, make_user(email="odile@example.org")
    Letter.objects.bulk_create(new_letter(CHANGED, f"{key}", f"user-{user.pk}", about, at) for key in range(12))
    environ = environment(tmp_path) | {"EMAIL_URL": f"filemail:///{tmp_path}/sent", "NIGHTLY_HOUR": "0"}
    hear, say = os.pipe()
    command = [sys.executable, "manage.py", "db_worker"]
    with open(hear, encoding="utf-8") as both_say:
        both = [subprocess.Popen(command, cwd=ROOT, env=environ, stderr=say, stdout=subprocess.DEVNULL) for _ in "12"]
        os.close(say)
        watchdogs = [threading.Timer(120, program.kill) for program in both]
        for watchdog in watchdogs:
            watchdog.start()
        heard = ""
        for line in both_say:
            heard += line
            # Told before it is ready, one would just be killed.
            if heard.count("the worker is ready") == 2 and "SUCCESSFUL" in heard:
                break
        for program in both:
            program.send_signal(signal.SIGTERM)
        heard += both_say.read()
        assert [program.wait() for program in both] == [0, 0], heard
        for watchdog in watchdogs:
            watchdog.cancel()
    assert [len(night.worker_ids) for night in nights()] == [1]
    assert list(Notice.objects.values_list("kind", "subject")) == [("reader_silent", reader.pk)]
    assert set(Letter.objects.values_list("state", flat=True)) == {"sent"}
    sent = [line for file in (tmp_path / "sent").iterdir() for line in file.read_text().splitlines()]
    assert len({line for line in sent if line.startswith("Message-ID")}) == sent.count("To: odile@example.org") == 12


@pytest.mark.django_db
def test_the_night_of_a_worker_that_died_is_taken_up_and_begun_beside_no_other() -> None:
    # Between midnight and the hour of the night, none is due.
    at = timezone.localtime().replace(hour=12)
    night_due(at)
    begin_night(at)
    ready = DBTaskResult.objects.get()
    # Somebody has begun it, and was killed; a second night is not begun, and a third attempt not after the third.
    for attempt in (1, 2, 3):
        ready.refresh_from_db()
        ready.claim(f"dead {attempt}")
        beat(f"{WORKER}dead {attempt}", at)
        DBTaskResult.objects.update(started_at=at)
        assert (take_up(at + timedelta(seconds=90)), take_up(at + timedelta(minutes=3))) == (0, attempt < 3)
    begin_night(at)
    assert [night.status for night in nights()] == ["FAILED"]


@pytest.mark.django_db
def test_it_takes_up_what_its_predecessor_had_begun_a_moment_before() -> None:
    make_client()
    began = timezone.now()
    values = {"state": "running", "attempts": 1, "beat_at": began - timedelta(seconds=3), "created_at": began}
    export = ExportJob.objects.create(by=make_user(group="Direction"), path="/clients/export/", **values)
    sent = ImportJob.objects.create(by=export.by, kind="client", **values)
    worker = PatientWorker(began)
    assert not worker.turn(began)
    assert worker.turn(began + timedelta(seconds=16))
    export.refresh_from_db()
    sent.refresh_from_db()
    assert (export.state, export.attempts, sent.state) == ("done", 2, "failed")


@pytest.mark.django_db
def test_it_begins_by_following_a_setting_that_was_changed(settings: Any) -> None:
    began = timezone.now()
    client = in_state("done", started_at=began - timedelta(days=21), finished_at=began - timedelta(days=20)).client

    def is_active(days: int) -> bool:
        settings.RECENT_DAYS = days
        PatientWorker(began).turn(began)
        return Client.objects.filter(active(began), pk=client.pk).exists()

    assert [is_active(days) for days in (90, 10, 10, 30)] == [True, False, False, True]


@pytest.mark.django_db
def test_what_another_machine_has_followed_is_not_undone() -> None:
    began = timezone.now()
    client = in_state("done", started_at=began - timedelta(days=21), finished_at=began - timedelta(days=20)).client
    PatientWorker(began).turn(began)
    Firm.objects.create(pk=1, recent_days=10)
    know({"recent_days": 10})
    PatientWorker(began).turn(began)
    know({})
    PatientWorker(began).turn(began)
    assert not Client.objects.filter(active(began), pk=client.pk).exists()


@pytest.mark.django_db
def test_it_leaves_alone_what_another_worker_does() -> None:
    began = timezone.now()
    ExportJob.objects.create(
        by=make_user(), state="running", attempts=1, beat_at=began + timedelta(seconds=20), created_at=began
    )
    worker = PatientWorker(began)
    assert not any(worker.turn(began + timedelta(seconds=seconds)) for seconds in (0, 30, 60, 120, 139))
    worker.turn(began + timedelta(seconds=156))
    assert ExportJob.objects.get().state != "running"


@pytest.mark.django_db
def test_work_of_the_night_that_is_under_way_is_not_begun_again() -> None:
    at = timezone.now()

    def does_it(at: datetime) -> bool:
        out = StringIO()
        with time_machine.travel(at):
            call_command("nightly", stdout=out)
        return "déjà en cours" not in out.getvalue()

    with alone("nightly runs", at) as mine:
        assert mine
        assert (does_it(at), does_it(at + timedelta(minutes=2))) == (False, True)
    assert does_it(at)


@pytest.mark.django_db
def test_who_waits_while_no_worker_lives_is_told(desk: Browser, sign_in: SignIn, settings: Any) -> None:
    settings.EXPORT_BACKGROUND_ROWS = 0
    colleague = sign_in("clients.export_client", username="jean")
    at = timezone.now()
    make_client()
    desk.get("/clients/export/")
    odile, jean = (User.objects.get(username=name) for name in ("odile", "jean"))
    ExportJob.objects.create(by=jean, path="/clients/export/", created_at=at)
    waiting = ImportJob.objects.create(by=odile, kind="client", state="waiting", created_at=at)
    pages = ("/exports/", f"/imports/jobs/{waiting.pk}/", "/")
    beat(f"{WORKER}1", at - timedelta(minutes=1))
    assert not any("ne répond pas" in said(desk.get(page)) for page in pages)
    with time_machine.travel(at + timedelta(minutes=11)):
        cache.clear()
        told = [said(desk.get(page)) for page in pages]
        others = said(colleague.get(pages[0]))
    assert all("Le service qui prépare les fichiers ne répond pas depuis 12 min." in page for page in told)
    assert all("Relancez db_worker" in page for page in told)
    assert "Votre demande est gardée et sera faite dès qu’il reprendra. Prévenez Odile Durand." in others


def test_it_is_started_again_whenever_it_ends_until_that_is_told_to_end(tmp_path: Path) -> None:
    """Under `make run`: a worker that dies does not end the site."""
    dies = "import os, signal; print('began', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    command = [sys.executable, "-m", "fixaloop.worker.keeping", "-c", dies]
    piped: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"VAR_DIR": str(tmp_path)}, **piped) as keeper:
        assert [keeper.stdout.readline() for _ in range(2)] == ["began\n"] * 2
        keeper.send_signal(signal.SIGTERM)
        _out, told = keeper.communicate(timeout=30)
    assert keeper.returncode == 0
    assert "the worker ended (-9); it is started again in 1 s" in told


def test_nobody_else_on_the_machine_reads_its_database(tmp_path: Path) -> None:
    """The file of SQLite that is used where no other database is named."""
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"VAR_DIR": str(tmp_path)}
    program = "from django.db import connection; connection.cursor().execute('CREATE TABLE kept (name)')"
    command = [sys.executable, "manage.py", "shell", "--command", program]
    subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True)
    assert S_IMODE((tmp_path / "fixaloop.sqlite3").stat().st_mode) == 0o600
