"""Gates: readers each way, which are docs/reader.py itself, and people who go in and out by their badges."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.storage import ROOT
from tests.cluster.load import Pace, Person

OFFLINE = "hors ligne"
NOBODY = "99999999"
LONGEST_SETTLING = 60.0
# Seconds between two passages of one person: what readers tell late is as exact as the line is fast.
LEAST_STAY = 5.0
Waiting = deque[tuple[str, float]]


@dataclass(frozen=True)
class Passage:
    """What a reader said of a badge."""

    badge: str
    at: float
    seconds: float
    opened: bool
    online: bool


class Door(Person):
    """One reader of a gate. Who passes goes from one queue to the other."""

    def __init__(
        self, name: str, pace: Pace, *, token: str, port: int, folder: Path, here: Waiting, there: Waiting
    ) -> None:
        super().__init__(name, pace, pause=0.5)
        self.here, self.there = here, there
        self.passages: list[Passage] = []
        self.queue = folder / f"{name}.jsonl"
        command = [sys.executable, "docs/reader.py", "--type", "badge", "--queue", str(self.queue)]
        command += ["--list", str(folder / f"{name}.list")]
        environ = os.environ | {"FIXALOOP_URL": f"http://127.0.0.1:{port}", "FIXALOOP_TOKEN": token}
        self.log = folder / f"{name}.log"
        with self.log.open("w") as log:
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log, "text": True}
            self.reader = subprocess.Popen(command, cwd=ROOT, env=environ, start_new_session=True, **pipes)

    def act(self) -> None:
        """The next person passes; while there is none, somebody tries a badge that nobody knows."""
        badge = NOBODY
        if self.here and time.monotonic() - self.here[0][1] > LEAST_STAY:
            badge, _since = self.here.popleft()
        passage = self.present(badge)
        self.passages.append(passage)
        if badge != NOBODY:
            (self.there if passage.opened else self.here).append((badge, passage.at))

    def present(self, badge: str) -> Passage:
        began = time.monotonic()
        self.reader.stdin.write(f"{badge}\n")
        self.reader.stdin.flush()
        line = self.reader.stdout.readline().rstrip("\n")
        if not line:
            raise RuntimeError(f"the reader ended: {self.log.read_text()}")
        now = time.monotonic()
        return Passage(badge, now, now - began, line.startswith("OPEN"), not line.endswith(OFFLINE))

    def settle(self) -> None:
        """Have the reader tell all that it kept, and take back what it gave up: it does once it is answered."""
        until = time.monotonic() + LONGEST_SETTLING
        while not self.present(NOBODY).online or (self.queue.exists() and self.queue.read_text().strip()):
            if time.monotonic() > until:
                raise SystemExit(f"{self.name}: what it kept cannot be told")
        # It takes the next one once it has told all that.
        self.present(NOBODY)

    @property
    def opened(self) -> Counter[str]:
        return Counter(passage.badge for passage in self.passages if passage.opened and passage.badge != NOBODY)

    @property
    def answered(self) -> list[float]:
        return [passage.at for passage in self.passages if passage.online]

    def end(self) -> None:
        self.reader.kill()
        self.reader.wait()


def gate(number: int, plan: dict[str, Any], pace: Pace, port: int, folder: Path) -> tuple[Door, Door]:
    outside, inside = Waiting((badge, 0.0) for badge in plan["badges"]), Waiting()
    common: dict[str, Any] = {"port": port, "folder": folder}
    way_in = Door(f"gate {number} in", pace, token=plan["tokens"]["in"], here=outside, there=inside, **common)
    way_out = Door(f"gate {number} out", pace, token=plan["tokens"]["out"], here=inside, there=outside, **common)
    return way_in, way_out
