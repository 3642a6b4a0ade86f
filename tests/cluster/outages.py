"""What happens to the set-up, one thing at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.cluster.exports import FAILED, Clerk
from tests.cluster.parts import MODELS, SETS, Site

GATE, DATABASE = 5.0, 30.0
# How long a standby stays away.
AWAY = 10.0
# How long nginx leaves a machine alone that refused: the next one must not stop before.
LEFT_ALONE = 3.0


Happening = Callable[[Site, Clerk], list[str]]


@dataclass(frozen=True)
class Outage:
    """What `happen` gives are faults of its own; `gate` is within how many seconds every reader is answered again."""

    name: str
    happen: Happening
    gate: float = GATE


def killed(name: str) -> Happening:
    """By kill -9, with all its processes; who watches over it starts it again."""

    def happen(site: Site, _clerk: Clerk) -> list[str]:
        site.supervisor.kill(name)
        time.sleep(1)
        site.supervisor.wait_for(name)
        return []

    return happen


def workers_killed(site: Site, clerk: Clerk) -> list[str]:
    """Both, with an export under way."""
    job = clerk.ask("sort=name")
    for number in SETS:
        site.supervisor.kill(f"worker {number}")
    return clerk.faults(job)


def storage_away(site: Site, clerk: Clerk) -> list[str]:
    """An export that is asked for meanwhile says that it failed; the next one is made."""
    site.supervisor.stop("s3")
    state = clerk.wait_for(clerk.ask("sort=-name"))
    site.start_storage()
    return [f"export without a storage: {state}"] * (state != FAILED) + clerk.faults(clerk.ask("sort=-created"))


def standby_away(site: Site, _clerk: Clerk) -> list[str]:
    site.supervisor.kill(site.standby)
    time.sleep(AWAY)
    site.supervisor.start_again(site.standby)
    site.supervisor.wait_for("watch")
    return []


def upgrade(site: Site, _clerk: Clerk) -> list[str]:
    """One machine after the other, as docs/operations.md says."""
    for number in SETS:
        for name in (f"worker {number}", f"web {number}"):
            site.supervisor.stop(name)
        for name in (f"web {number}", f"worker {number}"):
            site.supervisor.start_again(name)
        time.sleep(LEFT_ALONE)
    return []


def fail_over(site: Site, _clerk: Clerk) -> list[str]:
    """The primary dies; the standby is promoted by the operator’s script."""
    site.supervisor.kill(site.primary)
    command = [sys.executable, str(MODELS / "standby.py"), "promote"]
    done = subprocess.run(command, env={**os.environ, **site.environ_of_standby}, check=False)
    if done.returncode:
        raise SystemExit("The standby could not be promoted.")
    site.primary, site.standby = site.standby, site.primary
    return []


def rejoin(site: Site, _clerk: Clerk) -> list[str]:
    """What was the primary comes back as the standby."""
    site.copy_primary()
    site.supervisor.wait_for("watch")
    return []


OUTAGES = (
    Outage("web 1", killed("web 1")),
    Outage("web 2", killed("web 2")),
    Outage("workers", workers_killed),
    Outage("PgBouncer", killed("pgbouncer")),
    Outage("nginx", killed("nginx")),
    Outage("storage", storage_away),
    Outage("standby", standby_away),
    Outage("upgrade", upgrade),
    Outage("primary", fail_over, DATABASE),
    Outage("new standby", rejoin),
)
