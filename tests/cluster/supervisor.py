"""Programs that run side by side, each started again when it dies, as systemd does."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

LOOK, PAUSE, PATIENCE = 0.2, 1.0, 40.0


@dataclass
class Program:
    """`ready` says whether it does its work; `account` is whom it runs as."""

    name: str
    command: list[str]
    ready: Callable[[], bool]
    environ: Mapping[str, str] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    ending: signal.Signals = signal.SIGTERM
    restarts: bool = True
    process: subprocess.Popen[bytes] | None = None
    died: float = 0.0

    def start(self, folder: Path) -> None:
        with folder.joinpath(f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env={**os.environ, **self.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.account,
            )
        self.died = 0.0

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal_all(self, number: signal.Signals) -> None:
        """Reaches the program and all that it started, at once."""
        if self.process is not None:
            for process in (self.process.pid, *children(self.process.pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, number)


def children(parent: int) -> list[int]:
    """The processes below one, at any depth."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found, waiting = [], [parent]
    while waiting:
        above = waiting.pop()
        below = [process for process, its_parent in parents.items() if its_parent == above]
        found += below
        waiting += below
    return found


class Supervisor:
    """Starts programs in order, keeps them running, ends them in the opposite order whatever happens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs: dict[str, Program] = {}
        self._kept: set[str] = set()
        self._lock, self._ends = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Supervisor:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.join()
        for name in reversed(self.programs):
            self.stop(name)

    def start(self, program: Program) -> None:
        self.programs[program.name] = program
        self.start_again(program.name)

    def start_again(self, name: str) -> None:
        program = self.programs[name]
        with self._lock:
            program.start(self.folder)
            if program.restarts:
                self._kept.add(name)
        self.wait_for(name)

    def wait_for(self, name: str) -> None:
        program, until = self.programs[name], time.monotonic() + PATIENCE
        while not (program.runs and program.ready()):
            if time.monotonic() > until or not (program.runs or name in self._kept):
                log = self.folder.joinpath(f"{name}.log").read_text(errors="replace")
                raise SystemExit(f"{name} does not start:\n{log[-3000:]}")
            time.sleep(0.1)

    def kill(self, name: str) -> None:
        self.programs[name].signal_all(signal.SIGKILL)

    def stop(self, name: str) -> None:
        """End a program as an operator does, and leave it ended."""
        program = self.programs[name]
        with self._lock:
            self._kept.discard(name)
        if not program.runs or program.process is None:
            return
        program.process.send_signal(program.ending)
        try:
            program.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            program.signal_all(signal.SIGKILL)

    def forbid(self, name: str) -> None:
        """Let nobody start it again: what fencing is to the supervisor."""
        with self._lock:
            self._kept.discard(name)

    def _watch(self) -> None:
        while not self._ends.wait(LOOK):
            with self._lock:
                for name in self._kept:
                    self._look(self.programs[name])

    def _look(self, program: Program) -> None:
        if program.runs:
            return
        program.died = program.died or time.monotonic()
        if time.monotonic() - program.died >= PAUSE:
            program.start(self.folder)
