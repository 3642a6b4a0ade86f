"""The whole database as one file, and back: SQLite by its online copy, PostgreSQL by its own programs."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from fixaloop.databases.planner import is_pooled
from fixaloop.environment import POSTGRESQL_URL
from fixaloop.records.refusal import Refused

SQLITE, POSTGRESQL = "sqlite", "postgresql"
# Where Debian puts the programs of PostgreSQL.
FOLDERS = Path("/usr/lib/postgresql")
NAMES = {"NAME": "DATABASE", "USER": "USER", "PASSWORD": "PASSWORD", "HOST": "HOST", "PORT": "PORT"}
OPTIONS = ("sslmode", "sslrootcert", "service")
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
EXTENSION = re.compile(r"^\d+; \d+ \d+ EXTENSION - (\w+)")
ASIDE = re.compile(r" (?:EXTENSION|SCHEMA) ")
Counts = dict[str, int]


def dump(target: Path) -> Counts:
    """Write the database into a new file, readable by its owner alone; return how many rows each table has there."""
    target.touch(mode=0o600, exist_ok=False)
    return _copy_sqlite(target) if connection.vendor == SQLITE else _dump_postgresql(target)


def check(path: Path) -> None:
    """Read a dump from its first byte to its last. Raises `Refused`."""
    if connection.vendor == SQLITE:
        with _opened(path) as copy:
            [answer] = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if answer != "ok":
            raise Refused([_("La copie ne se relit pas : %(reason)s") % {"reason": answer}])
    else:
        _run("pg_restore", "--file=/dev/null", str(path))


def load(path: Path) -> None:
    """Put a dump in the place of the database; a failure of PostgreSQL’s leaves that as it was."""
    if connection.vendor == POSTGRESQL:
        _load_postgresql(path)
        return
    name = str(connection.settings_dict["NAME"])
    connection.close()
    for beside in ("-wal", "-shm"):
        Path(name + beside).unlink(missing_ok=True)
    shutil.move(path, name)


def counts() -> Counts:
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our tables
            found[table] = int(cursor.fetchone()[0])
    return found


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            yield copy
    except sqlite3.DatabaseError as error:
        raise Refused([_("La copie ne se relit pas : %(reason)s") % {"reason": error}]) from error


def _copy_sqlite(target: Path) -> Counts:
    """Copy while others read and write: the copy is the database of one instant."""
    connection.ensure_connection()
    with closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy)
        # Alone in its file, without a journal beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        names = [name for (name,) in copy.execute(TABLES)]
        return {name: copy.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


def _dump_postgresql(target: Path) -> Counts:
    """Dump and count in one snapshot, so that they agree whatever is written meanwhile."""
    _refuse_pooler()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        [snapshot] = cursor.fetchone()
        found = counts()
        _run("pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={target}")
    return found


def _load_postgresql(path: Path) -> None:
    """Leave the schema and extensions alone, which may be somebody else’s; make those that lack."""
    _refuse_pooler()
    listed = _run("pg_restore", "--list", str(path)).splitlines()
    wanted = [line for line in listed if not ASIDE.search(line)]
    with connection.cursor() as cursor:
        for extension in filter(None, map(EXTENSION.search, listed)):
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {connection.ops.quote_name(extension[1])}")
    connection.close()
    chosen = path.with_suffix(".list")
    chosen.write_text("\n".join(wanted), encoding="utf-8")
    options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction")
    _run("pg_restore", *options, f"--use-list={chosen}", f"--dbname={_server()['NAME']}", str(path))


def _server() -> Mapping[str, Any]:
    return settings.DATABASE_DIRECT or connection.settings_dict


def _refuse_pooler() -> None:
    """What pg_dump and pg_restore set on their connection, PgBouncer would hand to whoever comes next."""
    if not settings.DATABASE_DIRECT and is_pooled():
        message = _("DATABASE_URL mène à PgBouncer : donnez celle du serveur, DATABASE_DIRECT_URL=%(address)s")
        raise Refused([message % {"address": POSTGRESQL_URL}])


def _run(program: str, *arguments: str) -> str:
    command = [_found(program), *arguments]
    result = subprocess.run(command, env=os.environ | _address(), capture_output=True, text=True, check=False)
    if result.returncode:
        said = result.stderr.strip().splitlines()[:1]
        raise Refused([_("%(program)s a échoué : %(reason)s") % {"program": program, "reason": " ".join(said)}])
    return result.stdout


def _found(program: str) -> str:
    """The newest of its kind: an older one refuses a newer server."""
    versions = sorted(FOLDERS.glob(f"[0-9]*/bin/{program}"), key=lambda path: float(path.parts[-3]))
    path = str(versions[-1]) if versions else shutil.which(program)
    if not path:
        message = _("Il manque le programme %(program)s. Sous Debian et Ubuntu : apt install postgresql-client")
        raise Refused([message % {"program": program}])
    return path


def _address() -> Mapping[str, str]:
    """Where the database is, for PostgreSQL’s programs: in the environment, where others do not see the password."""
    config = _server()
    given = {f"PG{variable}": config.get(name) for name, variable in NAMES.items()}
    given |= {f"PG{name.upper()}": config.get("OPTIONS", {}).get(name) for name in OPTIONS}
    return {variable: str(value) for variable, value in given.items() if value}
