"""Where seeded data is kept, for as long as what decides it stays the same, and the server that keeps it."""

import hashlib
import json
import os
import shutil
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from tests.postgres import DURABLE, NAME, find_binaries, running_server

ROOT = Path(__file__).parents[2]
VAR = Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve() / "bench"
SETTINGS = DURABLE | {"shared_preload_libraries": "pg_stat_statements", "track_io_timing": "on"}
# What draws the rows: data seeded under another state of these files is thrown away, unless only their imports differ.
# What the application makes of the rows is checked (`seeds/check.py`) whenever they are used again.
SOURCES = ("tests/bench/seeds/*", "tests/bench/keys.py")
CHECK = "check.py"
IMPORTS = (b"import ", b"from ")
MIGRATIONS = "*/migrations/*.py"
STAMP = "seeded"


def kept_server(folder: Path) -> AbstractContextManager[str]:
    """Runs the server whose data is in `folder`, an empty one where there is none; gives its `DATABASE_URL`."""
    binaries = find_binaries()
    if binaries is None:
        raise SystemExit("The benchmarks need PostgreSQL's server (initdb, pg_ctl).")
    folder.mkdir(parents=True, exist_ok=True)
    return running_server(binaries, folder, SETTINGS)


def connect(url: str) -> psycopg.Connection[Any]:
    """A connection of our own to that server."""
    socket = url.removeprefix(f"postgres://{NAME}@/").removesuffix(f"/{NAME}")
    return psycopg.connect(host=socket, user=NAME, dbname=NAME, autocommit=True)


def fingerprint() -> str:
    """What the seeded rows depend on, in a few letters."""
    digest = hashlib.sha256(f"{datetime.now(UTC):%Y-%m}".encode())  # they lie around the day of seeding
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and path.name != CHECK:
                digest.update(b"".join(line for line in path.open("rb") if not line.startswith(IMPORTS)))
    return digest.hexdigest()[:12]


def folder_of(size: str) -> Path:
    """Where the data of this size is kept; what can no longer be used there is removed."""
    folder = VAR / f"{size}-{fingerprint()}"
    for other in VAR.glob(f"{size}-*"):
        if other.is_dir() and not _runs(other) and (other != folder or not _usable(other)):
            shutil.rmtree(other)
    return folder


def _runs(folder: Path) -> bool:
    """Whether somebody else's server is at work in there."""
    try:
        process = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(process, 0)
    except (OSError, ValueError, IndexError):
        return False
    return True


def is_seeded(folder: Path) -> bool:
    return (folder / STAMP).exists()


def is_behind(folder: Path) -> bool:
    """Whether there are migrations that its data has not gone through."""
    return _migrations() != json.loads((folder / STAMP).read_text())


def keep(folder: Path) -> None:
    """Write that the data is complete, and by which migrations."""
    (folder / STAMP).write_text(json.dumps(_migrations(), indent=1))


def _usable(folder: Path) -> bool:
    """Whether the data is complete, and no migration it went through has changed since: new ones are added to it."""
    if not is_seeded(folder):
        return False
    return _migrations().items() >= json.loads((folder / STAMP).read_text()).items()


def _migrations() -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in sorted(ROOT.glob(MIGRATIONS))
    }
