"""Pages of a list that cost the same at any depth.

Near the start a page is a number. Beyond `WINDOW` rows its links also name the row to go on from (`after_row`), because
an OFFSET reads all it skips; the row is named by its key, never by its values, which may be personal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, connections
from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import (  # type: ignore[import-untyped]
    Tuple,
    TupleGreaterThan,
    TupleLessThan,
)
from django.db.models.functions import Coalesce
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from fixaloop.speed.statements import is_preparable, prepared, statement_of

WINDOW = 5_000
COUNT_CAP = 1_000
# Among a million rows, so many matches are met in the order of a list sooner than they are found and sorted.
FREQUENT = 10_000

Order = tuple[str, ...]


def reverse(order: Order) -> Order:
    """The same order read from its end."""
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in order)


def ordered(queryset: QuerySet[Any], order: Order, *, is_sorted: bool) -> QuerySet[Any]:
    """The rows in an order; `is_sorted` where they are to be found first and sorted then.

    What no index holds, a planner has to sort. Left the choice, it walks the list for names that come late in it.
    """
    if not is_sorted:
        return queryset.order_by(*order)
    first = F(order[0].removeprefix("-"))
    held = Coalesce(first, first)
    return queryset.order_by(held.desc() if order[0].startswith("-") else held.asc(), *order[1:])


def seek(queryset: QuerySet[Any], order: Order, anchor: Model, limit: int, *, is_sorted: bool = False) -> list[Any]:
    """The first rows that follow the anchor's in an order whose columns are never null.

    Each run of columns in one direction is one comparison of tuples, which an index answers directly; two runs make
    two queries at most, and the second only where the first run of equal values ends.
    """
    runs = [(descending, list(names)) for descending, names in groupby(order, key=lambda name: name.startswith("-"))]
    rows: list[Any] = []
    for depth in reversed(range(len(runs))):
        condition: dict[str, Any] = {}
        for _descending, names in runs[:depth]:
            condition |= {name.lstrip("-"): _value(anchor, name) for name in names}
        following = ordered(queryset.filter(Q(**condition), _beyond(anchor, *runs[depth])), order, is_sorted=is_sorted)
        rows += read(following[: limit - len(rows)])
        if len(rows) >= limit:
            break
    return rows


def _beyond(anchor: Model, descending: bool, names: Sequence[str]) -> Any:
    columns = [name.lstrip("-") for name in names]
    values = [_value(anchor, name) for name in names]
    if len(columns) == 1:
        suffix = "lt" if descending else "gt"
        return Q(**{f"{columns[0]}__{suffix}": values[0]})
    lookup = TupleLessThan if descending else TupleGreaterThan
    return lookup(Tuple(*columns), values)


def _value(anchor: Model, name: str) -> Any:
    return getattr(anchor, name.lstrip("-"))


def read(queryset: QuerySet[Any]) -> list[Any]:
    """The rows, by a kept statement where the list is made so that there can be one."""
    return list(prepared(queryset) if is_preparable(queryset) else queryset)


def capped_count(queryset: QuerySet[Any]) -> int:
    """How many rows there are, counted no further than one past `COUNT_CAP`."""
    row = _around("SELECT COUNT(*) FROM ({}) found", queryset.order_by().values_list("pk")[: COUNT_CAP + 1])
    return int(row[0]) if row else 0


def say_count(count: int) -> str:
    """“512”, or “plus de 1 000” where counting stopped."""
    return _("plus de %(cap)s") % {"cap": number_format(COUNT_CAP)} if count > COUNT_CAP else number_format(count)


def expected_count(queryset: QuerySet[Any]) -> int | None:
    """How many rows PostgreSQL's statistics promise, without looking; None on SQLite, which promises nothing."""
    if connection.vendor != "postgresql":
        return None
    row = _around("EXPLAIN (FORMAT JSON) {}", queryset.order_by())
    return int(row[0][0]["Plan"]["Plan Rows"]) if row else 0


def _around(sql: str, rows: QuerySet[Any]) -> tuple[Any, ...] | None:
    """The first row of SQL around that of a query; None where the query can find nothing."""
    try:
        found, values = statement_of(rows)
    except EmptyResultSet:
        return None
    with connections[rows.db].cursor() as cursor:
        cursor.execute(sql.format(found), values)
        return cursor.fetchone()


def among(queryset: QuerySet[Any], few: QuerySet[Any]) -> QuerySet[Any]:
    """The rows that are also in `few`, known to hold `COUNT_CAP` at most: these are found first and sorted then.

    A planner that expects many matches would read the whole list in its order, looking for them: seconds, not
    milliseconds, for two frequent words that never meet. The limit keeps it from it.
    """
    return queryset.filter(pk__in=few.order_by().values("pk")[: COUNT_CAP + 1])


@dataclass(frozen=True)
class Page:
    """Some rows of a list and where they stand in it."""

    rows: list[Any]
    number: int | None
    size: int
    has_previous: bool
    has_next: bool

    @property
    def first_index(self) -> int | None:
        return (self.number - 1) * self.size + 1 if self.number else None


def numbered_page(
    queryset: QuerySet[Any], order: Order, number: int, size: int, anchor: Model | None, *, is_sorted: bool = False
) -> Page:
    """Page `number`, found from the last row of the page before it when that row is known."""
    start = (number - 1) * size
    if anchor is None and start > WINDOW:
        # A number typed by hand: the rows before it are counted in the index alone.
        names = [name.lstrip("-") for name in order]
        before = ordered(queryset, order, is_sorted=is_sorted).values(*names)[start - 1 : start].first()
        if before is None:
            return Page([], number, size, True, False)
        anchor = queryset.model(**before)
    if anchor is not None:
        rows = seek(queryset, order, anchor, size + 1, is_sorted=is_sorted)
    else:
        rows = read(ordered(queryset, order, is_sorted=is_sorted)[start : start + size + 1])
    return Page(rows[:size], number, size, number > 1, len(rows) > size)


def found_page(rows: QuerySet[Any], keys: Sequence[Any], number: int, size: int) -> Page:
    """Page `number` of rows whose keys are known, in the order of the list."""
    start = (number - 1) * size
    wanted = keys[start : start + size]
    found = {row.pk: row for row in read(rows.filter(pk__in=wanted).order_by())}
    # One may have been deleted since.
    there = [found[key] for key in wanted if key in found]
    return Page(there, number, size, number > 1, len(keys) > start + size)


def page_after(queryset: QuerySet[Any], order: Order, anchor: Model, size: int, *, is_sorted: bool = False) -> Page:
    """The rows that follow the anchor's, where nobody knows which page that makes."""
    rows = seek(queryset, order, anchor, size + 1, is_sorted=is_sorted)
    return Page(rows[:size], None, size, True, len(rows) > size)


def page_before(
    queryset: QuerySet[Any], order: Order, anchor: Model | None, size: int, *, is_sorted: bool = False
) -> Page:
    """The rows that end just before the anchor's; without an anchor, those that end the list."""
    backwards = reverse(order)
    if anchor is None:
        rows = read(ordered(queryset, backwards, is_sorted=is_sorted)[: size + 1])
    else:
        rows = seek(queryset, backwards, anchor, size + 1, is_sorted=is_sorted)
    return Page(rows[:size][::-1], None, size, len(rows) > size, anchor is not None)
