"""`python -m tests.cluster`: each part of the set-up of docs/cluster/ is killed while 8 readers and 4 desks work.

Two web servers with data folders of their own, two workers, PostgreSQL with a standby, PgBouncer, nginx; all on this
machine, in a temporary folder. Prints a table and writes `cluster/COMMIT.json` in `VAR_DIR`; ends with 1 where
something acknowledged was lost or done twice, the gate came back too late, or an error page was not ours.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from tests.cluster.compare import compare
from tests.cluster.desks import Ask, Desk
from tests.cluster.exports import Clerk
from tests.cluster.gates import Door, gate
from tests.cluster.load import Pace, longest_gap, rest
from tests.cluster.measure import Rate, measure, memory
from tests.cluster.outages import OUTAGES, Outage
from tests.cluster.parts import SETS, Site, missing
from tests.cluster.supervisor import Supervisor
from tests.postgres import NAME

Plan = dict[str, list[dict[str, Any]]]
# How long people go on working after all is well again.
AFTER = 5.0


@dataclass
class Found:
    """What one outage did to people."""

    name: str
    gate: float
    pages: float
    offline: int
    answered: int
    seen: dict[str, int]
    faults: list[str] = field(default_factory=list)


@contextmanager
def site(clients: int) -> Iterator[tuple[Site, Plan]]:
    with (
        tempfile.TemporaryDirectory(prefix="fixaloop-cluster-", ignore_cleanup_errors=True) as place,
        Supervisor(Path(place)) as supervisor,
    ):
        whole = Site(Path(place), supervisor)
        tell(f"storage, PostgreSQL, a firm of {clients} clients")
        whole.start_storage()
        whole.start_primary()
        plan = fill(whole, clients)
        tell("its standby, PgBouncer")
        whole.copy_primary()
        whole.start_bouncer()
        whole.start_watch()
        for number in SETS:
            tell(f"web server and worker {number}")
            whole.start_web(number)
            whole.start_worker(number)
        whole.start_nginx()
        yield whole, plan


def fill(whole: Site, clients: int) -> Plan:
    with whole.connect() as server:
        server.execute(f"ALTER ROLE {NAME} SET synchronous_commit = off")
    said = whole.manage("shell", "-v", "0", "-c", f"from tests.cluster.firm import fill; fill({clients})", direct=True)
    with whole.connect() as server:
        server.execute(f"ALTER ROLE {NAME} RESET synchronous_commit")
    whole.manage("role_settings", "--apply", direct=True)
    whole.manage("collectstatic", "--noinput", "--verbosity", "0")
    static = [Path(whole.environ_of(number)["VAR_DIR"]) / "static" for number in SETS]
    shutil.copytree(static[0], static[1])
    plan: Plan = json.loads(said.splitlines()[-1])
    return plan


class People:
    """Eight readers and four desks at work."""

    def __init__(self, whole: Site, plan: Plan) -> None:
        self.whole, self.pace = whole, Pace()
        self.gates: list[tuple[Door, Door]] = []
        for number, about in enumerate(plan["gates"]):
            self.gates.append(gate(number, about, self.pace, whole.port, whole.folder))
        self.desks = [Desk(number, about, self.pace, whole.port) for number, about in enumerate(plan["desks"])]
        self.everybody = [*self.doors, *self.desks]
        self.clerk = Clerk(whole, "desk0")

    @property
    def doors(self) -> list[Door]:
        return [door for pair in self.gates for door in pair]

    def __enter__(self) -> People:
        self.settle()
        for person in self.everybody:
            person.start()
        return self

    def __exit__(self, *_why: object) -> None:
        self.pace.ends.set()
        for door in self.doors:
            door.end()

    def settle(self) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(Door.settle, self.doors))

    def live_through(self, outage: Outage) -> Found:
        """What happens while people work, and what is found afterwards."""
        began = time.monotonic()
        faults = outage.happen(self.whole, self.clerk)
        time.sleep(AFTER)
        ended = time.monotonic()
        rest(self.pace, self.everybody)
        self.settle()
        found = self._look_back(outage, began, ended)
        with self.whole.connect() as database:
            found.faults += [*faults, *compare(database, self.desks, self.gates)]
        self.pace.goes.set()
        return found

    def _look_back(self, outage: Outage, began: float, ended: float) -> Found:
        passages = [passage for door in self.doors for passage in door.passages if passage.at >= began]
        asks = [ask for desk in self.desks for ask in desk.asks if ask.at >= began]
        gap = max(longest_gap(door.answered, began, ended) for door in self.doors)
        found = Found(
            outage.name,
            gate=round(gap, 1),
            pages=round(max(longest_gap(desk.answered, began, ended) for desk in self.desks), 1),
            offline=sum(not passage.online for passage in passages),
            answered=sum(passage.online for passage in passages),
            seen=dict(Counter(said(ask) for ask in asks)),
        )
        if gap > outage.gate:
            found.faults.append(f"gate: {gap:.1f} s without an answer, at most {outage.gate:.0f}")
        errors = [ask for ask in asks if ask.status >= 500]
        return found if all(ask.is_ours for ask in errors) else with_strange(found, errors)


def with_strange(found: Found, errors: Sequence[Ask]) -> Found:
    found.faults += [f"error page: {ask.status} {ask.page[:200]!r}" for ask in errors if not ask.is_ours]
    return found


def said(ask: Ask) -> str:
    if not ask.status:
        return "no answer"
    return f"{ask.status} {ask.title}" if ask.status >= 500 else "well"


def tell(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


def show(found: Found) -> None:
    seen = ", ".join(f"{count} × {what}" for what, count in found.seen.items())
    print(f"{found.name:12} gate {found.gate:4.1f} s, pages {found.pages:4.1f} s; readers: {found.answered} answered,")
    print(f"{'':12} {found.offline} offline; desks: {seen}", flush=True)
    for fault in found.faults:
        print(f"{'':12} MISSED {fault}", flush=True)


def show_rates(whole: Site, rates: Sequence[Rate]) -> None:
    for one in rates:
        cost = ", ".join(f"{part} {ms:.1f} ms" for part, ms in one.milliseconds.items())
        print(f"{one.what:12} {one.sets} web: {one.per_second:6.1f}/s; processor for each: {cost}")
    print("memory:", ", ".join(f"{name} {memory(whole, name)} MB" for name in whole.supervisor.programs), flush=True)


def keep(results: Sequence[Found], people: People) -> None:
    """Write what was found, and all that readers and desks were answered."""
    folder = Path(os.environ.get("VAR_DIR") or "var").absolute() / "cluster"
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("outages.json").write_text(json.dumps([asdict(found) for found in results], indent=1))
    with folder.joinpath("journal.jsonl").open("w") as file:
        for door in people.doors:
            file.writelines(f"{json.dumps({'who': door.name, **asdict(passage)})}\n" for passage in door.passages)
        for desk in people.desks:
            file.writelines(f"{json.dumps({'who': desk.name, **asdict(ask)})}\n" for ask in desk.asks)


def leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=20_000, help="how large the firm is")
    parser.add_argument("--only", nargs="*", help="these outages alone, in their order", default=[])
    parser.add_argument("--measure", action="store_true", help="how much it carries, instead of outages")
    options = parser.parse_args()
    if lacking := missing():
        parser.exit(2, f"{lacking}\n")
    signal.signal(signal.SIGTERM, leave)
    with site(options.clients) as (whole, plan):
        if options.measure:
            show_rates(whole, measure(whole, plan))
            return 0
        return live_through(whole, plan, options.only)


def live_through(whole: Site, plan: Plan, only: Sequence[str]) -> int:
    results = []
    with People(whole, plan) as people:
        time.sleep(AFTER)
        for outage in OUTAGES:
            if not only or outage.name in only:
                tell(outage.name)
                results.append(people.live_through(outage))
                show(results[-1])
        keep(results, people)
    return int(any(found.faults for found in results))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
