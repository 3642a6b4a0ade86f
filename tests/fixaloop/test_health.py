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


@pytest.mark.django_db
def test_it_says_that_all_is_well_without_signing_in() -> None:
    response = Browser().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert not response.cookies


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
