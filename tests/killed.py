"""A process of our own on the test's database; one that is killed by itself in the middle of its work."""

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).parents[1]
PREAMBLE = """
import os, signal, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "fixaloop.settings"
import django
django.setup()

def killed_after(calls, function):
    def wrapped(*args, **kwargs):
        nonlocal calls
        result = function(*args, **kwargs)
        calls -= 1
        if calls == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return wrapped

"""


def run_killed(program: str, folder: Path) -> int:
    """Run a program that kills itself with `killed_after(calls, function)`; return how it ended (-9)."""
    command = [sys.executable, "-c", PREAMBLE + program]
    environ = environment(folder)
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, check=False, timeout=300).returncode


def environment(folder: Path) -> dict[str, str]:
    """What a process on the test's database is started with; it writes in the folder."""
    return os.environ | {"DATABASE_URL": database_url(), "VAR_DIR": str(folder), "MEDIA_ROOT": str(folder)}


def database_url() -> str:
    """The address of the test's own database."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    user = f"{settings['USER']}:{settings['PASSWORD']}" if settings["PASSWORD"] else settings["USER"]
    host, port = settings["HOST"], settings["PORT"]
    if str(host).startswith("/"):
        return f"postgres://{user}@/{host}/{settings['NAME']}"
    return f"postgres://{user}@{host}{f':{port}' if port else ''}/{settings['NAME']}"
