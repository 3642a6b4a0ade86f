"""Numbers given once, in order, even to several people at the same time (docs/rules.md, Numbering)."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from django.db import connection, transaction
from django.db.models import QuerySet

from fixaloop.models import Counter, NumbersAside

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
    counter = _locked(series)
    if above:
        # Numbers of a file may be among those that were put aside: nobody else gets these.
        _left_aside(series).delete()
    return _next(counter, count, above)


def _next(counter: Counter, count: int, above: int = 0) -> range:
    last = max(counter.value, above) + count
    Counter.objects.filter(pk=counter.pk).update(value=last)
    return range(last - count + 1, last + 1)


def _locked(series: str) -> Counter:
    """The counter of a series, moved back over the numbers that were left aside last."""
    counter = Counter.objects.select_for_update(no_key=True).get(pk=series)
    for left in _left_aside(series).order_by("-last"):
        if left.last != counter.value:
            break
        counter.value = left.first - 1
        left.delete()
    return counter


def _left_aside(series: str) -> QuerySet[NumbersAside]:
    """What imports put aside that have failed or were killed since, locked. One under way locks its own."""
    return NumbersAside.objects.select_for_update(skip_locked=True, of=("self",)).filter(series=series)


@transaction.atomic
def put_aside(series: str, count: int) -> list[NumbersAside]:
    """Put `count` numbers aside: those that were left aside first, then the next ones."""
    counter = _locked(series)
    found = []
    for left in _left_aside(series).order_by("first"):
        last = min(left.last, left.first + count - 1)
        if last < left.first:
            break
        found.append(NumbersAside(series=counter, first=left.first, last=last))
        count -= last - left.first + 1
        left.delete()
        if last < left.last:
            NumbersAside.objects.create(series=counter, first=last + 1, last=left.last)
    if count:
        fresh = _next(counter, count)
        found.append(NumbersAside(series=counter, first=fresh[0], last=fresh[-1]))
    else:
        # Moved back over some perhaps.
        counter.save()
    return NumbersAside.objects.bulk_create(found)


class Numbers:
    """The numbers of what an import creates.

    They are put aside in a short transaction, so that nobody waits for the counter until the whole file is written,
    and become those of the transaction that writes. If that fails or is killed, they are still aside: the counter goes
    back over them where nobody got one since, else the next import gets them.
    """

    def __init__(self, series: str) -> None:
        self.series = series
        self.left: Iterator[int] = iter(())
        self.aside: list[NumbersAside] = []
        self.kept = self.highest = 0

    def put_aside(self, count: int) -> None:
        # On SQLite everybody waits for whoever writes anyway.
        if count and connection.features.has_select_for_update:
            self.aside = put_aside(self.series, count)

    def hold(self, count: int, *, simulated: bool) -> None:
        """Take numbers for `count` rows in the transaction that writes them; a simulation the last possible ones.

        Rows that keep a number of their own need none, and the others get numbers beyond theirs.
        """
        count -= self.kept
        if simulated:
            self.left = iter(range(LAST_NUMBER - count, LAST_NUMBER))
        elif self.aside and self._take_aside():
            self.left = chain.from_iterable(range(part.first, part.last + 1) for part in self.aside)
        else:
            self.left = iter(allot(self.series, count, self.highest))

    def _take_aside(self) -> bool:
        """Whether nobody took what was put aside for left: there was a moment in which no transaction held it."""
        mine = _left_aside(self.series).filter(pk__in=[part.pk for part in self.aside])
        if len(mine) < len(self.aside):
            return False
        mine.delete()
        return True

    def keep(self, number: int) -> None:
        """Note the number that a row brings from a former system. It is free."""
        self.kept += 1
        self.highest = max(self.highest, number)

    def give(self, own: Sequence[int | None]) -> list[int]:
        """The numbers of rows: their own, or the next ones."""
        fresh = islice(self.left, sum(number is None for number in own))
        return [next(fresh) if number is None else number for number in own]
