"""How often cards were used, and when last: by passages, and by entries that people bring in or put right.

A passage waits for nobody who writes its card, such as an import of thousands: it is noted, and counted within seconds
(`follow_noted`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, QuerySet, Value
from django.db.models.functions import Greatest

from access.models import AccessCard, CardUse, Entry
from clients.models import NEVER
from fixaloop.records.bulk import BATCH, batches


def mark(card: int, at: datetime, uses: int, visits: int) -> None:
    """Count a passage of a card. One with `visits` to count has been locked."""
    counted = AccessCard.objects.filter(pk=card)
    if not visits:
        free = counted.select_for_update(of=("self",), no_key=True, skip_locked=True)
        counted = AccessCard.objects.filter(pk__in=free.values("pk"))
    if not _add(counted, at, uses, visits):
        CardUse.objects.create(card_key=card, uses=uses, at=at)


def _add(cards: QuerySet[AccessCard], at: datetime, uses: int, visits: int = 0) -> int:
    return cards.update(
        use_count=F("use_count") + uses,
        visits=F("visits") + visits,
        last_used_at=Greatest("last_used_at", Value(at)),
    )


def follow_noted() -> int:
    """Count the passages that were noted of cards that nobody is writing any more; return how many there were."""
    if not CardUse.objects.exists():
        return 0
    with transaction.atomic():
        noted = list(CardUse.objects.select_for_update(skip_locked=True).order_by("pk")[:BATCH])
        keys = {use.card_key for use in noted}
        there = AccessCard.objects.filter(pk__in=keys)
        free = there.select_for_update(of=("self",), no_key=True, skip_locked=True)
        counted = set(free.order_by("pk").values_list("pk", flat=True))
        # Those that are gone need nothing.
        gone = keys - set(there.values_list("pk", flat=True))
        for use in noted:
            if use.card_key in counted:
                _add(AccessCard.objects.filter(pk=use.card_key), use.at, use.uses)
        done = [use.pk for use in noted if use.card_key in counted | gone]
        CardUse.objects.filter(pk__in=done).delete()
    return len(done)


def passages_of(entry: Entry) -> int:
    """How many passages of its card an entry stands for: the way in, and the way out if it was seen."""
    seen = entry.exited_at is not None and not entry.estimated and "exit_corrected" not in entry.anomalies
    return 0 if entry.voided_at is not None else 1 + seen


def count_entries(entries: Iterable[Entry], times: int = 1) -> None:
    """Add the passages of these entries to their cards, or subtract them with `times=-1`."""
    counted: Counter[int] = Counter()
    for entry in entries:
        if entry.card_id:
            counted[entry.card_id] += times * passages_of(entry)
    count_uses(counted)


def count_uses(counted: Counter[int]) -> None:
    for keys in batches(sorted(counted)):
        _count(keys, counted)


def _count(keys: Sequence[int], counted: Counter[int]) -> None:
    cards = list(AccessCard.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("pk"))
    entries = Entry.objects.visits().filter(card__in=keys).order_by().values_list("card")
    seen = {
        card: max(filter(None, moments))
        for card, *moments in entries.annotate(entered=Max("entered_at"), exited=Max("exited_at"))
    }
    for card in cards:
        card.use_count = max(card.use_count + counted[card.pk], 0)
        last = seen.get(card.pk, NEVER)
        # What is subtracted may have been the last use. Not all uses at the gate have an entry.
        card.last_used_at = max(card.last_used_at, last) if counted[card.pk] > 0 else last
    AccessCard.objects.bulk_update(cards, ["use_count", "last_used_at"])
