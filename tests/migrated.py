"""Databases of tests as migrations made them, to start from in seconds: SQLite's is kept from run to run.

python -m tests.migrated

makes the one of SQLite where it is missing.
"""

import contextlib
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created

ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".pytest_cache" / "migrated"
# What an empty database is made by: migrations, what they call, and the packages that have some.
MADE_BY = ("*/migrations/*.py", "fixaloop/groups.py", "fixaloop/operations.py", "fixaloop/records/frozen.py")
PACKAGES = ("requirements/dev.txt",)


def kept_file() -> Path:
    """Where the database is kept that today's migrations make."""
    made_by = hashlib.sha256()
    for pattern in (*MADE_BY, *PACKAGES):
        for path in sorted(ROOT.glob(pattern)):
            made_by.update(path.read_bytes())
    return KEPT / f"{made_by.hexdigest()[:16]}.sqlite3"


@contextlib.contextmanager
def filled() -> Iterator[None]:
    """Fill the test database from the kept one once it is connected, or keep what migrations make of it.

    PostgreSQL copies the database that `TEST_TEMPLATE` names.
    """
    file, full = kept_file(), False
    connection.settings_dict["TEST"]["TEMPLATE"] = os.environ.get("TEST_TEMPLATE")

    def fill(connection: Any, **_kwargs: Any) -> None:
        nonlocal full
        if full or not _is_for_tests(connection):
            return
        with contextlib.closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as source:
            source.backup(connection.connection)
        full = True

    if file.exists():
        connection_created.connect(fill)
    try:
        yield
        if not full and _is_for_tests(connection):
            _keep(str(connection.settings_dict["NAME"]), file)
    finally:
        connection_created.disconnect(fill)


def _is_for_tests(connection: Any) -> bool:
    settings = connection.settings_dict
    return bool(connection.vendor == "sqlite" and settings["NAME"] == settings["TEST"]["NAME"])


def _keep(made: str, file: Path) -> None:
    """Write the database beside its name, then under it: another process never reads half of one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in file.parent.glob("*.sqlite3"):
        old.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=".new")
    os.close(handle)
    with contextlib.closing(sqlite3.connect(made)) as source, contextlib.closing(sqlite3.connect(name)) as target:
        source.backup(target)
    Path(name).replace(file)


def main() -> int:
    """The command line."""
    if kept_file().exists():
        return 0
    with tempfile.TemporaryDirectory() as folder:
        environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"VAR_DIR": folder}
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        if status := subprocess.run(command, env=environ, check=False).returncode:
            return status
        _keep(f"{folder}/fixaloop.sqlite3", kept_file())
    return 0


if __name__ == "__main__":
    sys.exit(main())
