"""`manage.py db_worker`: it goes on, whatever happens to its database, until it is told to stop."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from clients.models import Client
from clients.status import active
from fixaloop.exports.jobs import run_export
from fixaloop.management.commands.db_worker import PatientWorker
from fixaloop.models import ExportJob, ImportJob
from tests.factories import make_client, make_user
from tests.interventions.factories import in_state
from tests.killed import ROOT, environment

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


def ask_export() -> ExportJob:
    who = make_user(group="Direction")
    job = ExportJob.objects.create(by=who, title="Clients", path="/clients/export/", created_at=timezone.now())
    run_export.enqueue(job.pk)
    return job


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_a_database_that_is_busy_or_away_and_goes_on(worker: Worker) -> None:
    make_client()
    before = ask_export()
    assert worker.says("SUCCESSFUL"), worker.said
    worker.pause()
    meanwhile = ask_export()
    with out_of_reach():
        worker.process.send_signal(signal.SIGCONT)
        assert worker.says(WAITS), worker.said
    assert worker.says("SUCCESSFUL"), worker.said
    assert worker.end() == 0
    assert worker.said.count(WAITS) == 1
    assert "Traceback" not in worker.said
    for job in (before, meanwhile):
        job.refresh_from_db()
        assert (job.state, job.attempts) == ("done", 1)


@pytest.mark.django_db(transaction=True)
def test_it_ends_when_told_while_it_waits(worker: Worker) -> None:
    assert worker.says("the worker is ready"), worker.said
    worker.pause()
    job = ask_export()
    with out_of_reach():
        worker.process.send_signal(signal.SIGCONT)
        assert worker.says(WAITS), worker.said
        assert worker.end() == 0
    job.refresh_from_db()
    assert job.state == "waiting"


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
def test_it_leaves_alone_what_another_worker_does() -> None:
    began = timezone.now()
    ExportJob.objects.create(
        by=make_user(), state="running", attempts=1, beat_at=began + timedelta(seconds=20), created_at=began
    )
    worker = PatientWorker(began)
    assert not any(worker.turn(began + timedelta(seconds=seconds)) for seconds in (0, 30, 60, 120, 139))
    worker.turn(began + timedelta(seconds=156))
    assert ExportJob.objects.get().state != "running"


def test_nobody_else_on_the_machine_reads_its_database(tmp_path: Path) -> None:
    """The file of SQLite that is used where no other database is named."""
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"VAR_DIR": str(tmp_path)}
    program = "from django.db import connection; connection.cursor().execute('CREATE TABLE kept (name)')"
    command = [sys.executable, "manage.py", "shell", "--command", program]
    subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True)
    assert S_IMODE((tmp_path / "fixaloop.sqlite3").stat().st_mode) == 0o600
