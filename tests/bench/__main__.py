"""`python -m tests.bench --size 100k|1m|5m`: prints a table and writes `bench/SIZE-COMMIT.json` in `VAR_DIR`.

The figures are for reading: the exit code is 0 unless a page fails.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench import files, pieces, report
from tests.bench.cases import all_cases
from tests.bench.cases.case import Case, Failed
from tests.bench.keys import PASSWORD, USERNAME
from tests.bench.measure import HELLO, measure
from tests.bench.server import Browser, csrf_token, web_server
from tests.bench.storage import ROOT, VAR, connect, folder_of, is_behind, is_seeded, keep, kept_server
from tests.bench.weight import first_visit

SIZES = {"100k": 100_000, "1m": 1_000_000, "5m": 5_000_000}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="100k")
    parser.add_argument("--times", type=int, default=60, help="timed requests of each case")
    parser.add_argument("--only", default="", help="only the cases whose name this pattern finds")
    parser.add_argument("--pieces", nargs="*", metavar="PIECE", help="what each piece of fixaloop/speed buys instead")
    parser.add_argument("--no-export", action="store_true")
    parser.add_argument("--no-import", action="store_true")
    parser.add_argument("--seed", action="store_true", help="fill the database and measure nothing")
    options = parser.parse_args()
    folder = folder_of(options.size)
    with kept_server(folder) as url:
        _prepare(url, folder, SIZES[options.size])
        if options.seed:
            print(f"The data is in {folder}")
            return 0
        try:
            if options.pieces is not None:
                measure_pieces(url, options)
                return 0
            result = run(url, options)
        except Failed as failure:
            print(f"FAILED {failure}", file=sys.stderr)
            return 1
    if not options.only:
        report.write(VAR / f"{options.size}-{result['commit']}.json", result)
        print(report.growth_line(VAR, options.size))
    return 0


def _prepare(url: str, folder: Path, clients: int) -> None:
    """Fill an empty database; one kept from an earlier run gets the migrations that are new."""
    if is_seeded(folder):
        behind = is_behind(folder)
        _python(url, "from tests.bench.seeds import reuse; reuse()", otherwise=f"Remove {folder}: it no longer serves.")
        if behind:
            with connect(url) as database:
                database.execute("VACUUM (ANALYZE)")
    else:
        print(f"Filling the database: {clients} clients...", flush=True)
        _python(url, f"from tests.bench.seeds import seed; seed({clients})")
    keep(folder)


def run(url: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measures everything against one database. Raises Failed."""
    result: dict[str, Any] = {"commit": report.commit(), "size": options.size, "cases": []}
    with connect(url) as database, web_server(url) as port:
        browser = Browser(port)
        browser.sign_in(USERNAME, PASSWORD)
        token = csrf_token(browser.ask(HELLO).text)
        print(report.COLUMNS)
        for case in all_cases(database, options.times, token):
            if re.search(options.only, case.name):
                figure = measure(case, port, browser.cookies, options.times)
                result["cases"].append(figure.as_json())
                print(report.line(figure), flush=True)
        result["first_visit"] = first_visit(port, browser.cookies, "/clients/")
        print(report.visit_line(result["first_visit"]))
    if not options.no_export and not options.only:
        result["exports"] = files.exports(url)
    if not options.no_import and not options.only:
        result["imports"] = files.imports(url)
    return result


def measure_pieces(url: str, options: argparse.Namespace) -> None:
    """Print what each piece buys on the pages of some cases. Raises Failed."""
    with connect(url) as database:
        cases = [case for case in all_cases(database, options.times, "") if is_measured(case, options.only)]
    pieces.compare(url, cases, options.times, options.pieces or pieces.EVERY)


def is_measured(case: Case, only: str) -> bool:
    return bool(re.search(only, case.name)) if only else case.name in pieces.CASES


def _python(url: str, code: str, *, otherwise: str = "") -> None:
    """Runs some code in a process of its own, with Django set up."""
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code]
    environment = os.environ | {"DATABASE_URL": url, "LOG_LEVEL": "WARNING"}
    if subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode:
        raise SystemExit(otherwise or f"{code}: failed")


if __name__ == "__main__":
    sys.exit(main())
