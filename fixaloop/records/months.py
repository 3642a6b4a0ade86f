"""A table of what happens, kept by month on PostgreSQL: what goes after some time goes as a whole month, at once.

The table is cut at the moment when it was first divided (`dividing.py`). What came before stays as it was, in one part.
After it, what is kept for good lies in one part, and what is forgotten in one part a month. A part without bounds takes
what has no month, so that nothing is ever refused. Months are those of UTC: they stay where they are when the firm’s
time zone changes. On SQLite, and inside another’s transaction, there is nothing to do here: locks would last too long.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from django.db import DatabaseError, connection, transaction

from fixaloop.records.deadlines import gave_up

T = TypeVar("T")
# The gate waits behind whoever waits for a lock: for no longer than this, then it goes first.
WAIT_MS = 300
TRIES = 20
PAUSE = 0.5
# Rows are moved into a new part while the gate waits: a month with more than this gets no part.
MOST_MOVED = 10_000
# Keys of rows whose links are deleted together.
WINDOW = 50_000
_NAME = re.compile(r"_(\d{4})_(\d{2})$")


@dataclass(frozen=True)
class Monthly:
    """A table kept by month of its column `at`: rows of some kinds are forgotten, and with them their links."""

    table: str
    forgotten: tuple[str, ...]
    links: str
    link: str

    @property
    def before(self) -> str:
        return f"{self.table}_before"

    @property
    def after(self) -> str:
        return f"{self.table}_after"

    @property
    def kept(self) -> str:
        return f"{self.table}_kept"

    @property
    def passing(self) -> str:
        return f"{self.table}_passing"

    @property
    def stray(self) -> str:
        return f"{self.table}_stray"

    def part(self, month: datetime) -> str:
        return f"{self.table}_{month:%Y_%m}"


def month_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(month: datetime) -> datetime:
    return month_of(month + timedelta(days=31))


def prepare(monthly: Monthly, at: datetime, ahead: int) -> int:
    """Make the parts of this month, of so many after it, and of past ones that have rows; return how many."""
    if not _is_ours(monthly):
        return 0
    with connection.cursor() as cursor:
        begins, made = _begins(cursor, monthly), _months(cursor, monthly)
        wanted = set(_stray_months(cursor, monthly, at))
    month = month_of(at)
    for _number in range(ahead + 1):
        wanted.add(month)
        month = month_after(month)
    wanted = {month for month in wanted if month >= begins}
    count = sum(patiently(partial(_make, monthly=monthly, month=month)) for month in sorted(wanted - made))
    if count:
        analyze(monthly)
    return count


def drop(monthly: Monthly, limit: datetime) -> int:
    """Drop the months that were over by then; return how many rows they had.

    One that others read for too long is left to whoever deletes row by row.
    """
    if not _is_ours(monthly):
        return 0
    with connection.cursor() as cursor:
        over = sorted(month for month in _months(cursor, monthly) if month_after(month) <= limit)
    count = sum(_drop(monthly, month) for month in over)
    if over:
        analyze(monthly)
    return count


def analyze(monthly: Monthly) -> None:
    """Measure the table as a whole, which PostgreSQL does by itself for its parts alone."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {monthly.table}")


def patiently(steps: Callable[[Any], T]) -> T:
    """Run statements in a transaction of their own that gives up a lock soon, and tries again a little later."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(WAIT_MS)])
                return steps(cursor)
        except DatabaseError as error:
            if not (left and gave_up(error)):
                raise
        time.sleep(PAUSE)
    raise AssertionError


def lock(cursor: Any, monthly: Monthly, mode: str, *tables: str) -> None:
    """Lock tables, and first those that the rows refer to in the given mode: passages take them in that order."""
    cursor.execute(
        "SELECT DISTINCT confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
        [monthly.table],
    )
    referred = ", ".join(name for (name,) in cursor.fetchall())
    # Together, they wait for no longer than one of them may.
    cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(WAIT_MS)])
    if referred:
        cursor.execute(f"LOCK TABLE {referred} IN {mode} MODE")
    cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
    cursor.execute("SELECT set_config('statement_timeout', '0', true)")


def make_part(cursor: Any, monthly: Monthly, month: datetime) -> None:
    cursor.execute(
        f"CREATE TABLE {monthly.part(month)} PARTITION OF {monthly.passing} (PRIMARY KEY (id))"
        f" FOR VALUES FROM ('{month.isoformat()}') TO ('{month_after(month).isoformat()}')"
    )


def is_divided(monthly: Monthly) -> bool:
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = %s::regclass", [monthly.table])
        return bool(cursor.fetchone()[0])


def estimated_rows(cursor: Any, table: str) -> int:
    cursor.execute(
        "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class WHERE relkind = 'r'"
        " AND (oid = %s::regclass OR oid IN (SELECT relid FROM pg_partition_tree(%s::regclass)))",
        [table, table],
    )
    return int(cursor.fetchone()[0])


def _is_ours(monthly: Monthly) -> bool:
    return not connection.in_atomic_block and is_divided(monthly)


def _months(cursor: Any, monthly: Monthly) -> set[datetime]:
    cursor.execute("SELECT relid::regclass::text FROM pg_partition_tree(%s::regclass)", [monthly.passing])
    found = filter(None, (_NAME.search(name) for (name,) in cursor.fetchall()))
    return {datetime(int(name[1]), int(name[2]), 1, tzinfo=UTC) for name in found}


def _begins(cursor: Any, monthly: Monthly) -> datetime:
    """When the first month begins: before, all lies in one part."""
    cursor.execute("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = %s::regclass", [monthly.after])
    bound = re.search(r"FROM \('([^']+)'\)", cursor.fetchone()[0])
    cursor.execute("SELECT %s::timestamptz", [bound[1] if bound else "infinity"])
    return month_of(cursor.fetchone()[0])


def _stray_months(cursor: Any, monthly: Monthly, at: datetime) -> Iterator[datetime]:
    """The past months whose rows have no part, unless they have too many to be moved."""
    cursor.execute(
        "SELECT date_trunc('month', at, 'UTC') AS month"  # noqa: S608 - names of our tables
        f" FROM {monthly.stray} WHERE at <= %s GROUP BY month HAVING count(*) <= %s",
        [at, MOST_MOVED],
    )
    for (month,) in cursor.fetchall():
        yield month_of(month)


def _make(cursor: Any, monthly: Monthly, month: datetime) -> int:
    """Make a part and move the rows into it that had none; return 1, or 0 where they are too many."""
    span = [month, month_after(month)]
    lock(cursor, monthly, "SHARE ROW EXCLUSIVE", monthly.passing)
    stray = f"FROM {monthly.stray} WHERE at >= %s AND at < %s"
    cursor.execute(f"SELECT count(*) FROM (SELECT {stray} LIMIT {MOST_MOVED + 1}) AS found", span)  # noqa: S608
    found = cursor.fetchone()[0]
    if found > MOST_MOVED:
        return 0
    if found:
        cursor.execute(f"CREATE TEMP TABLE moved ON COMMIT DROP AS SELECT * {stray}", span)
        cursor.execute(f"DELETE {stray}", span)
    make_part(cursor, monthly, month)
    if found:
        cursor.execute(f"INSERT INTO {monthly.passing} SELECT * FROM moved")  # noqa: S608
    return 1


def _drop(monthly: Monthly, month: datetime) -> int:
    part = monthly.part(month)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {monthly.links}")  # noqa: S608
        newest = cursor.fetchone()[0]
        cursor.execute(f"SELECT count(*), min(id), max(id) FROM {part}")  # noqa: S608
        count, first, last = cursor.fetchone()
        linked = f"DELETE FROM {monthly.links} AS link WHERE EXISTS (SELECT FROM {part} WHERE id = link.{monthly.link})"  # noqa: S608
        for start in range(first or 0, (last or -1) + 1, WINDOW):
            cursor.execute(f"{linked} AND {monthly.link} BETWEEN %s AND %s", [start, start + WINDOW - 1])

    def gone(cursor: Any) -> None:
        cursor.execute(f"LOCK TABLE {monthly.passing} IN ACCESS EXCLUSIVE MODE")
        # Those of rows that came meanwhile.
        cursor.execute(f"{linked} AND id > %s", [newest])
        cursor.execute(f"DROP TABLE {part}")

    try:
        patiently(gone)
    except DatabaseError as error:
        if not gave_up(error):
            raise
        return 0
    return int(count)
