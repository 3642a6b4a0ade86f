"""`manage.py move_to`: a firm that grew takes everything along from SQLite to PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from fixaloop.preflight import take_folder
from tests.programs import manage, migrated

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
COUNT = (
    "from clients.models import Client; from access.models import Event; from django.contrib.auth.models import User;"
    "print(*(m.objects.count() for m in (Client, Event, User)), Client.objects.order_by('number').last())"
)
ADD = (
    "from clients.models import Client; from clients.services import create_clients;"
    "from access.models import Tag; print(Tag.objects.create(name='Nouveau').pk > 4)"
)


@contextmanager
def database(template: str) -> Iterator[str]:
    """The address of a database of its own beside the one of the tests."""
    config = connection.settings_dict
    name = f"{config['NAME']}_moved"
    known = {"host": config["HOST"], "port": config["PORT"], "user": config["USER"], "password": config["PASSWORD"]}
    with psycopg.connect(dbname="postgres", **known, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def target() -> Iterator[str]:
    with database("template1") as address:
        yield address


@pytest.fixture
def migrated_target() -> Iterator[str]:
    """One that was migrated before, where there is one to copy: that takes as long as all the rest."""
    with database(os.environ.get("TEST_TEMPLATE") or "template1") as address:
        yield address


@pytest.mark.long
def test_everything_moves_and_is_compared(target: str, tmp_path: Path) -> None:
    own = migrated(tmp_path)
    with manage(**own) as here, manage(**own, DATABASE_URL=target) as there:
        assert here("demo").returncode == 0
        server = take_folder(tmp_path)
        assert server is not None
        assert "Un autre Fixaloop" in here("move_to", target).stderr
        server.close()
        moved = here("move_to", target)
        assert moved.returncode == 0, moved.stderr
        assert "Tout est copié" in moved.stdout
        before, after = (run("shell", "--verbosity=0", "--command", COUNT).stdout for run in (here, there))
        assert before == after
        assert before.startswith("400 ")
        assert there("verify_payments").returncode == 0
        assert there("shell", "--verbosity=0", "--command", ADD).stdout == "True\n"
        again = here("move_to", target)
        assert (again.returncode, "n’est pas vide" in again.stderr) == (1, True)


def test_a_failure_leaves_an_empty_database_to_try_again(migrated_target: str, tmp_path: Path) -> None:
    # PostgreSQL takes no text with a zero byte, SQLite does.
    tag = "from access.models import Tag; Tag.objects.create(name='a' + chr(0))"
    mend = "from access.models import Tag; Tag.objects.update(name='a')"
    with manage(**migrated(tmp_path)) as run:
        assert run("shell", "--verbosity=0", "--command", tag).returncode == 0
        failed = run("move_to", migrated_target)
        assert (failed.returncode, "rien n’est gardé" in failed.stderr) == (1, True)
        run("shell", "--verbosity=0", "--command", mend)
        assert run("move_to", migrated_target).returncode == 0
