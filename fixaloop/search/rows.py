"""The first rows that match, at a bounded cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import Q, QuerySet

from fixaloop.lists.counting import COUNT_CAP, Order, read
from fixaloop.lists.pagination import found_page


def first_rows(condition: Q, shown: QuerySet[Any], order: Order, most: int) -> list[Any]:
    """The first of the rows that match, with what `shown` reads of every row.

    Matches may be frequent or rare, which the statistics of the database do not tell of parts of words. So up to
    `COUNT_CAP` are taken as they come, and sorted here; where there are more, the table is walked in its order.
    """
    matching = shown.filter(condition)
    columns = [name.removeprefix("-") for name in order]
    found = read(matching.order_by().values_list("pk", *columns)[: COUNT_CAP + 1])
    if len(found) > COUNT_CAP:
        with _in_order(matching.db):
            return read(matching.order_by(*order)[:most])
    for place, name in reversed([*enumerate(order, 1)]):
        found.sort(key=lambda row: row[place], reverse=name.startswith("-"))
    return found_page(shown, [row[0] for row in found[:most]], 1, most).rows


@contextmanager
def _in_order(alias: str) -> Iterator[None]:
    """Have PostgreSQL walk the index of the order: it takes several words for rare, and would sort all matches."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        yield
        cursor.execute("SET LOCAL enable_bitmapscan = on; SET LOCAL enable_seqscan = on; SET LOCAL enable_sort = on")
