"""`manage.py backup` and `restore`: everything, read back and compared row by row, on both databases."""

import io
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.db.migrations import operations

from fixaloop.installation.upgrading import alone, is_unnoticed
from fixaloop.preflight import take_folder
from tests.access.factories import make_card
from tests.factories import make_client
from tests.killed import PREAMBLE, environment
from tests.programs import ROOT, manage, migrated

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "fixaloop_restored"
Rows = dict[str, list[Any]]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of another installation: on PostgreSQL with an empty database, on SQLite without a file."""
    where = {"VAR_DIR": str(tmp_path / "other"), "MEDIA_ROOT": str(tmp_path / "other" / "media")}
    if connection.vendor == "sqlite":
        yield where
        return
    with psycopg.connect(_known("postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {NAME}")
        yield where | {"DATABASE_URL": f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{NAME}"}
        server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def _known(name: str) -> str:
    config = connection.settings_dict
    named = {"host": config["HOST"], "port": config["PORT"], "user": config["USER"], "password": config["PASSWORD"]}
    return psycopg.conninfo.make_conninfo(dbname=name, **named)


def rows_of(name: str) -> Rows:
    """Every row of every table, sorted."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(name)) as base:
            names = [table for (table,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {table: sorted(map(repr, base.execute(f'SELECT * FROM "{table}"'))) for table in names}
    with psycopg.connect(_known(name)) as base:
        names = [row[0] for row in base.execute("SELECT relname FROM pg_stat_user_tables")]
        return {table: sorted(map(repr, base.execute(f'SELECT * FROM "{table}"'))) for table in names}


def test_everything_comes_back_and_nothing_is_overwritten(
    elsewhere: dict[str, str], tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    (settings.MEDIA_ROOT / "imports").mkdir(parents=True)
    (settings.MEDIA_ROOT / "imports" / "été.csv").write_text("Nom\n")
    make_card(make_client(company_name="Garage d’Été"))
    path = tmp_path / "saved.tar"
    before = rows_of(str(connection.settings_dict["NAME"]))
    call_command("backup", str(path), stdout=(told := io.StringIO()))
    assert "relu" in told.getvalue()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(CommandError, match="existe déjà"):
        call_command("backup", str(path))

    with manage(**elsewhere) as run:
        restored = run("restore", str(path))
        assert restored.returncode == 0, restored.stderr
        name = NAME if "DATABASE_URL" in elsewhere else f"{elsewhere['VAR_DIR']}/fixaloop.sqlite3"
        after = rows_of(name)
        assert {table: rows for table, rows in after.items() if rows != before[table]} == {}
        assert after.keys() == before.keys()
        assert Path(elsewhere["MEDIA_ROOT"], "imports", "été.csv").read_text() == "Nom\n"

        again = run("restore", str(path))
        assert (again.returncode, "Il y a déjà des données ici" in again.stderr) == (1, True)
        held = take_folder(Path(elsewhere["VAR_DIR"]))
        assert held is not None
        assert "Un autre Fixaloop" in run("restore", str(path), "--replace").stderr
        held.close()
        assert run("restore", str(path), "--replace").returncode == 0
    assert rows_of(name) == after


@pytest.mark.any_database
def test_a_damaged_backup_changes_nothing(elsewhere: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "saved.tar"
    call_command("backup", str(path), stdout=io.StringIO())
    whole = path.read_bytes()
    with manage(**elsewhere) as run:
        for broken in (whole[: len(whole) // 2], whole[:3000] + b"?" + whole[3001:], b""):
            path.write_bytes(broken)
            told = run("restore", str(path))
            assert (told.returncode, "sauvegarde" in told.stderr) == (1, True), told.stderr


@pytest.mark.any_database
def test_an_upgrade_backs_up_what_is_there_first(tmp_path: Path) -> None:
    behind = (
        "from django.contrib.auth.models import User; User.objects.create(username='camille');"
        "from django.core.management import call_command; call_command('migrate', 'admin', 'zero', verbosity=0)"
    )
    with manage(**migrated(tmp_path)) as run:
        assert run("shell", "--verbosity=0", "--command", behind).returncode == 0
        refused = run("upgrade", "--rolling")
        assert (refused.returncode, "admin.0002" in refused.stderr) == (2, True), refused.stderr
        assert "before-upgrade-" in run("upgrade").stdout
        assert run("upgrade").stdout == ""
    [backup] = (tmp_path / "backups").iterdir()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_the_program_of_before_goes_on_after_what_only_adds() -> None:
    text = models.CharField
    added = {
        text(max_length=5, null=True): True,
        text(max_length=5, db_default=""): True,
        text(max_length=5, default=""): False,
        models.ManyToManyField("clients.Client"): True,
    }
    for field, goes_on in added.items():
        assert is_unnoticed(operations.AddField("card", "added", field)) is goes_on
    assert is_unnoticed(operations.CreateModel("Fresh", []))
    assert not is_unnoticed(operations.RemoveField("card", "hours"))
    assert not is_unnoticed(operations.RunSQL("DROP TABLE access_read"))


@pytest.mark.postgres
def test_two_machines_upgrade_one_after_the_other(tmp_path: Path) -> None:
    turn = "with alone(lambda: print('waits', flush=True)): print('goes on')"
    program = f"{PREAMBLE}from fixaloop.installation.upgrading import alone\n{turn}"
    with alone(lambda: pytest.fail("nobody else upgrades")):
        other = subprocess.Popen(
            [sys.executable, "-c", program], env=environment(tmp_path), stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert other.stdout.readline() == "waits\n"
    assert other.communicate(timeout=60)[0] == "goes on\n"
