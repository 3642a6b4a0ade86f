"""A PostgreSQL server that keeps its data in `var/bench/` from one run to the next, set as a small firm's would be."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.postgres import DURABLE, NAME, find_binaries

SETTINGS = {
    "max_connections": "100",
    "timezone": "UTC",
    "shared_preload_libraries": "pg_stat_statements",
    "track_io_timing": "on",
}


@contextlib.contextmanager
def kept_server(folder: Path) -> Iterator[Path]:
    """Runs the server whose data is in `folder`, an empty one where there is none; gives its socket's folder."""
    binaries = find_binaries()
    if binaries is None:
        raise SystemExit("The benchmarks need PostgreSQL's server (initdb, pg_ctl).")
    data = folder / "data"
    sockets = Path(tempfile.mkdtemp(prefix="fixaloop-bench-"))
    account = _account()
    fresh = not data.exists()
    if fresh:
        folder.mkdir(parents=True, exist_ok=True)
        _give(account, folder)
    _give(account, sockets)
    options = " ".join(f"-c {name}={value}" for name, value in (SETTINGS | DURABLE).items())
    start = [binaries / "pg_ctl", "start", "-w", "-t", "300", "-D", data, "-l", folder / "log"]
    try:
        if fresh:
            initdb = [binaries / "initdb", "-D", data, "-U", NAME, "--auth=trust", "--encoding=UTF8"]
            _run([*initdb, "--lc-collate=C", "--lc-ctype=C.UTF-8"], account)
        _run([*start, "-o", f"-k {sockets} -h '' {options}"], account)
        if fresh:
            _run([binaries / "createdb", "-h", sockets, "-U", NAME, NAME], account)
        yield sockets
    finally:
        if (data / "postmaster.pid").exists():
            _run([binaries / "pg_ctl", "stop", "-w", "-m", "fast", "-D", data], account)
        shutil.rmtree(sockets, ignore_errors=True)


def database_url(sockets: Path) -> str:
    """How Django is told of the server."""
    return f"postgres://{NAME}@/{sockets}/{NAME}"


def _account() -> dict[str, Any]:
    """Whom the server runs as: it refuses root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _give(account: dict[str, Any], folder: Path) -> None:
    if account:
        os.chown(folder, account["user"], account["group"])


def _run(command: list[Any], account: dict[str, Any]) -> None:
    with tempfile.TemporaryFile("w+") as output:
        # Not a pipe: the server inherits it and would keep it open.
        result = subprocess.run(
            [str(part) for part in command],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            **account,
        )
        output.seek(0)
        if result.returncode:
            raise SystemExit(f"{Path(command[0]).name}: {output.read().strip()}")
