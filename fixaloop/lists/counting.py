"""How long a list is, counted no further than is cheap, and how its rows are best read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from fixaloop.lists.pagination import COUNT_CAP, FREQUENT, Order, among, capped_count, expected_count, ordered, read

# So many keys are as quickly sent back to the database as what they were found by.
FEW = 100
# Of words that may never meet, so many keys are looked at before they are met in the order of the list.
MOST_SORTED = 5_000


@dataclass(frozen=True)
class Extent:
    """How many rows there are, None when more than `COUNT_CAP`, and those to page through.

    `is_sorted` where they are found first and sorted then, instead of being met in the order of the list. `keys` are
    those of the first rows in that order, where finding them was all the work: these are taken from `everything`.
    """

    total: int | None
    rows: QuerySet[Any]
    is_sorted: bool = False
    keys: Sequence[Any] = ()
    everything: QuerySet[Any] | None = None


def count(rows: QuerySet[Any]) -> int | None:
    """How many rows there are; None when more than `COUNT_CAP`."""
    found = capped_count(rows)
    return found if found <= COUNT_CAP else None


def _keys(rows: QuerySet[Any], most: int) -> list[Any]:
    """The keys of the rows, one more than `most` where there are more."""
    return read(rows.order_by().values_list("pk", flat=True)[: most + 1])


@dataclass(frozen=True)
class Selection:
    """The rows that filters have left: as they are `shown`, as they are `counted`, and all rows as they are shown.

    `is_searched` where finding costs more than fetching. `is_one_word` where nothing but one word is asked for: of a
    word the database's statistics know how frequent it is, of two that may never meet they do not. `is_plentiful` where
    it can only be met in the order of the list. `is_gathered` where the rows may lie together, far from where the list
    begins.
    """

    shown: QuerySet[Any]
    counted: QuerySet[Any]
    everything: QuerySet[Any]
    is_searched: bool = False
    is_one_word: bool = False
    is_plentiful: bool = False
    is_gathered: bool = False

    def measure(self, order: Order) -> Extent:
        """Count, and choose how to read. A word that many thousands share is met in the order of the list.

        What was found is not looked for again: a few rows are taken by their keys, and so are all that were searched.
        """
        if self.is_one_word:
            expected = expected_count(self.counted)
            if expected is not None and expected > (COUNT_CAP if self.is_plentiful else FREQUENT):
                return Extent(None, self.shown)
            if expected is not None and not self.is_plentiful:
                return self.find(order)
        keys = _keys(self.counted, MOST_SORTED if self.is_searched else COUNT_CAP)
        if len(keys) > COUNT_CAP:
            return self.find(order) if self._is_sorted(len(keys)) else Extent(None, self.shown)
        if self.is_searched or len(keys) <= FEW:
            return Extent(len(keys), self.everything.filter(pk__in=keys))
        return Extent(len(keys), among(self.shown, self.counted))

    def find(self, order: Order) -> Extent:
        """Find all rows, and sort no more of them than their keys."""
        found = ordered(self.counted, order, is_sorted=True).values_list("pk", flat=True)
        keys = read(found[: COUNT_CAP + 1])
        if len(keys) > COUNT_CAP:
            return Extent(None, self.shown, is_sorted=True, keys=keys, everything=self.everything)
        rows = self.everything.filter(pk__in=keys)
        return Extent(len(keys), rows, keys=keys, everything=self.everything)

    def _is_sorted(self, found: int) -> bool:
        """Of more than are counted: whether they are some thousands, found first and sorted then."""
        if self.is_searched:
            return found <= MOST_SORTED
        return self.is_gathered and (expected_count(self.counted) or 0) <= FREQUENT
