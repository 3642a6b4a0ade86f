"""The first rows that match, found as lists find theirs."""

from typing import Any

from django.db.models import Q, QuerySet

from fixaloop.lists.counting import FREQUENT, Order, Selection, expected_count, ordered, read
from fixaloop.lists.pagination import found_page, numbered_page


def first_rows(condition: Q, shown: QuerySet[Any], order: Order, most: int, *, by_one_word: bool) -> list[Any]:
    """The first of the rows that match, with what `shown` reads of every row.

    Matches may be frequent or rare: PostgreSQL alone would walk a million rows for the rare ones, or sort the others.
    """
    matching = shown.filter(condition)
    bare = matching.select_related(None)
    if by_one_word and (expected := expected_count(bare)) is not None:
        return read(ordered(matching, order, sort_found=expected <= FREQUENT)[:most])
    extent = Selection(matching, bare, shown, slow_to_find=True).measure(order)
    if extent.keys and extent.everything is not None:
        return found_page(extent.everything, extent.keys, 1, most).rows
    return numbered_page(extent.rows, order, 1, most, None, sort_found=extent.sort_found).rows
