"""Keeps PostgreSQL writing while its standby is away, and makes the standby the primary.

    standby.py watch      all the time, as a service: who acknowledges writes, primary alone or both
    standby.py promote    once the primary is dead and cannot come back by itself: stopped for good, or switched off

In the environment: HOSTS (`10.0.0.21:5432,10.0.0.22:5432`), DATABASE (`fixaloop`), PGUSER and PGPASSWORD of a
superuser; STATE, a file that both commands share; BOUNCER_DATABASES, the file that pgbouncer.ini includes, and
BOUNCER_RELOAD, the command that makes PgBouncer read it again. Runs beside PgBouncer, by the Python of Fixaloop (it
needs psycopg).

A write is acknowledged once both servers have it on their disks. Without its standby the primary would wait for ever:
after two looks in vain it goes on alone, which is written down first. A standby is promoted only if it had everything.
"""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

BOTH, ALONE = "both", "alone"
EVERY = 0.5
NAMES = "ALTER SYSTEM SET synchronous_standby_names = '{}'"
# How many standbys stream; whether commits wait for one; and whether that one has all that was written before it did.
LOOK = """
SELECT count(*), coalesce(bool_or(sync_state = 'sync'), false), coalesce(max(flush_lsn) >= %s::pg_lsn, false)
FROM pg_stat_replication WHERE state = 'streaming' AND application_name = 'walreceiver'
"""


def connect(**options: Any) -> Any:
    hosts = [host.rpartition(":") for host in os.environ["HOSTS"].split(",")]
    where = {"host": ",".join(name for name, _, _ in hosts), "port": ",".join(port for _, _, port in hosts)}
    limits = {"connect_timeout": 2, "tcp_user_timeout": 2000, "options": "-c statement_timeout=2000"}
    return psycopg.connect(dbname=os.environ["DATABASE"], autocommit=True, **{**where, **limits, **options})


class State:
    """Whether every acknowledged write is on both servers, in a file that survives a power cut."""

    path = Path(os.environ.get("STATE", "standby.state"))

    def read(self) -> str:
        return self.path.read_text().split()[0] if self.path.exists() else ALONE

    def write(self, state: str) -> None:
        if state == self.read() and self.path.exists():
            return
        said = f"{state} {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        fresh = self.path.with_suffix(".new")
        with fresh.open("w") as file:
            file.write(f"{said}\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        print(said, flush=True)


class Watch:
    """One primary, as long as it answers."""

    def __init__(self, primary: Any) -> None:
        self.primary, self.in_vain = primary, 0
        # All that was written before commits waited for the standby.
        self.before = "FFFFFFFF/FFFFFFFF"

    def look(self) -> None:
        (asked,) = self.primary.execute("SHOW synchronous_standby_names").fetchone()
        streaming, waited_for, has_all = self.primary.execute(LOOK, [self.before]).fetchone()
        self.in_vain = 0 if streaming else self.in_vain + 1
        if asked and self.in_vain >= 2:
            State().write(ALONE)
            self.say("")
        elif not asked and streaming:
            self.say("FIRST 1 (walreceiver)")
        elif waited_for and self.before.startswith("F"):
            self.before = self.primary.execute("SELECT pg_current_wal_flush_lsn()").fetchone()[0]
        elif waited_for and has_all and State().read() != BOTH:
            point_to(*self.places())
            State().write(BOTH)

    def places(self) -> tuple[str, str]:
        """Where the primary is, and its standby: the other one."""
        here = f"{self.primary.info.host}:{self.primary.info.port}"
        return here, next(host for host in os.environ["HOSTS"].split(",") if host != here)

    def say(self, names: str) -> None:
        self.before = "FFFFFFFF/FFFFFFFF"
        self.primary.execute(NAMES.format(names))
        self.primary.execute("SELECT pg_reload_conf()")


def watch() -> None:
    while True:
        try:
            with connect(target_session_attrs="read-write") as primary:
                watching = Watch(primary)
                while True:
                    watching.look()
                    time.sleep(EVERY)
        except psycopg.Error as error:
            print(f"no primary answers: {error}".splitlines()[0], flush=True)
            time.sleep(EVERY)


def promote(force: bool) -> None:
    if State().read() != BOTH and not force:
        sys.exit(f"The standby lacks writes that were acknowledged since: {State.path.read_text()}. promote --force?")
    try:
        connect(target_session_attrs="read-write").close()
    except psycopg.OperationalError:
        pass
    else:
        sys.exit("A primary still answers: stop it for good first, or writes are lost there.")
    with connect() as standby:
        here = f"{standby.info.host}:{standby.info.port}"
        standby.execute(NAMES.format(""))
        standby.execute("SELECT pg_promote(true, 20)", prepare=False)
        standby.execute("SELECT pg_reload_conf()")
    State().write(ALONE)
    point_to(here, here)
    print(f"{here} is the primary now", flush=True)


def point_to(primary: str, standby: str) -> None:
    """Tell PgBouncer where the two are; without a standby, its name leads to the primary too."""
    name = os.environ["DATABASE"]
    lines = ["[databases]"]
    for called, place in ((name, primary), (f"{name}_standby", standby)):
        host, _, port = place.rpartition(":")
        lines.append(f"{called} = host={host} port={port} dbname={name}")
    Path(os.environ["BOUNCER_DATABASES"]).write_text("\n".join([*lines, ""]))
    subprocess.run(os.environ["BOUNCER_RELOAD"], shell=True, check=True)  # noqa: S602 - the operator's own command


if __name__ == "__main__":
    if sys.argv[1:] == ["watch"]:
        watch()
    elif sys.argv[1:2] == ["promote"]:
        promote("--force" in sys.argv)
    else:
        sys.exit(__doc__)
