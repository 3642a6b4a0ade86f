"""Events by month as after a year of use, while there are none: migrations would begin with the next month."""

from datetime import datetime, timedelta
from typing import Any

from access.services.retention import AHEAD, EVENTS
from fixaloop.records.months import make_part, month_after, month_of

YEAR = timedelta(days=366)


def lay_out(cursor: Any, at: datetime) -> None:
    """Let the months begin a year ago, and make them all."""
    begins, end = month_of(at - YEAR), at
    bounds = {EVENTS.before: f"(MINVALUE) TO ('{begins}')", EVENTS.after: f"('{begins}') TO (MAXVALUE)"}
    for part in bounds:
        cursor.execute(f"ALTER TABLE {EVENTS.table} DETACH PARTITION {part}")
    for part, bound in bounds.items():
        cursor.execute(f"ALTER TABLE {EVENTS.table} ATTACH PARTITION {part} FOR VALUES FROM {bound}")
    cursor.execute("SELECT relid::regclass::text FROM pg_partition_tree(%s::regclass)", [EVENTS.passing])
    there, month = {name for (name,) in cursor.fetchall()}, begins
    for _number in range(AHEAD):
        end = month_after(month_of(end))
    while month <= end:
        if EVENTS.part(month) not in there:
            make_part(cursor, EVENTS, month)
        month = month_after(month)
