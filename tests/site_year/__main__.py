"""A year at a site, simulated: presence as Fixaloop keeps it compared with where everybody really is, every hour.

python -m tests.site_year [--seed N] [--days N] [--people N] [--database sqlite|postgresql]

Prints a table and writes `site-year/COMMIT.json` in `VAR_DIR`, with causes and examples. The database is thrown away.
The same seed gives the same truth whatever the rules answer. See docs/site-year.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.postgres import find_binaries, throwaway_server
from tests.site_year.merge import merge
from tests.site_year.people import PARTS
from tests.site_year.report import table

ROOT = Path(__file__).parents[2]
PREFIX, RESULT = "fixaloop-site-year-", "result.json"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options = vars(parser.parse_args())
    database = options.pop("database")
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX))) for _part in range(PARTS)]
        urls = [f"sqlite:///{folder}/year.sqlite3" for folder in folders]
        if database == "postgresql":
            urls = [stack.enter_context(throwaway_server(_binaries())) for _part in range(PARTS)]
        result = {"commit": commit(), "options": options, **merge(run(options, folders, urls))}
    print(table(result))
    kept = Path(os.environ.get("VAR_DIR") or ROOT / "var") / "site-year"
    kept.mkdir(parents=True, exist_ok=True)
    (kept / f"{result['commit']}.json").write_text(json.dumps(result, indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


def _binaries() -> Path:
    if (binaries := find_binaries()) is None:
        raise SystemExit("PostgreSQL's server was not found (initdb, pg_ctl).")
    return binaries


def run(options: dict[str, Any], folders: list[Path], urls: list[str]) -> list[dict[str, Any]]:
    """Lives through all parts at once, each in its folder and database. Raises SystemExit if one fails."""
    running = []
    for part, (folder, url) in enumerate(zip(folders, urls, strict=True)):
        environ = os.environ | {"DATABASE_URL": url, "VAR_DIR": str(folder), "LOG_LEVEL": "ERROR", "ALLOWED_HOSTS": "*"}
        code = f"from tests.site_year.inside import main; main({str(folder / RESULT)!r}, {options | {'part': part}!r})"
        command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", code]
        running.append(subprocess.Popen(command, cwd=ROOT, env=environ))
    try:
        if any(process.wait() for process in running):
            raise SystemExit("A part of the simulation failed.")
    finally:
        for process in running:
            process.kill()
    return [json.loads((folder / RESULT).read_text(encoding="utf-8")) for folder in folders]


def commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
