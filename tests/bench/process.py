"""Code run in a process of its own, so that its memory and its processor time are its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from types import TracebackType
from typing import Any

from tests.bench.storage import ROOT


def start(url: str, code: str) -> subprocess.Popen[str]:
    """Begins some code with Django set up on a database; what it prints and what is said to it go through pipes."""
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code]
    environment = os.environ | {"DATABASE_URL": url, "LOG_LEVEL": "WARNING"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)


def answer(process: subprocess.Popen[str]) -> Any:
    """What a process says as JSON on its last line, once it is told that nothing more comes. Raises SystemExit."""
    output, _errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"{process.args!r}: failed")
    lines = output.splitlines()
    return json.loads(lines[-1]) if lines else None


def ask(url: str, code: str) -> Any:
    """Runs some code to its end and gives what it says."""
    return answer(start(url, code))


class Cost:
    """What the body of a `with` costs this process: seconds, seconds of processor, megabytes at most and above before.

    Peaks only rise: what takes much is measured before anything that takes more.
    """

    def __enter__(self) -> Cost:
        self.peak = peak()
        self.seconds, self.processor = time.perf_counter(), time.process_time()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds = time.perf_counter() - self.seconds
        self.processor = time.process_time() - self.processor
        before, self.peak = self.peak, peak()
        self.above = self.peak - before


def peak() -> float:
    """The most memory this process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
