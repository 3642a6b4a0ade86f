"""Numbers given once, in order, even to several people at the same time (docs/rules.md, Numbering)."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from fixaloop.models import Counter

# The largest number that a file may bring: the counter goes on from there.
LAST_KEPT = 99_999_999
# The largest number of a reference. Nothing will ever have it, so simulations use it.
LAST_NUMBER = 999_999_999


@transaction.atomic
def allot(series: str, count: int = 1, above: int = 0) -> range:
    """Return `count` consecutive numbers of a series that nobody else will get, beyond the number `above`.

    The counter stays locked until the caller's transaction ends, so that no number is lost if that fails. Raises
    `Counter.DoesNotExist` for a series that no migration has opened.
    """
    Counter.objects.filter(pk=series).update(value=Greatest(F("value"), Value(above)) + count)
    last = Counter.objects.values_list("value", flat=True).get(pk=series)
    return range(last - count + 1, last + 1)


class Numbers:
    """The numbers of what an import creates, allotted before it begins to write.

    In a transaction of their own: other people who create something must not wait for the whole file. If the import
    fails, its numbers are lost, since a number is never given twice.
    """

    def __init__(self, series: str) -> None:
        self.series = series
        self.left = range(0)
        self.kept = self.highest = 0

    def reserve(self, count: int, *, simulated: bool) -> None:
        """Allot numbers for `count` rows; a simulation uses the last possible ones, and locks nothing.

        Rows that keep a number of their own need none, and the others get numbers beyond theirs.
        """
        count -= self.kept
        self.left = range(LAST_NUMBER - count, LAST_NUMBER) if simulated else allot(self.series, count, self.highest)

    def keep(self, number: int) -> None:
        """Note the number that a row brings from a former system. It is free."""
        self.kept += 1
        self.highest = max(self.highest, number)

    def give(self, own: Sequence[int | None]) -> list[int]:
        """The numbers of rows: their own, or the next ones."""
        fresh = iter(self.take(sum(number is None for number in own)))
        return [next(fresh) if number is None else number for number in own]

    def take(self, count: int) -> range:
        taken, self.left = self.left[:count], self.left[count:]
        return taken
