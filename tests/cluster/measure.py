"""How much the set-up carries: as fast as eight askers can, with one web server and with both."""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.keys import PASSWORD
from tests.bench.server import Browser
from tests.cluster.parts import SETS, Site
from tests.cluster.supervisor import children

ASKERS, SECONDS, WARM = 8, 15.0, 3.0
TICKS = os.sysconf("SC_CLK_TCK")
PARTS = {"web": "web", "database": "database", "pgbouncer": "between", "nginx": "between"}


@dataclass
class Rate:
    """How many a second, and the milliseconds of processor that each takes, by part: these hold for any machine."""

    what: str
    sets: int
    per_second: float
    milliseconds: dict[str, float]


def measure(site: Site, plan: dict[str, Any]) -> list[Rate]:
    site.supervisor.stop("web 2")
    rates = [rate(site, what, 1, ask) for what, ask in cases(site, plan).items()]
    site.supervisor.start_again("web 2")
    return rates + [rate(site, what, len(SETS), ask) for what, ask in cases(site, plan).items()]


def cases(site: Site, plan: dict[str, Any]) -> dict[str, Callable[[int], Callable[[], int]]]:
    """For each case what makes an asker, which asks once when it is called and gives the status."""
    cookies: dict[str, str] = {}
    Browser(site.port, cookies).sign_in(plan["desks"][0]["username"], PASSWORD)
    with site.connect() as database:
        found = database.execute("SELECT number FROM clients_client ORDER BY number DESC LIMIT 2000 OFFSET 500")
        numbers = [number for (number,) in found]

    def pages(address: Callable[[], str]) -> Callable[[int], Callable[[], int]]:
        def asker(_number: int) -> Callable[[], int]:
            browser = Browser(site.port, dict(cookies))
            return lambda: browser.ask(address()).status

        return asker

    def reads(number: int) -> Callable[[], int]:
        about = plan["gates"][number % len(plan["gates"])]
        way = ("in", "out")[number // len(plan["gates"]) % 2]
        browser, badges = Browser(site.port), itertools.cycle(about["badges"])

        def ask() -> int:
            body = {"nonce": uuid.uuid4().hex, "type": "badge", "value": next(badges), "direction": way}
            return browser.call("/api/v1/reads", body, about["tokens"][way]).status

        return ask

    return {
        "list": pages(lambda: f"/clients/?page={random.randint(1, 20)}"),
        "client page": pages(lambda: f"/clients/CLT-{random.choice(numbers):03}/"),
        "read": reads,
    }


def rate(site: Site, what: str, sets: int, asker: Callable[[int], Callable[[], int]]) -> Rate:
    """Ask for a while, after a warm-up that is not counted."""
    ends, counts, wrong = threading.Event(), [0] * ASKERS, []

    def work(number: int) -> None:
        ask = asker(number)
        while not ends.is_set():
            status = ask()
            counts[number] += 1
            if status != 200:
                wrong.append(status)

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(ASKERS)]
    for thread in threads:
        thread.start()
    time.sleep(WARM)
    before, began, spent = sum(counts), time.monotonic(), processor(site)
    time.sleep(SECONDS)
    asked, took = sum(counts) - before, time.monotonic() - began
    cost = {part: (ms - spent[part]) / asked for part, ms in processor(site).items()} if asked else {}
    ends.set()
    for thread in threads:
        thread.join()
    if wrong or not asked:
        raise SystemExit(f"{what}: {len(wrong)} answers were not right: {set(wrong)}")
    return Rate(what, sets, round(asked / took, 1), {part: round(ms, 2) for part, ms in cost.items()})


def processor(site: Site) -> dict[str, float]:
    """Milliseconds of processor that each part has taken, what its ended processes took included."""
    spent = dict.fromkeys(PARTS.values(), 0.0)
    for name, program in site.supervisor.programs.items():
        part = PARTS.get(name.split()[0])
        if part and program.process is not None and program.runs:
            for process in (program.process.pid, *children(program.process.pid)):
                spent[part] += ticks(process) * 1000 / TICKS
    return spent


def ticks(process: int) -> int:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))


def memory(site: Site, name: str) -> int:
    """Megabytes that a program and what it started hold for themselves."""
    program = site.supervisor.programs[name]
    pids = (program.process.pid, *children(program.process.pid)) if program.process is not None else ()
    found = 0
    for process in pids:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        found += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return found // 1024
