"""People at work, each in a thread, who can be asked to rest while what they did is compared."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from itertools import pairwise

LONGEST_REST = 90.0


class Pace:
    def __init__(self) -> None:
        self.goes, self.ends = threading.Event(), threading.Event()
        self.goes.set()


class Person(threading.Thread):
    """Does one thing after the other with a pause between."""

    def __init__(self, name: str, pace: Pace, pause: float) -> None:
        super().__init__(name=name, daemon=True)
        self.pace, self.pause = pace, pause
        self.rests = threading.Event()
        self.failure: BaseException | None = None

    def act(self) -> None:
        raise NotImplementedError

    def run(self) -> None:
        try:
            while not self.pace.ends.is_set():
                if not self.pace.goes.wait(0.1):
                    self.rests.set()
                    continue
                self.act()
                time.sleep(self.pause)
        except BaseException as error:  # noqa: BLE001 - told by who waits for us
            self.failure = error


def rest(pace: Pace, people: Sequence[Person]) -> None:
    """Return once everybody has ended what they were doing."""
    pace.goes.clear()
    for person in people:
        person.rests.clear()
    until = time.monotonic() + LONGEST_REST
    for person in people:
        while not person.rests.wait(0.1):
            if person.failure is not None:
                raise SystemExit(f"{person.name} failed: {person.failure!r}") from person.failure
            if time.monotonic() > until:
                raise SystemExit(f"{person.name} does not end what it does.")


def longest_gap(moments: Sequence[float], since: float, until: float) -> float:
    """The longest time without an answer to who asked all that time."""
    known = [since, *sorted(moment for moment in moments if since <= moment <= until), until]
    return max(after - before for before, after in pairwise(known))
