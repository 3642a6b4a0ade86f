"""Settings from the environment: what is empty counts as unset, what makes no sense stops the start with a sentence."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.programs import ROOT, run_program

SHOW = """
from fixaloop import settings
print(settings.DATABASES["default"]["NAME"], settings.RECENT_DAYS, settings.HTTPS, settings.FIRM["name"], sep="|")
"""
# Each start is a process of its own; all come from one that has read Django, which takes longer than what they say.
STARTS = """
import os, runpy, sys
import django.core.management
sys.argv[:], starts = ["manage.py", "check"], sys.argv[1:]
for start in starts:
    folder, name, value = start.split("|")
    if not os.fork():
        os.environ |= {"VAR_DIR": folder, name: value}
        sys.stderr = open(f"{folder}/said", "w")
        runpy.run_path("manage.py", run_name="__main__")
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
WRONG = (
    ("DATABASE_URL", "fixaloop", "postgres://user:password@host/name"),
    ("DATABASE_URL", "mysql://localhost/fixaloop", "postgres://user:password@host/name"),
    ("DATABASE_URL", "postgres://localhost", "postgres://user:password@host/name"),
    ("DATABASE_URL", "postgres://localhost:port/fixaloop", "postgres://user:password@host/name"),
    ("DATABASE_URL", "sqlite://fixaloop.sqlite3", "sqlite:////folder/file.sqlite3"),
    ("REPLICA_URL", "sqlite:////tmp/fixaloop.sqlite3", "postgres://user:password@host/name"),
    ("EMAIL_URL", "mail.example.org", "smtp+tls://"),
    ("OIDC_ISSUER", "http://localhost.example.com", "https://…"),
    ("OIDC_GROUPS", "idp-desk", "theirs=ours"),
    ("UNPAID_LIMIT", "7,5", "with a point"),
    ("UNPAID_LIMIT", "NaN", "a number from 0"),
    ("UNPAID_LIMIT", "-1", "a number from 0"),
    ("RECENT_DAYS", "abc", "a whole number from 0"),
    ("RECENT_DAYS", "-5", "a whole number from 0"),
    ("EVENT_RETENTION_DAYS", "999999999", "a whole number from 1"),
    ("HTTPS", "oui", "1 or 0"),
    ("TIME_ZONE", "Paris", "Europe/Paris"),
    ("HOLIDAYS_REGION", "Alsace", "the number of a department"),
    ("LOG_LEVEL", "loud", "INFO"),
    ("SECRET_KEY_FILE", "/no/such/file", "a file"),
)


def starts(folder: Path, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """How starts with one variable each end, and what they say."""
    asked = []
    for number, (name, value) in enumerate(pairs):
        (folder / str(number)).mkdir()
        asked.append(f"{folder / str(number)}|{name}|{value}")
    ended = run_program("-c", STARTS, *asked).stdout.split()
    return [(status, (folder / str(number) / "said").read_text()) for number, status in enumerate(ended)]


def test_it_says_which_variable_stops_the_start(tmp_path: Path, subtests: pytest.Subtests) -> None:
    told = starts(tmp_path, ((name, value) for name, value, _right in WRONG))
    for (name, value, right), (status, said) in zip(WRONG, told, strict=True):
        with subtests.test(name=name, value=value):
            assert status == "1"
            french, line = said.splitlines()
            assert french.startswith(f"Fixaloop ne démarre pas. {name}={value} ne convient pas")
            assert line.startswith(f"{name}={value} cannot be used")
            assert right in line


def test_it_tells_no_password(tmp_path: Path, subtests: pytest.Subtests) -> None:
    names = ("DATABASE_URL", "EMAIL_URL", "STORAGE_URL")
    told = starts(tmp_path, ((name, "mysql://odile:se:c@ret@host/x") for name in names))
    for name, (_status, said) in zip(names, told, strict=True):
        with subtests.test(name=name):
            assert f"{name}=mysql://…@host/x " in said
            assert "ret@" not in said


def test_what_is_empty_counts_as_unset(tmp_path: Path) -> None:
    names = ("DATABASE_URL", "EMAIL_URL", "UNPAID_LIMIT", "RECENT_DAYS", "HTTPS", "FIRM_NAME", "TIME_ZONE", "LOG_LEVEL")
    result = run_program("-c", SHOW, VAR_DIR=str(tmp_path), **dict.fromkeys(names, ""))
    assert result.stdout.strip() == f"{tmp_path}/fixaloop.sqlite3|90|False|Fixaloop", result.stderr
    result = run_program(
        "-c", "from fixaloop import settings; print(settings.VAR_DIR)", VAR_DIR="", SECRET_KEY="x" * 50
    )
    assert result.stdout.strip() == str(ROOT / "var"), result.stderr


def test_it_reads_a_variable_from_a_file(tmp_path: Path) -> None:
    for name, value in (("url", f"sqlite:///{tmp_path}/other.sqlite3\n"), ("days", "30\n")):
        (tmp_path / name).write_text(value)
    files = {"DATABASE_URL_FILE": f"{tmp_path}/url", "RECENT_DAYS_FILE": f"{tmp_path}/days"}
    result = run_program("-c", SHOW, VAR_DIR=str(tmp_path), **files)
    assert result.stdout.strip() == f"{tmp_path}/other.sqlite3|30|False|Fixaloop", result.stderr


def test_the_web_server_reads_its_own_in_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "workers").write_text("3\n")
    ask = ("-m", "gunicorn", "--print-config", "fixaloop.wsgi")
    common = {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "fixaloop.settings"}
    shown = run_program(*ask, WEB_CONCURRENCY_FILE=f"{tmp_path}/workers", HOST="", PORT="8123", **common)
    assert "['127.0.0.1:8123']" in shown.stdout
    assert ["workers", "=", "3"] in [line.split() for line in shown.stdout.splitlines()]
    refused = run_program(*ask, WEB_THREADS="many", **common)
    assert "WEB_THREADS=many cannot be used: it should be a whole number from 1" in refused.stderr
