"""Telling something once."""

from collections.abc import Iterable

from django.db import transaction

from fixaloop.models import Counter
from fixaloop.notices.models import Notice

# Who tells takes this row first: what is found twice at a time is told once, and notices appear in the order of their
# keys, so that “all up to this one” leaves none out.
TURN = "notices"


@transaction.atomic
def tell(notices: Iterable[Notice]) -> list[Notice]:
    """Keep the notices whose key is new; return them with their keys. The caller adds to them in its transaction."""
    fresh = _unknown({notice.key: notice for notice in notices})
    if not fresh:
        return []
    Counter.objects.get_or_create(name=TURN)
    Counter.objects.select_for_update().get(name=TURN)
    return Notice.objects.bulk_create(_unknown(fresh).values())


def _unknown(notices: dict[str, Notice]) -> dict[str, Notice]:
    known = set(Notice.objects.filter(key__in=notices).order_by().values_list("key", flat=True))
    return {key: notice for key, notice in notices.items() if key not in known}
