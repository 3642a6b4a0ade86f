"""`python -m tests.first_day [--user NAME]`: does only what README says, from an empty clone to a granted read.

The clone is made in a folder with spaces and accents, with umask 077, and the server runs as another user where one is
named (for root). Every command and every form that is sent is one action. Beyond twelve actions or five minutes it
ends with 1.
"""

import argparse
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.first_day.steps import LOGIN, PASSWORD, STEPS

ROOT = Path(__file__).parents[2]
MOST_ACTIONS, MOST_SECONDS = 12, 300
# What the start asks for, in turn: login, e-mail, password twice.
ANSWERS = (LOGIN, "", PASSWORD, PASSWORD)
READY = "Ctrl-C"
ENDED = 20


class Day:
    """Counts the actions and the time since the first one."""

    def __init__(self) -> None:
        self.begun, self.actions = time.monotonic(), 0

    @property
    def seconds(self) -> int:
        return round(time.monotonic() - self.begun)

    def note(self, words: str) -> None:
        self.actions += 1
        print(f"{self.actions:3}  {self.seconds:4} s  {words}", flush=True)


@contextmanager
def served(folder: Path, user: str, port: int, day: Day) -> Iterator[None]:
    """`make run DEMO=0` on a terminal of its own, its questions answered; Ctrl-C ends it with all that it started."""
    python = shutil.which("python3", path="/usr/bin") or sys.executable
    command = ["make", "run", "DEMO=0", f"PORT={port}", f"PYTHON={python}"]
    environ = [f"HOME={folder.parent}", "XDG_CACHE_HOME=/tmp"] if user else []
    whole = ["runuser", "-u", user, "--", "env", *environ, *command] if user else command
    process, terminal = pty.fork()
    if not process:
        os.umask(0o077)
        os.chdir(folder)
        os.environ.pop("VAR_DIR", None)
        os.execvp(whole[0], whole)
    _answer(terminal)
    day.note("make run DEMO=0, and the first administrator")
    try:
        yield
    finally:
        os.write(terminal, b"\x03")
        _ended(process, terminal, port)


def _answer(terminal: int) -> None:
    said, answers = "", list(ANSWERS)
    while READY not in said:
        try:
            part = os.read(terminal, 4096).decode(errors="replace")
        except OSError:
            sys.exit(f"The start ended:\n{said}")
        said += part
        if answers and part.rstrip(" ").endswith((":", ": ")):
            os.write(terminal, f"{answers.pop(0)}\n".encode())
    print("     ", said.strip().splitlines()[-1])


def _ended(process: int, terminal: int, port: int) -> None:
    """Wait until Ctrl-C has ended everything; kill what has not, and say so."""
    begun = time.monotonic()
    while time.monotonic() < begun + ENDED:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                os.read(terminal, 4096)
            except OSError:
                break
    with socket.socket() as probe:
        left = not probe.connect_ex(("127.0.0.1", port))
    if os.waitpid(process, os.WNOHANG) == (0, 0):
        os.kill(process, signal.SIGKILL)
        left = True
    print(
        f"     Ctrl-C {'left something running' if left else 'ended everything'} after {time.monotonic() - begun:.1f} s"
    )


def browse(port: int, day: Day) -> None:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(base_url=f"http://127.0.0.1:{port}", locale="fr-FR").new_page()
        for words, run in STEPS:
            run(page)
            day.note(words)
        browser.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--user", default="", help="who runs the server, for root")
    parser.add_argument("--port", type=int, default=8793)
    options = parser.parse_args()
    day = Day()
    with tempfile.TemporaryDirectory(prefix="premier jour d’été ", ignore_cleanup_errors=True) as place:
        folder = Path(place, "Garage d’Été")
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)], check=True, umask=0o077)
        if options.user:
            subprocess.run(["chown", "-R", f"{options.user}:", place], check=True)
        day.note("git clone")
        with served(folder, options.user, options.port, day):
            browse(options.port, day)
            seconds = day.seconds
    print(f"{day.actions} actions, {seconds} s")
    return int(day.actions > MOST_ACTIONS or seconds > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
