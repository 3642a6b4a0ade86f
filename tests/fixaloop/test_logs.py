"""The log: a line is a line, whatever visitors type; as JSON it says in whose course it was written."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client as Browser

from fixaloop.watch.logs import JsonFormatter, in_course_of

ROOT = Path(__file__).parents[2]
TELL = r"""
import logging
from django.conf import settings
from django.utils.log import configure_logging
configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
logging.getLogger("library").warning("login failure by %s", "jean\n2026-11-21 INFO fixaloop: \x1b[31mforged")
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("fixaloop").exception("it failed")
"""


def told(folder: Path, **variables: str) -> list[str]:
    environment = {"DJANGO_SETTINGS_MODULE": "fixaloop.settings", "VAR_DIR": str(folder)} | variables
    command = [sys.executable, "-c", TELL]
    result = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True)
    return result.stderr.splitlines()


def test_what_is_typed_begins_no_line_of_the_log(tmp_path: Path) -> None:
    lines = told(tmp_path)
    assert lines[0].endswith(r"WARNING library: login failure by jean\n2026-11-21 INFO fixaloop: \x1b[31mforged")
    # Where an error comes from still takes its lines.
    assert lines[1].endswith("ERROR fixaloop: it failed")
    assert lines[2] == "Traceback (most recent call last):"


def test_as_json_each_line_is_one_object_with_its_exception(tmp_path: Path) -> None:
    forged, failed = map(json.loads, told(tmp_path, LOG_FORMAT="json"))
    assert forged["message"].endswith("\n2026-11-21 INFO fixaloop: \x1b[31mforged")
    assert forged["time"].endswith("+00:00")
    assert (failed["level"], failed["logger"], failed["message"]) == ("ERROR", "fixaloop", "it failed")
    first, *_trace, last = failed["exception"].splitlines()
    assert (first, last) == ("Traceback (most recent call last):", "ZeroDivisionError: division by zero")


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.told: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(json.loads(self.format(record)))


@pytest.fixture
def lines(settings: Any) -> Any:
    settings.LOG_FORMAT = "json"
    handler = Lines()
    logging.getLogger("fixaloop").addHandler(handler)
    yield handler
    logging.getLogger("fixaloop").removeHandler(handler)


@pytest.mark.django_db
def test_all_lines_of_a_request_bear_the_number_that_its_answer_bears(desk: Browser, lines: Lines) -> None:
    given = desk.get("/clients/?q=Mme+Perrin", headers={"X-Request-ID": "proxy-0123456789"})
    assert given["X-Request-ID"] == "proxy-0123456789"
    asked = lines.told[-1]
    assert asked.pop("ms") > 0
    user = int(desk.session[SESSION_KEY])
    expected = {"request": "proxy-0123456789", "method": "GET", "view": "clients:list", "status": 200, "user": user}
    assert expected.items() <= asked.items()
    assert "Perrin" not in json.dumps(asked)
    # What is not sane is not taken over, and what a host is refused for is told with the number of the answer.
    other = desk.get("/clients/", headers={"X-Request-ID": "a\\n b", "host": "unknown.example"})
    assert len(other["X-Request-ID"]) == 32
    assert {line["request"] for line in lines.told[-2:]} == {other["X-Request-ID"]}


def test_lines_of_the_worker_bear_its_task(lines: Lines) -> None:
    with in_course_of(task="1"):
        logging.getLogger("fixaloop.exports").warning("stopped")
    logging.getLogger("fixaloop.exports").warning("idle")
    assert [line.get("task") for line in lines.told] == ["1", None]
