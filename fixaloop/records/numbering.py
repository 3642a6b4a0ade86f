"""Numbers given once, in order, even to several people at the same time (docs/rules.md, Numbering)."""

from django.db import transaction
from django.db.models import F

from fixaloop.models import Counter

# The largest number of a reference. Nothing will ever have it, so simulations use it.
LAST_NUMBER = 999_999_999


@transaction.atomic
def allot(series: str, count: int = 1) -> range:
    """Return `count` consecutive numbers of a series that nobody else will get.

    The counter stays locked until the caller's transaction ends, so that no number is lost if that fails. Raises
    `Counter.DoesNotExist` for a series that no migration has opened.
    """
    Counter.objects.filter(pk=series).update(value=F("value") + count)
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

    def reserve(self, count: int, *, simulated: bool) -> None:
        """Allot `count` numbers; a simulation uses the last possible ones, and locks nothing."""
        self.left = range(LAST_NUMBER - count, LAST_NUMBER) if simulated else allot(self.series, count)

    def take(self, count: int) -> range:
        taken, self.left = self.left[:count], self.left[count:]
        return taken
