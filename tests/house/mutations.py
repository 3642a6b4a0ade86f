"""The code broken in one place at a time: does a test see it?

python -m tests.house.mutations [--wide] [NAME ...]

applies each mutation of `mutations.toml` to a copy of the code and runs the tests that have seen it before; with
`--wide` all tests where it may be seen, and names those that do. NAME is a part of a mutation's name. Exit 1 where one
is not seen, or where its text does not stand exactly once in the code.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.postgres import find_binaries, throwaway_server
from tests.run import find_chromium

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_suffix(".toml")
FOLDERS = ("fixaloop", "clients", "access", "interventions", "templates")
FAILED = re.compile(r"^(?:FAILED|SUBFAILED|ERROR) (tests/\S+::\S.*?)(?: - .*)?$", re.MULTILINE)
TESTS_FAILED = 1


class Unclear(Exception):
    """A mutation that cannot be tried; says why."""


@dataclass(frozen=True)
class Mutation:
    """One place, broken."""

    name: str
    old: str
    new: str
    wide: list[str]
    seen_by: list[str]
    database: str = "SQLite"

    def find(self, root: Path) -> Path:
        """The one file that holds the text. Raises Unclear."""
        holding = [path for path in files(root) if self.old in path.read_text(encoding="utf-8")]
        times = sum(path.read_text(encoding="utf-8").count(self.old) for path in holding)
        if times != 1:
            raise Unclear(f"its text stands {times} times in the code: {self.old!r}")
        return holding[0]


def read_list() -> list[Mutation]:
    """The mutations of `mutations.toml`."""
    return [Mutation(**entry) for entry in tomllib.loads(LIST.read_text(encoding="utf-8"))["mutation"]]


def files(root: Path) -> Iterator[Path]:
    """The code and the templates."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".py", ".html", ".txt") and "migrations" not in path.parts:
                yield path


def main(arguments: list[str]) -> int:
    """The command line."""
    wide, parts = "--wide" in arguments, [argument for argument in arguments if argument != "--wide"]
    chosen = [one for one in read_list() if not parts or any(part in one.name for part in parts)]
    unseen = 0
    with tempfile.TemporaryDirectory(prefix="fixaloop-mutations-") as folder, contextlib.ExitStack() as servers:
        bench = Bench(Path(folder), servers)
        for mutation in chosen:
            try:
                seen = bench.try_out(mutation, mutation.wide if wide else mutation.seen_by or mutation.wide)
                said = f"seen by {len(seen)}" if seen else "NOT SEEN"
            except Unclear as reason:
                seen, said = [], str(reason)
            unseen += not seen
            print(f"{mutation.name:42} {said}", flush=True)
            if wide:
                print("".join(f"    {name}\n" for name in seen), end="", flush=True)
    print(f"{len(chosen) - unseen} of {len(chosen)} seen")
    return int(bool(unseen))


@dataclass
class Bench:
    """A copy of the code to break, and what its tests run on."""

    folder: Path
    servers: contextlib.ExitStack
    environ: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.code = self.folder / "code"
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (self.code / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.code / name)

    def try_out(self, mutation: Mutation, tests: list[str]) -> list[str]:
        """The tests that fail with the mutation. Raises Unclear."""
        if not tests:
            raise Unclear("no test is named that sees it")
        path = mutation.find(self.code)
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.replace(mutation.old, mutation.new), encoding="utf-8")
        try:
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rfE", "--tb=no", *tests]
            environ = self.environment(mutation.database)
            result = subprocess.run(
                command, cwd=self.code, env=environ, capture_output=True, text=True, check=False, timeout=3600
            )
        finally:
            path.write_text(whole, encoding="utf-8")
        if result.returncode > TESTS_FAILED:
            raise Unclear(f"the tests did not run: {result.stdout[-2000:]}{result.stderr[-2000:]}")
        return FAILED.findall(result.stdout)

    def environment(self, database: str) -> dict[str, str]:
        """What the tests are started with. Raises Unclear where the database is not installed."""
        if database not in self.environ:
            environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
            environ |= {"VAR_DIR": str(self.folder / database), "CHROMIUM": find_chromium()}
            if database == "PostgreSQL":
                binaries = find_binaries()
                if binaries is None:
                    raise Unclear("PostgreSQL is not installed")
                environ["DATABASE_URL"] = self.servers.enter_context(throwaway_server(binaries))
            self.environ[database] = environ
        return self.environ[database]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
