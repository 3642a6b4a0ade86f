"""Files out and in: exports beside bare openpyxl, imports with others at work, on both databases.

`python -m tests.bench.files` measures them alone, beside what `make bench` keeps.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.process import answer, ask, start
from tests.bench.storage import connect, folder_of, is_seeded, kept_server
from tests.postgres import NAME

EXPORTED = (20_000, 100_000)
IMPORTED = (10_000, 100_000)
SCRATCH = "fixaloop_files"


def exports(url: str) -> list[dict[str, Any]]:
    """What exports of some sizes cost beside bare openpyxl."""
    measured = []
    for rows in EXPORTED:
        export = ask(url, f"from tests.bench.export import main; main({rows})")
        print(export_line(export), flush=True)
        measured.append(export)
    return measured


def imports(server: str, sizes: tuple[int, ...] = IMPORTED) -> list[dict[str, Any]]:
    """What imports of some sizes cost on both databases, and how long others had to wait meanwhile."""
    measured = []
    for database in ("PostgreSQL", "SQLite"):
        for rows in sizes:
            with _empty(database, server) as (url, folder):
                ask(url, f"from tests.bench.imports import prepare; prepare({str(folder)!r}, {rows})")
                for kind in ("clients", "interventions"):
                    result = {"database": database, "kind": kind, **_import(url, kind, folder / f"{kind}.xlsx")}
                    print(import_line(result), flush=True)
                    measured.append(result)
    return measured


def _import(url: str, kind: str, path: Path) -> dict[str, Any]:
    others = start(url, "from tests.bench.imports import others; others()")
    measured: dict[str, Any] = ask(url, f"from tests.bench.imports import main; main({kind!r}, {str(path)!r})")
    return measured | {"waits": answer(others)}


@contextlib.contextmanager
def _empty(kind: str, server: str) -> Iterator[tuple[str, Path]]:
    """The address of an empty database, and a folder for files; both go in the end."""
    with tempfile.TemporaryDirectory(prefix="fixaloop-bench-") as folder:
        if kind == "SQLite":
            yield f"sqlite:///{folder}/fixaloop.sqlite3", Path(folder)
            return
        with connect(server) as database:
            database.execute(f"DROP DATABASE IF EXISTS {SCRATCH}")
            database.execute(f"CREATE DATABASE {SCRATCH}")
            try:
                yield f"{server.removesuffix(NAME)}{SCRATCH}", Path(folder)
            finally:
                database.execute(f"DROP DATABASE {SCRATCH} WITH (FORCE)")


def export_line(export: dict[str, Any]) -> str:
    """An export as a line."""
    ours, bare = export["ours"], export["bare"]
    ratio = ours["processor"] / bare["processor"]
    verdict = "ok" if ratio <= 1.3 and ours["above"] <= 40 and ours["peak"] <= 200 else "TOO SLOW"
    return (
        f"export of {export['rows']} rows: {ours['processor']:.1f} s of processor ({ours['seconds']:.1f} s), bare"
        f" openpyxl {bare['processor']:.1f} s ({bare['seconds']:.1f} s), ratio {ratio:.2f} (1.3);"
        f" + {ours['above']:.0f} MB (40), {ours['peak']:.0f} MB in all (200): {verdict}"
    )


def import_line(result: dict[str, Any]) -> str:
    """An import as lines. The bars are those of clients, on our own processor time: others use the machine too."""
    rows, processor = result["rows"], result["processor"]
    missed = rows / processor < 1_500 or result["peak"] > 300
    verdict = "" if result["kind"] != "clients" else "TOO SLOW" if missed else "ok"
    waits = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in result["waits"].items())
    return (
        f"import of {rows} {result['kind']} on {result['database']}: {processor:.1f} s of processor,"
        f" {rows / processor:.0f} rows/s (1500); {result['seconds']:.1f} s by the clock,"
        f" {rows / result['seconds']:.0f} rows/s; {result['peak']:.0f} MB (300) {verdict}\n"
        f"    longest wait of others: {waits}"
    )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-export", action="store_true")
    parser.add_argument("--imported", type=int, nargs="*", default=IMPORTED, help="clients of each import")
    options = parser.parse_args()
    folder = folder_of("100k")
    if not is_seeded(folder):
        raise SystemExit("Run make bench once: it makes the clients that are exported.")
    with kept_server(folder) as server:
        if not options.no_export:
            exports(server)
        imports(server, tuple(options.imported))
    return 0


if __name__ == "__main__":
    sys.exit(main())
