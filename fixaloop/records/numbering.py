"""Numbers given once, in order, whoever asks at the same time."""

from django.db import transaction
from django.db.models import F

from fixaloop.models import Counter

# The largest that a reference reads: nothing will have it, so it can stand for a number not given yet.
LAST_NUMBER = 999_999_999


@transaction.atomic
def allot(series: str, count: int = 1) -> range:
    """Return `count` consecutive numbers of a series that nobody else will get.

    The counter's row stays locked until the caller's transaction ends, so a number is lost only with what it numbered.
    Raises `Counter.DoesNotExist` for a series that no migration has opened.
    """
    Counter.objects.filter(pk=series).update(value=F("value") + count)
    last = Counter.objects.values_list("value", flat=True).get(pk=series)
    return range(last - count + 1, last + 1)


class Numbers:
    """The numbers of what an import creates, taken before it begins to write.

    In a transaction of their own: whoever else creates something meanwhile must not wait for the whole file. Those of
    an import that fails are lost, since a number is never given twice.
    """

    def __init__(self, series: str) -> None:
        self.series = series
        self.left = range(0)

    def reserve(self, count: int, *, simulated: bool) -> None:
        """Take as many; a simulation takes the last there are, which nobody waits for."""
        self.left = range(LAST_NUMBER - count, LAST_NUMBER) if simulated else allot(self.series, count)

    def take(self, count: int) -> range:
        """The next ones of those reserved."""
        taken, self.left = self.left[:count], self.left[count:]
        return taken
