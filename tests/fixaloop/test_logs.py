"""The log: a line is a line, whatever visitors type."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TELL = r"""
import logging
import django
django.setup()
logging.getLogger("library").warning("login failure by %s", "jean\n2026-11-21 INFO fixaloop: \x1b[31mforged")
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("fixaloop").exception("it failed")
"""


def test_what_is_typed_begins_no_line_of_the_log(tmp_path: Path) -> None:
    environment = {"DJANGO_SETTINGS_MODULE": "fixaloop.settings", "VAR_DIR": str(tmp_path)}
    command = [sys.executable, "-c", TELL]
    result = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True)
    lines = result.stderr.splitlines()
    assert lines[0].endswith(r"WARNING library: login failure by jean\n2026-11-21 INFO fixaloop: \x1b[31mforged")
    # Where an error comes from still takes its lines.
    assert lines[1].endswith("ERROR fixaloop: it failed")
    assert lines[2] == "Traceback (most recent call last):"
