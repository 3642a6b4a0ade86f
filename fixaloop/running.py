"""`python -m fixaloop.running PORT`: the programs of Procfile, until Ctrl-C, a signal, or nobody reads them."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

from fixaloop.watch.logs import log_format

OUT = 1
# How they end when they are told to.
TOLD = (0, 130, 143, -signal.SIGINT, -signal.SIGTERM)


def run(command: Sequence[str]) -> int:
    """Run a command until it ends, and tell it to end where its terminal, or who reads its output, is gone.

    Ctrl-C reaches it without us. What it says passes through here, so that it never writes to a pipe without a reader.
    """
    # Its own programs go on when the terminal closes, until they are told.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    program = subprocess.Popen(command, stdout=None if os.isatty(OUT) else subprocess.PIPE)

    def stop(_number: int = 0, _frame: FrameType | None = None) -> None:
        program.terminate()

    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    watched = select.poll()
    # Without an event to wait for, only that nobody reads any more.
    watched.register(OUT, 0)
    said = program.stdout.fileno() if program.stdout else -1
    if program.stdout:
        watched.register(said, select.POLLIN)
    while program.poll() is None:
        for descriptor, _event in watched.poll(500):
            if descriptor == said and _pass_on(said):
                continue
            watched.unregister(descriptor)
            if descriptor == OUT:
                stop()
    return 0 if program.returncode in TOLD else program.returncode


def _pass_on(said: int) -> bool:
    part = os.read(said, 65_536)
    try:
        os.write(OUT, part)
    except BrokenPipeError:
        return True
    return bool(part)


if __name__ == "__main__":
    # What programs read stays as it was said.
    bare = ["--no-prefix"] if log_format() == "json" else []
    sys.exit(run([sys.executable, "-m", "honcho", *bare, "--env", "/dev/null", "start", "--port", sys.argv[1]]))
