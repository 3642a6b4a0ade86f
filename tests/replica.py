"""A replica of the server that the tests run on: what is written there follows here, until it is held or stopped."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.postgres import call, find_binaries, give

# The most important sessions of the tests wait for nobody; one of ours does.
FOLLOW = "SET synchronous_commit = remote_apply; SELECT pg_logical_emit_message(true, 'follow', '')"


@dataclass
class Replica:
    folder: Path
    binaries: Path
    primary: dict[str, Any]

    @property
    def host(self) -> str:
        return str(self.folder)

    @property
    def runs(self) -> bool:
        return (self.data / "postmaster.pid").exists()

    def start(self) -> None:
        options = f"-k {self.folder}"
        call([self.binaries / "pg_ctl", "start", "--wait", "-o", options, "-D", self.data, "-l", self.log], self.folder)

    def stop(self) -> None:
        """As a machine that loses its power."""
        call([self.binaries / "pg_ctl", "stop", "--mode", "immediate", "-D", self.data], self.folder)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def hold(self) -> None:
        """What is written from now on does not appear here."""
        _run(self.primary | {"host": self.host}, "SELECT pg_wal_replay_pause()")

    def follow(self) -> None:
        """Have everything that is written so far."""
        _run(self.primary | {"host": self.host}, "SELECT pg_wal_replay_resume()")
        _run(self.primary, FOLLOW)


def obstacle(primary: dict[str, Any]) -> str:
    """Why there can be no replica of this server."""
    if not find_binaries() or not str(primary["host"]).startswith("/"):
        return "PostgreSQL's server is not installed, or is not the one that the tests run on"
    with psycopg.connect(**primary) as server:
        found = server.execute("SHOW wal_level").fetchone()
    return "the server of the tests keeps no log for replicas" if found == ("minimal",) else ""


@contextlib.contextmanager
def replica_of(primary: dict[str, Any]) -> Iterator[Replica]:
    """`primary` is how the server is reached: `host`, `user`, `dbname`."""
    binaries = find_binaries()
    assert binaries
    with tempfile.TemporaryDirectory(prefix="fixaloop-replica-", ignore_cleanup_errors=True) as name:
        replica = Replica(Path(name), binaries, primary)
        give(replica.folder)
        source = ["-h", primary["host"], "-U", primary["user"], "-D", replica.data]
        call([binaries / "pg_basebackup", "--checkpoint=fast", "--no-sync", "-R", *source], replica.folder)
        replica.start()
        _set(primary, "synchronous_standby_names = '*'")
        try:
            yield replica
        finally:
            _set(primary, "synchronous_standby_names = ''")
            if replica.runs:
                replica.stop()


def _set(server: dict[str, Any], setting: str) -> None:
    _run(server, f"ALTER SYSTEM SET {setting}")
    _run(server, "SELECT pg_reload_conf()")


def _run(server: dict[str, Any], statements: str) -> None:
    with psycopg.connect(**server, autocommit=True) as session:
        for statement in statements.split(";"):
            session.execute(statement)
