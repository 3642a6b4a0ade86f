"""Every test, on every database and browser this machine has: what `make test` runs.

python -m tests.run [--all] [PYTEST ARGUMENTS ...]

SQLite always, with the browser tests where Chromium is found (PATH, or the environment's CHROMIUM); PostgreSQL where
`TEST_DATABASE_URL` names one or its server is installed, for the tests that the database matters to: those that say so,
and as many others as send it every statement that SQLite was sent. `--all` fails instead of leaving one out.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import cover
from tests.postgres import NAME, find_binaries, throwaway_server

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HARMLESS = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def main(arguments: list[str]) -> int:
    """Runs what can be run, says what cannot and why, ends with the counts; 0 when nothing failed.

    One database after the other: at a time, on two cores, they took longer than that.
    """
    chromium = find_chromium()
    # Each process has a part of the files, so that what is loaded for a file is loaded once.
    spread = ["-n", str(os.cpu_count() or 1), "--dist", "worksteal"]
    chosen = [*spread, *(argument for argument in arguments if argument != "--all")]
    counts: Counter[str] = Counter()
    with postgresql() as url, environment(chromium) as environ:
        template = prepare(url, environ)
        runs = [Run("SQLite and Chromium", chosen, environ)]
        if not chromium:
            runs = [Run("SQLite", ["-m", "not browser", *chosen], environ)]
        if url:
            matters = ["-m", "database and not browser", *chosen]
            asked = {"DATABASE_URL": url, cover.CHOSEN_BY: str(runs[0].sent)}
            runs.append(Run("PostgreSQL", matters, environ | asked | template))
        for run in runs:
            counts.update(run.count())
        if "--all" in arguments:
            shutil.rmtree(cover.KEPT, ignore_errors=True)
            shutil.copytree(runs[0].sent, cover.KEPT)
    left_out = [] if chromium else [f"browser tests: neither {', '.join(BROWSERS)} nor CHROMIUM was found"]
    if not url:
        left_out.append("PostgreSQL: no TEST_DATABASE_URL, and no server installed (initdb)")
    for reason in left_out:
        print(f"Left out: {reason}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return int(bool(counts["failed"]) or not counts["passed"] or ("--all" in arguments and bool(left_out)))


def find_chromium() -> str:
    """The browser's program; empty where there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL to test on, the one that is named or a server of our own; empty without either."""
    named, binaries = os.environ.get("TEST_DATABASE_URL", ""), find_binaries()
    with contextlib.ExitStack() as stack:
        yield named or (stack.enter_context(throwaway_server(binaries)) if binaries else "")


@contextlib.contextmanager
def environment(chromium: str) -> Iterator[dict[str, str]]:
    """A folder of its own for what is written: two runs do not meet, and `var/` is left alone."""
    with tempfile.TemporaryDirectory(prefix="fixaloop-tests-") as folder:
        # Each of some dozens of processes would compile the same code again, where Python is told not to keep it.
        left_out = ("DATABASE_URL", "DATABASE_DIRECT_URL", "REPLICA_URL", "PYTHONDONTWRITEBYTECODE")
        environ = {name: value for name, value in os.environ.items() if name not in left_out}
        yield environ | {"VAR_DIR": folder, "CHROMIUM": chromium}


def prepare(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Migrate once what every process starts from, on both databases at a time; how PostgreSQL's is named to them.

    A server that is not ours is left alone: there, each process migrates its own.
    """
    making = [[sys.executable, "-m", "tests.migrated"]]
    if ours := bool(url) and not os.environ.get("TEST_DATABASE_URL"):
        making.append([sys.executable, "manage.py", "migrate", "--verbosity", "0"])
    programs = [subprocess.Popen(command, env={**environ, "DATABASE_URL": url}) for command in making]
    made = [program.wait() == 0 for program in programs]
    return {"TEST_TEMPLATE": NAME} if ours and all(made) else {}


class Run:
    """One pytest process, in a folder of its own."""

    def __init__(self, title: str, arguments: list[str], environ: Mapping[str, str]) -> None:
        self.title, self.arguments = title, arguments
        self.folder = Path(environ["VAR_DIR"]) / title.replace(" ", "-")
        self.folder.mkdir()
        self.sent = self.folder / "sent"
        self.sent.mkdir()
        self.environ = {**environ, "VAR_DIR": str(self.folder), cover.SENT: str(self.sent)}
        self.report = self.folder / "report.xml"

    def count(self) -> Counter[str]:
        """Its results; one that ends badly without a failed test counts as one."""
        print(f"\n=== {self.title} ===", flush=True)
        command = [sys.executable, "-m", "pytest", f"--junitxml={self.report}", *self.arguments]
        status = subprocess.run(command, env=self.environ, check=False).returncode
        ended = Counter(outcome(case) for case in cases(self.report))
        ended["failed"] += not (ended["failed"] or status in HARMLESS)
        return ended


def cases(report: Path) -> Iterator[ElementTree.Element]:
    """The tests that were run; each once, whatever it loops over."""
    return ElementTree.parse(report).iter("testcase") if report.exists() else iter(())


def outcome(case: ElementTree.Element) -> str:
    """How a test ended."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
