"""A PostgreSQL server of our own, on a socket that nobody else can open.

python -m tests.postgres [--durable] [COMMAND ...]

runs COMMAND with `DATABASE_URL` set to an empty, throwaway one; without a command, says it and waits for Ctrl-C.
"""

import argparse
import contextlib
import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

NAME = "fixaloop"
OURS = "fixaloop.conf"

COMMON = {"listen_addresses": "", "max_connections": "200", "timezone": "UTC"}

# Nothing to lose: no write waits for the disk.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # What other tests write meanwhile does not take from a replica what it has still to read.
    "wal_keep_size": "1GB",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
}

# What a small firm's server would be set to, for measures that mean something.
DURABLE = {
    "shared_buffers": "1GB",
    "effective_cache_size": "3GB",
    "maintenance_work_mem": "256MB",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
}


class ServerError(Exception):
    """PostgreSQL was found but would not start; the message holds what it said."""


def find_binaries() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, or None: PATH first, then the newest version where Debian puts them."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    versions = sorted(Path("/usr/lib/postgresql").glob("[0-9]*"), key=lambda path: float(path.name), reverse=True)
    for folder in folders + [version / "bin" for version in versions]:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl")):
            return (folder / "initdb").resolve().parent
    return None


@contextlib.contextmanager
def throwaway_server(binaries: Path, settings: Mapping[str, str] = FAST) -> Iterator[str]:
    """Runs a server with an empty database and gives its `DATABASE_URL`; nothing of it is left at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="fixaloop-postgres-", ignore_cleanup_errors=True) as folder,
        running_server(binaries, Path(folder), settings) as url,
    ):
        yield url


@contextlib.contextmanager
def running_server(binaries: Path, folder: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """Runs the server whose data is in `folder`, made there if missing, and gives the `DATABASE_URL` of its database.

    The settings are those of this run. It is stopped whatever happens; SIGTERM ends the program as Ctrl-C does
    meanwhile. Raises ServerError.
    """
    previous = signal.signal(signal.SIGTERM, _leave)
    data, fresh = folder / "data", not (folder / "data").exists()
    try:
        # The path of a socket must be short, so it is not beside the data.
        with tempfile.TemporaryDirectory(prefix="fixaloop-socket-", ignore_cleanup_errors=True) as sockets:
            for ours in (folder, sockets):
                give(Path(ours))
            if fresh:
                create(binaries, data)
            configure(data, settings)
            with _started(binaries, folder, sockets):
                if fresh:
                    call([binaries / "createdb", "-h", sockets, "-U", NAME, NAME], folder)
                yield f"postgres://{NAME}@/{sockets}/{NAME}"
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextlib.contextmanager
def _started(binaries: Path, folder: Path, sockets: str) -> Iterator[None]:
    data = folder / "data"
    start = ["start", "--wait", "--timeout", "300", "-o", f"-k {sockets}", "-D", data, "-l", folder / "log"]
    try:
        call([binaries / "pg_ctl", *start], folder)
        yield
    finally:
        # Asked of the file: Ctrl-C may come while the server is still starting.
        if (data / "postmaster.pid").exists():
            call([binaries / "pg_ctl", "stop", "--mode", "fast", "-D", data], folder)


def account() -> dict[str, Any]:
    """Whom the server runs as: root may not, so `postgres` or `nobody` does it instead."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def give(path: Path) -> None:
    if whom := account():
        os.chown(path, whom["user"], whom["group"])


def create(binaries: Path, data: Path) -> None:
    initdb = [binaries / "initdb", "-D", data, "-U", NAME, "--auth=trust", "--encoding=UTF8", "--no-sync"]
    call([*initdb, "--lc-collate=C", "--lc-ctype=C.UTF-8"], data.parent)
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write(f"include '{OURS}'\n")


def configure(data: Path, settings: Mapping[str, str]) -> None:
    """A cluster that listens on no port, only on a socket that nobody else can open."""
    ours = data / OURS
    ours.write_text("".join(f"{name} = '{value}'\n" for name, value in {**COMMON, **settings}.items()))
    give(ours)


def call(command: list[Any], folder: Path) -> None:
    """Runs one of PostgreSQL's programs to its end. Raises ServerError with all that it and the server said."""
    output, log = folder / "output", folder / "log"
    # Not a pipe: the server inherits it and would keep it open.
    with output.open("w") as file:
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": file, "stderr": file}
        result = subprocess.run([str(part) for part in command], cwd=folder, check=False, **streams, **account())
    if result.returncode:
        said = output.read_text() + (log.read_text() if log.exists() else "")
        raise ServerError(f"{Path(command[0]).name}: {said.strip()}")


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--durable", action="store_true", help="settings of a real server instead of the fastest")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    binaries = find_binaries()
    if binaries is None:
        parser.exit(1, "PostgreSQL's server is not installed (no initdb on PATH or in /usr/lib/postgresql).\n")
    try:
        with throwaway_server(binaries, DURABLE if options.durable else FAST) as url:
            if options.command:
                return subprocess.run(options.command, env=os.environ | {"DATABASE_URL": url}, check=False).returncode
            print(f"DATABASE_URL={url}", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
