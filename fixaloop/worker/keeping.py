"""`python -m fixaloop.worker.keeping PROGRAM…`: starts a program again whenever it ends, until told to end itself.

The longer it fails, the longer the pause: a worker that cannot start takes neither the site nor the processor with it.
"""

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from logging.config import dictConfig
from types import FrameType

from fixaloop.watch.logs import configuration

logger = logging.getLogger("fixaloop.worker")
FIRST, LONGEST = 1.0, 60.0
# Seconds: between two looks, and for a program to end that was told at the same time as we.
LOOK, TOLD_TOO = 0.2, 2.0


class Keeper:
    def __init__(self, command: Sequence[str]) -> None:
        self.command = command
        self._is_ending = False

    def end(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        self._is_ending = True

    def run(self) -> None:
        pause = FIRST
        while True:
            began = time.monotonic()
            code = self._run_once()
            if self._is_ending:
                return
            pause = FIRST if time.monotonic() - began > LONGEST else pause
            logger.error("the worker ended (%s); it is started again in %d s", code, pause)
            self._wait(pause)
            pause = min(2 * pause, LONGEST)

    def _run_once(self) -> int:
        program = subprocess.Popen(self.command)
        while (code := program.poll()) is None and not self._is_ending:
            time.sleep(LOOK)
        return self._finish(program) if code is None else code

    def _finish(self, program: subprocess.Popen[bytes]) -> int:
        """Whoever ends the whole group has told it too; told twice, it leaves its task in the middle."""
        try:
            return program.wait(TOLD_TOO)
        except subprocess.TimeoutExpired:
            program.terminate()
            return program.wait()

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._is_ending:
            time.sleep(LOOK)


if __name__ == "__main__":
    dictConfig(configuration())
    keeper = Keeper([sys.executable, *sys.argv[1:]])
    signal.signal(signal.SIGTERM, keeper.end)
    signal.signal(signal.SIGINT, keeper.end)
    keeper.run()
