"""Work that is over by a moment or leaves nothing: whoever asked has gone by then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.db import DatabaseError, connection, transaction

# Statements are given a new limit only once so much of the last one has gone: most work is over before.
STEP = 0.1
# PostgreSQL: a lock was not available in time; a statement was cancelled.
GAVE_UP = ("55P03", "57014")


class TooLate(Exception):
    """The time for this work has passed."""


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._ends = monotonic() + seconds

    @property
    def left(self) -> float:
        return self._ends - monotonic()

    def at_most(self, seconds: float) -> Deadline:
        return Deadline(min(self.left, seconds))

    def check(self) -> None:
        if self.left <= 0:
            raise TooLate


@dataclass(frozen=True)
class Patience:
    """How many seconds a statement may wait for a lock, and take."""

    lock: float
    statement: float


@contextmanager
def bounded(deadline: Deadline, patience: Patience) -> Iterator[None]:
    """A transaction that is committed before the deadline, or not at all.

    Raises `TooLate`, or the error of a statement that gave up (`gave_up`).
    """
    deadline.check()
    with busy_for(min(patience.lock, deadline.left)), transaction.atomic():
        with connection.execute_wrapper(_Limits(deadline, patience)):
            yield
        deadline.check()


def gave_up(error: DatabaseError) -> bool:
    """Whether a statement waited too long, rather than failed."""
    return getattr(error.__cause__, "sqlstate", "") in GAVE_UP or "database is locked" in str(error)


@contextmanager
def busy_for(seconds: float) -> Iterator[None]:
    """How long SQLite waits for its turn to write."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    usual = connection.settings_dict["OPTIONS"].get("timeout", 5)
    _wait_for_turn(seconds)
    try:
        yield
    finally:
        _wait_for_turn(usual)


def _wait_for_turn(seconds: float) -> None:
    if connection.connection is not None:
        connection.connection.execute(f"PRAGMA busy_timeout = {_milliseconds(seconds)}")


class _Limits:
    """Limits of the transaction on PostgreSQL, which hold behind a pooler too; lowered as time passes."""

    def __init__(self, deadline: Deadline, patience: Patience) -> None:
        self._deadline, self._patience = deadline, patience
        self._allowed = float("inf")

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self._deadline.check()
        left = self._deadline.left
        if connection.vendor == "postgresql" and left < self._allowed - STEP:
            limits = [_milliseconds(min(limit, left)) for limit in (self._patience.lock, self._patience.statement)]
            execute(
                "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)",
                [str(limit) for limit in limits],
                False,
                context,
            )
            self._allowed = left
        return execute(sql, params, many, context)


def _milliseconds(seconds: float) -> int:
    """Never 0, which means without a limit."""
    return max(int(seconds * 1000), 1)
