"""Numbers given once, in order, whoever asks at the same time."""

from django.db import transaction
from django.db.models import F

from fixaloop.models import Counter


@transaction.atomic
def allot(series: str, count: int = 1) -> range:
    """Return `count` consecutive numbers of a series that nobody else will get.

    The counter's row stays locked until the caller's transaction ends, so a number is lost only with what it numbered.
    Raises `Counter.DoesNotExist` for a series that no migration has opened.
    """
    Counter.objects.filter(pk=series).update(value=F("value") + count)
    last = Counter.objects.values_list("value", flat=True).get(pk=series)
    return range(last - count + 1, last + 1)
