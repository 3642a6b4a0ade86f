"""The statements that each test sends to the database, and few tests that together send them all.

What SQLite was asked decides what PostgreSQL is asked: a test whose statements others send need not run on both.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Any

from django.db import connection

# The folder where each process of a run leaves what its tests sent, and that of an earlier run to choose by.
SENT, CHOSEN_BY = "TESTS_SENT", "TESTS_CHOSEN_BY"
# Where those of the last run of all tests stay, for Django 6.
KEPT = Path(__file__).parents[1] / ".pytest_cache" / "sent"
# What a test costs beside its statements.
ITSELF = 5
# What differs between two tests in a statement that is the same: values, rows, columns that are listed, names, numbers.
VARYING = (
    (re.compile(r"%s(?:, %s)+"), "%s"),
    (re.compile(r"(\([^()]*\))(?:, \1)+"), r"\1"),
    (re.compile(r'"\w+"(?:\."\w+")?(?: AS "\w+")?(?:, "\w+"(?:\."\w+")?(?: AS "\w+")?)+'), "columns"),
    (re.compile(r"\b\d+\b|\"s\d+_x\d+\"|'[^']*'"), "?"),
)
# Tables and savepoints: each database has its own.
NO_QUESTION = re.compile(r"\s*(?:CREATE|ALTER|DROP|PRAGMA|SAVEPOINT|RELEASE|ROLLBACK|BEGIN)\b")

sent: dict[str, list[str]] = {}


@contextmanager
def hearing(test: str) -> Iterator[None]:
    """Keep the shapes of the statements that the test sends."""
    shapes: set[str] = set()

    def hear(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        shapes.add(_shape(str(sql)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(hear):
        yield
    sent[test] = sorted(shapes - {""})


@cache
def _shape(statement: str) -> str:
    if NO_QUESTION.match(statement):
        return ""
    for varying, instead in VARYING:
        statement = varying.sub(instead, statement)
    return statement


def write_sent() -> None:
    """Leave what was heard in this process, where a run asks for it."""
    if folder := os.environ.get(SENT):
        Path(folder, f"{os.getpid()}.json").write_text(json.dumps(sent), encoding="utf-8")


def chosen(always: set[str]) -> set[str] | None:
    """The tests to run with these ones, so that all statements of an earlier run are sent; None without such a run."""
    if not (folder := os.environ.get(CHOSEN_BY)):
        return None
    heard: dict[str, set[str]] = {}
    for file in Path(folder).glob("*.json"):
        heard |= {test: set(shapes) for test, shapes in json.loads(file.read_text(encoding="utf-8")).items()}
    covered = set[str]().union(*(heard.get(test, ()) for test in always))
    return always | set(_choose(heard, covered))


def _choose(heard: dict[str, set[str]], covered: set[str]) -> Iterator[str]:
    """The cheapest for what it adds comes first; each is weighed again in its turn, by what the others left it."""
    waiting = [((len(shapes) + ITSELF) / len(shapes), test) for test, shapes in heard.items() if shapes]
    heapify(waiting)
    while waiting:
        _weight, test = heappop(waiting)
        if new := len(heard[test] - covered):
            weight = (len(heard[test]) + ITSELF) / new
            if waiting and (weight, test) > waiting[0]:
                heappush(waiting, (weight, test))
            else:
                covered |= heard[test]
                yield test
