"""Programs of Fixaloop as processes: with an environment of their own, and what they said."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.migrated import kept_file

ROOT = Path(__file__).parents[1]
# Each command is a process of its own; all come from one that has loaded Fixaloop, which takes longer than they do.
COMMANDS = """
import json, os, runpy, sys
import django
from django.urls import get_resolver
django.setup()
get_resolver().url_patterns
for line in sys.stdin:
    if not os.fork():
        *sys.argv[:], out, err = json.loads(line)
        sys.stdout, sys.stderr = open(out, "w"), open(err, "w")
        runpy.run_path("manage.py", run_name="__main__")
        sys.exit()
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
Manage = Callable[..., subprocess.CompletedProcess[str]]


def run_program(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=_bare() | variables, capture_output=True, text=True, check=False)


def _bare() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


@contextmanager
def manage(**variables: str) -> Iterator[Manage]:
    """Runs commands of `manage.py` in one environment."""
    environ = _bare() | {"DJANGO_SETTINGS_MODULE": "fixaloop.settings"} | variables
    piped: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([sys.executable, "-c", COMMANDS], cwd=ROOT, env=environ, **piped) as program,
    ):
        out, err = Path(folder, "out"), Path(folder, "err")

        def run(*arguments: str) -> subprocess.CompletedProcess[str]:
            print(json.dumps(["manage.py", *arguments, str(out), str(err)]), file=program.stdin, flush=True)
            status = int(program.stdout.readline())
            return subprocess.CompletedProcess(arguments, status, out.read_text(), err.read_text())

        yield run


def migrated(folder: Path) -> dict[str, str]:
    """The environment of a folder with an empty database in it."""
    if kept_file().exists():
        shutil.copyfile(kept_file(), folder / "fixaloop.sqlite3")
    else:
        assert run_program("manage.py", "migrate", VAR_DIR=str(folder)).returncode == 0
    return {"VAR_DIR": str(folder)}
