"""The first rows of several lists, and how many rows each has, each asked of the database at once."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from fixaloop.lists.counting import COUNT_CAP, read
from fixaloop.speed.statements import statement_of


def first_rows(lists: Sequence[tuple[QuerySet[Any], QuerySet[Any]]]) -> list[list[Any]]:
    """The rows of some short lists, in their order: each is given bare, with how its rows are read.

    Costs one query for the keys of all, and one for each way to read them.
    """
    keys: list[list[Any]] = [[] for _list in lists]
    for number, key in _asked("SELECT {}, * FROM ({}) found", [bare.values_list("pk") for bare, _everything in lists]):
        keys[number].append(key)
    wanted: dict[QuerySet[Any], set[Any]] = {}
    for (_bare, everything), some in zip(lists, keys, strict=True):
        wanted.setdefault(everything, set()).update(some)
    rows = {
        everything: {row.pk: row for row in read(everything.filter(pk__in=sorted(some)))} if some else {}
        for everything, some in wanted.items()
    }
    # A row may be gone since its key was found.
    return [
        [rows[everything][key] for key in some if key in rows[everything]]
        for (_bare, everything), some in zip(lists, keys, strict=True)
    ]


def capped_counts(lists: Sequence[QuerySet[Any]]) -> list[int]:
    """How many rows each list has, counted no further than one past `COUNT_CAP`; one query."""
    counts = [0 for _rows in lists]
    capped = [rows.order_by().values_list("pk")[: COUNT_CAP + 1] for rows in lists]
    for number, count in _asked("SELECT {}, COUNT(*) FROM ({}) found", capped):
        counts[number] = count
    return counts


def _asked(sql: str, lists: Sequence[QuerySet[Any]]) -> Iterator[tuple[int, Any]]:
    """What is found for each list, one list after the other, each in its order."""
    parts, values = [], []
    for number, rows in enumerate(lists):
        try:
            found, inputs = statement_of(rows)
        except EmptyResultSet:
            continue
        parts.append(sql.format(number, found))
        values += inputs
    if parts:
        with connections[lists[0].db].cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), values)
            yield from cursor.fetchall()
