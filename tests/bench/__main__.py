"""`python -m tests.bench --size 100k|1m`: prints a table and writes `var/bench/SIZE-COMMIT.json`.

The figures are for reading: the exit code is 0 unless a page fails.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from tests.bench import files, report
from tests.bench.cases import Case, depth_cases, draw, list_cases, page_cases, search_cases, worst_cases
from tests.bench.cluster import database_url, kept_server
from tests.bench.measure import HELLO, Failed, measure
from tests.bench.server import ROOT, Browser, csrf_token, web_server
from tests.bench.storage import PASSWORD, USERNAME, folder_of
from tests.bench.weight import first_visit
from tests.postgres import NAME

SIZES = {"100k": 100_000, "1m": 1_000_000}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="100k")
    parser.add_argument("--times", type=int, default=60, help="timed requests of each case")
    parser.add_argument("--only", default="", help="only the cases whose name holds this")
    parser.add_argument("--no-export", action="store_true")
    parser.add_argument("--no-import", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that both servers are stopped
    var = ROOT / "var" / "bench"
    folder = folder_of(options.size, var)
    with kept_server(folder) as sockets:
        url = database_url(sockets)
        if not (folder / "seeded").exists():
            print(f"Filling the database: {SIZES[options.size]} clients...", flush=True)
            _python(url, f"from tests.bench.seed import seed; seed({SIZES[options.size]})")
            (folder / "seeded").touch()
        try:
            result = run(sockets, options)
        except Failed as failure:
            print(f"FAILED {failure}", file=sys.stderr)
            return 1
    if not options.only:
        report.write(var / f"{options.size}-{result['commit']}.json", result)
        print(report.growth_line(var, options.size))
    return 0


def run(sockets: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Measures everything against one database. Raises Failed."""
    result: dict[str, Any] = {"commit": report.commit(), "size": options.size, "cases": []}
    url = database_url(sockets)
    with (
        psycopg.connect(host=str(sockets), user=NAME, dbname=NAME, autocommit=True) as database,
        web_server(url) as port,
    ):
        browser = Browser(port)
        browser.sign_in(USERNAME, PASSWORD)
        token = csrf_token(browser.ask(HELLO).text)
        print(report.COLUMNS)
        for case in all_cases(database, options.times, token):
            if options.only in case.name:
                figure = measure(case, port, browser.cookies, options.times)
                result["cases"].append(figure.as_json())
                print(report.line(figure), flush=True)
        result["first_visit"] = first_visit(port, browser.cookies, "/clients/")
        print(report.visit_line(result["first_visit"]))
    if not options.no_export and not options.only:
        result["exports"] = files.exports(url)
    if not options.no_import and not options.only:
        result["imports"] = files.imports(sockets)
    return result


def all_cases(database: psycopg.Connection[Any], wanted: int, token: str) -> list[Case]:
    sample = draw(database, wanted)
    return [
        *list_cases(sample, wanted),
        *depth_cases(database, sample, wanted),
        *search_cases(sample, wanted),
        *worst_cases(sample, wanted),
        *page_cases(sample, wanted, token),
    ]


def _python(url: str, code: str) -> None:
    """Runs some code in a process of its own, with Django set up."""
    command = [sys.executable, str(Path("manage.py")), "shell", "--verbosity", "0", "--command", code]
    environment = os.environ | {"DATABASE_URL": url, "LOG_LEVEL": "WARNING"}
    if subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode:
        raise SystemExit(f"{code}: failed")


if __name__ == "__main__":
    sys.exit(main())
