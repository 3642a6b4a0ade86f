"""What a monitor asks every minute."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client as Browser

ROOT = Path(__file__).parents[2]
ASK = """
import django
django.setup()
from django.test import Client
response = Client().get("/healthz", headers={"host": "localhost"})
print(response.status_code, response.json())
"""
ASK_THE_SERVED = """
from wsgiref.util import setup_testing_defaults
from fixaloop.wsgi import application
def started(status, headers):
    print(method, status, dict(headers)["Content-Length"], end=" ")
for method in ("GET", "HEAD"):
    environ = {"REQUEST_METHOD": method, "PATH_INFO": "/healthz", "HTTP_HOST": "localhost"}
    setup_testing_defaults(environ)
    print(b"".join(application(environ, started)))
"""


@pytest.mark.django_db
def test_it_says_that_all_is_well_without_signing_in() -> None:
    response = Browser().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert not response.cookies


def test_it_answers_who_asks_for_the_headers_without_a_body(tmp_path: Path) -> None:
    """The web server writes a warning into the log for each body that it must not send."""
    environment = {"DATABASE_URL": "sqlite://:memory:", "VAR_DIR": str(tmp_path)}
    command = [sys.executable, "-c", ASK_THE_SERVED]
    answer = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [
        'GET 200 OK 16 b\'{"status": "ok"}\'',
        "HEAD 200 OK 16 b''",
    ]


def test_it_says_when_the_database_does_not_answer(tmp_path: Path) -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "fixaloop.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/no/such/folder/db.sqlite3",
        "SECRET_KEY": "x" * 50,
    }
    command = [sys.executable, "-c", ASK]
    answer = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "503 {'status': 'error', 'database': 'unreachable'}"
    assert "no/such/folder" not in answer.stdout
