"""What a monitor asks every minute."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client as Browser
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from fixaloop.declared import periodic
from fixaloop.web import health
from fixaloop.worker import life

ROOT = Path(__file__).parents[2]
ASK_THE_SERVED = """
from wsgiref.util import setup_testing_defaults
from django.db import connection
from fixaloop.wsgi import application
def started(status, headers):
    print(method, status, dict(headers)["Content-Length"], end=" ")
for method in ("GET", "HEAD", "GET"):
    environ = {"REQUEST_METHOD": method, "PATH_INFO": "/healthz", "HTTP_HOST": "localhost"}
    setup_testing_defaults(environ)
    print(b"".join(application(environ, started)))
    if method == "HEAD":
        connection.close()
        connection.settings_dict["NAME"] = "/no/such/folder/db.sqlite3"
"""


@pytest.mark.django_db
def test_it_says_that_all_is_well_without_signing_in() -> None:
    response = Browser().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert not response.cookies


def test_it_answers_without_a_body_who_asks_for_the_headers_and_says_when_the_database_does_not(tmp_path: Path) -> None:
    """The web server writes a warning into the log for each body that it must not send."""
    environment = {"DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", "VAR_DIR": str(tmp_path)}
    command = [sys.executable, "-c", ASK_THE_SERVED]
    answer = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [
        'GET 200 OK 16 b\'{"status": "ok"}\'',
        "HEAD 200 OK 16 b''",
        'GET 503 Service Unavailable 46 b\'{"status": "error", "database": "unreachable"}\'',
    ]


@pytest.mark.django_db
def test_it_names_what_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> tuple[int, dict[str, str]]:
        cache.delete("readyz")
        answer = Browser().get("/readyz")
        return answer.status_code, {name: state for name, state in answer.json().items() if state != "ok"}

    now = timezone.now()
    assert asked() == (503, {"worker": "silent"})
    life.beat("worker of a test", now)
    assert asked() == (200, {})
    task = DBTaskResult.objects.create(task_path="x", args_kwargs={}, status="READY", run_after=now)
    DBTaskResult.objects.filter(pk=task.pk).update(enqueued_at=now - timedelta(minutes=11))
    monkeypatch.setattr(health, "LEAST_SPACE", 1 << 60)
    assert asked() == (503, {"queue": "late", "disk": "nearly full"})
    with time_machine.travel(now + timedelta(minutes=11)):
        assert asked()[1]["worker"] == "silent"


@pytest.mark.django_db
def test_the_worker_does_the_work_of_the_night_once_a_day() -> None:
    def nights() -> int:
        return DBTaskResult.objects.filter(task_path__contains="nightly").count()

    evening = datetime(2026, 11, 28, 19, tzinfo=UTC)
    for hours, done in ((0, 0), (6, 0), (8, 1), (9, 1), (20, 1), (33, 2)):
        periodic.run(evening + timedelta(hours=hours))
        assert nights() == done, hours
