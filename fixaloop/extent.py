"""How long a list is, counted no further than is cheap, and how its rows are best read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from fixaloop.pagination import COUNT_CAP, FREQUENT, among, capped_count, expected_count


@dataclass(frozen=True)
class Extent:
    """How many rows there are, None when more than `COUNT_CAP`, and those to page through.

    `is_sorted` where they are found first and sorted then, instead of being met in the order of the list.
    """

    total: int | None
    rows: QuerySet[Any]
    is_sorted: bool = False


@dataclass(frozen=True)
class Selection:
    """The rows that filters have left: as they are `shown`, as they are `counted`.

    `unsearched` are the rows before a search, None where there is none. Searching costs more than fetching: what was
    found is taken from them by its keys, not looked for again. `is_one_word` where nothing but one word is asked for:
    of a word the database's statistics know how frequent it is, of two that may never meet they do not. `is_gathered`
    where the rows may lie together, far from where the list begins.
    """

    shown: QuerySet[Any]
    counted: QuerySet[Any]
    unsearched: QuerySet[Any] | None = None
    is_one_word: bool = False
    is_gathered: bool = False

    def measure(self) -> Extent:
        """Count, and choose how to read. A word that thousands share is met in the order of the list."""
        if self.unsearched is None:
            count = capped_count(self.counted)
            if count <= COUNT_CAP:
                return Extent(count, among(self.shown, self.counted))
            return self.too_long(is_sorted=self.is_gathered and expected_count(self.counted) <= FREQUENT)
        if self.is_one_word and expected_count(self.counted) > FREQUENT:
            return self.too_long()
        keys = list(self.counted.order_by().values_list("pk", flat=True)[: FREQUENT + 1])
        if len(keys) > COUNT_CAP:
            return self.too_long(is_sorted=len(keys) <= FREQUENT)
        return Extent(len(keys), self.unsearched.filter(pk__in=keys))

    def too_long(self, *, is_sorted: bool = False) -> Extent:
        """More than are counted; sorted where they are some thousands."""
        return Extent(None, self.shown, is_sorted)
