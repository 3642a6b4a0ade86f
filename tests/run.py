"""Every test, on every database and browser this machine has: what `make test` runs.

python -m tests.run [--all] [PYTEST ARGUMENTS ...]

SQLite always; PostgreSQL where `TEST_DATABASE_URL` names one or its server is installed, for the tests that use a
database; the browser tests where Chromium is found (PATH, or the environment's CHROMIUM). `--all` fails instead of
leaving one out.
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

from tests.postgres import find_binaries, throwaway_server

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HARMLESS = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def main(arguments: list[str]) -> int:
    """Runs what can be run, says what cannot and why, ends with the counts; 0 when nothing failed."""
    chromium = find_chromium()
    chosen = [argument for argument in arguments if argument != "--all"]
    counts: Counter[str] = Counter()
    with databases() as urls, environment(chromium) as environ:
        parallel = ["-n", str(os.cpu_count() or 1), *chosen]
        for position, (database, url) in enumerate(urls.items()):
            some = "not browser and database" if position else "not browser"
            run_pytest(database, ["-m", some, *parallel], environ | url, counts)
            if chromium:
                run_pytest(f"{database}, in Chromium", ["-m", "browser", *parallel], environ | url, counts)
    left_out = [] if chromium else [f"browser tests: neither {', '.join(BROWSERS)} nor CHROMIUM was found"]
    if "PostgreSQL" not in urls:
        left_out.append("PostgreSQL: no TEST_DATABASE_URL, and no server installed (initdb)")
    for reason in left_out:
        print(f"Left out: {reason}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return int(bool(counts["failed"]) or not counts["passed"] or ("--all" in arguments and bool(left_out)))


def find_chromium() -> str:
    """The browser's program; empty where there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")


@contextlib.contextmanager
def databases() -> Iterator[dict[str, dict[str, str]]]:
    """The environment of each database to test on, by name; a PostgreSQL server of our own lives as long as this."""
    named, binaries = os.environ.get("TEST_DATABASE_URL"), find_binaries()
    with contextlib.ExitStack() as stack:
        found: dict[str, dict[str, str]] = {"SQLite": {}}
        if named:
            found["PostgreSQL"] = {"DATABASE_URL": named}
        elif binaries:
            found["PostgreSQL"] = {"DATABASE_URL": stack.enter_context(throwaway_server(binaries))}
        yield found


@contextlib.contextmanager
def environment(chromium: str) -> Iterator[dict[str, str]]:
    """A folder of its own for what is written: two runs at a time do not meet, and `var/` is left alone."""
    with tempfile.TemporaryDirectory(prefix="fixaloop-tests-") as folder:
        environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        yield environ | {"VAR_DIR": folder, "CHROMIUM": chromium}


def run_pytest(title: str, arguments: list[str], environ: Mapping[str, str], counts: Counter[str]) -> None:
    """One pytest process, its results added to `counts`; one that ends badly without a failed test counts as one."""
    print(f"\n=== {title} ===", flush=True)
    report = Path(environ["VAR_DIR"]) / f"{title}.xml"
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments]
    status = subprocess.run(command, env=environ, check=False).returncode
    for suite in ElementTree.parse(report).iter("testsuite") if report.exists() else ():
        tests, skipped = int(suite.attrib["tests"]), int(suite.attrib["skipped"])
        failed = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
        counts.update(passed=tests - failed - skipped, failed=failed, skipped=skipped)
        status = 0 if failed else status
    if status not in HARMLESS:
        counts["failed"] += 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
