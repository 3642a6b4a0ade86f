"""A replica of the database (`REPLICA_URL`): whether it may serve, and who reads from it.

Positions are bytes of PostgreSQL's log: what was written before one is on the replica once it has replayed as far.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock, Thread
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS as PRIMARY, Error, InterfaceError, OperationalError, connections
from django.db.models import Model

logger = logging.getLogger("fixaloop")
T = TypeVar("T")

REPLICA = "replica"
# Seconds: how long a look at the replica counts, how long a page waits for one, how long nobody looks after a failure,
# how long the worker waits until the replica has everything.
FRESH, PATIENCE, LEFT_ALONE, WAITED_FOR = 1.0, 0.5, 15.0, 10.0
# Who is signed in, what they may do, jobs, and what forms and numbers rely on is read where it is written.
KEPT = frozenset(("admin", "auth", "contenttypes", "django_tasks_database", "fixaloop", "sessions"))
SHOWN = frozenset(("fixaloop.auditentry",))
WRITTEN = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
FLUSHED = "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint"
REPLAYED = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint END"
# PostgreSQL gave up this statement, as for what must be removed on the replica too; it answers all the same.
CANCELLED = ("40001", "57014")
# Further than any log gets.
FAR = 2**63 - 1

_read_from = ContextVar("read_from", default=PRIMARY)


class Router:
    """Reads are where `reading_replica` says, writes on the primary."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        kept = model._meta.app_label in KEPT and model._meta.label_lower not in SHOWN
        return PRIMARY if kept else _read_from.get()

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return PRIMARY

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool | None:
        return True if {one._state.db, other._state.db} <= {PRIMARY, REPLICA} else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == REPLICA else None


@contextmanager
def reading_replica() -> Iterator[None]:
    token = _read_from.set(REPLICA)
    try:
        yield
    finally:
        _read_from.reset(token)


def is_set_up() -> bool:
    return REPLICA in connections


def position() -> int:
    """Where the log of the primary ends: behind everything that was written; far away where it does not say."""
    try:
        return _asked(PRIMARY, WRITTEN) or FAR
    except Error:
        return FAR


def _asked(alias: str, query: str) -> int | None:
    with connections[alias].cursor() as cursor:
        cursor.execute(query)
        found: int | None = cursor.fetchone()[0]
        return found


class Watch:
    """What this process knows of the replica: how far it is, and whether that is near enough.

    It is as far behind as the last position of the primary that it has reached is old. The clock of another machine
    plays no part, nor does a primary where nothing happens.
    """

    def __init__(self) -> None:
        self.state = "unknown"
        self._replayed = 0
        self._looked_at = float("-inf")
        self._left_until = float("-inf")
        self._seen: list[tuple[float, int]] = []
        self._turn = Lock()

    def may_serve(self, written: int = 0) -> bool:
        """Whether it is near enough, and has what was written up to a position."""
        if not is_set_up() or time.monotonic() < self._left_until:
            return False
        if time.monotonic() - self._looked_at >= FRESH:
            # In a thread: a machine that does not answer at all keeps no page waiting.
            look = Thread(target=self._look, daemon=True)
            look.start()
            look.join(PATIENCE)
        is_known = time.monotonic() - self._looked_at < FRESH + PATIENCE
        return is_known and self.state == "ok" and self._replayed >= written

    def catches_up(self) -> bool:
        """Wait a while until it has all that is written now; whether it has."""
        if not is_set_up():
            return False
        wanted, until = position(), time.monotonic() + WAITED_FOR
        while not self.may_serve(wanted):
            if self.state == "away" or time.monotonic() > until:
                return False
            time.sleep(FRESH)
        return True

    def failed(self, error: Error) -> None:
        """Leave it alone for a while, unless it has only given up one statement."""
        logger.warning("the replica failed, the primary serves: %s", error)
        if getattr(error.__cause__, "sqlstate", None) not in CANCELLED:
            self.state, self._left_until = "away", time.monotonic() + LEFT_ALONE

    def _look(self) -> None:
        if not self._turn.acquire(blocking=False):
            return
        try:
            self._measure()
        except (OperationalError, InterfaceError) as error:
            self.failed(error)
        finally:
            self._turn.release()
            connections.close_all()

    def _measure(self) -> None:
        now = time.monotonic()
        written = _asked(PRIMARY, FLUSHED) or FAR
        replayed = _asked(REPLICA, REPLAYED) or 0
        recent = [(at, place) for at, place in self._seen if now - at <= settings.REPLICA_MAX_LAG_SECONDS]
        self._seen = [*recent, (now, written)]
        self._replayed = replayed
        self.state = "ok" if any(place <= replayed for _at, place in self._seen) else "behind"
        self._looked_at = time.monotonic()


watch = Watch()


def read_by_worker(work: Callable[[], T]) -> T:
    """Do work that reads a lot and may begin anew, on the replica if it has all that is written now."""
    if watch.catches_up():
        try:
            with reading_replica():
                return work()
        except (OperationalError, InterfaceError) as error:
            watch.failed(error)
    return work()
