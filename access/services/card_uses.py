"""How often cards were used, and when last: by passages, and by entries that people bring in or put right.

A passage waits for nobody who writes its card, such as an import of thousands: it is noted, and counted within seconds
(`follow_noted`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet, Value
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


# A card, and from when until when a stay lasted.
Span = tuple[int | None, datetime, datetime | None]
# Exits that were no guess, and that nobody wrote afterwards.
CORRECTED = "exit_corrected"
SEEN = Q(estimated=False) & ~Q(anomalies__icontains=f'"{CORRECTED}"')


def passages_of(entry: Entry) -> int:
    """How many passages of its card an entry stands for: the way in, and the way out if it was seen."""
    seen = entry.exited_at is not None and not entry.estimated and CORRECTED not in entry.anomalies
    return 0 if entry.voided_at is not None else 1 + seen


def last_use_of(entry: Entry) -> datetime | None:
    """When an entry used its card for the last time; None if it was a mistake."""
    return {1: entry.entered_at, 2: entry.exited_at}.get(passages_of(entry))


def count_entries(entries: Iterable[Entry], times: int = 1) -> None:
    """Add the passages of these entries to their cards, or subtract them with `times=-1`."""
    counted: Counter[int] = Counter()
    taken: list[Span] = []
    for entry in entries:
        if entry.card_id:
            counted[entry.card_id] += times * passages_of(entry)
        if times < 0:
            taken.append((entry.card_id, entry.entered_at, entry.exited_at))
    count_uses(counted, taken)


def count_uses(counted: Counter[int], taken: Iterable[Span] = ()) -> None:
    """Add to the uses of cards. What is subtracted is `taken` from stays as they were."""
    spans: dict[int | None, list[Span]] = defaultdict(list)
    for span in taken:
        spans[span[0]].append(span)
    for keys in batches(sorted(counted)):
        _count(keys, counted, spans)


def _count(keys: Sequence[int], counted: Counter[int], taken: Mapping[int | None, Sequence[Span]]) -> None:
    cards = list(AccessCard.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("pk"))
    entries = Entry.objects.visits().filter(card__in=keys).order_by().values_list("card")
    seen = {
        card: max(filter(None, moments))
        for card, *moments in entries.annotate(entered=Max("entered_at"), exited=Max("exited_at", filter=SEEN))
    }
    for card in cards:
        card.use_count = max(card.use_count + counted[card.pk], 0)
        last = max(seen.get(card.pk, NEVER), card.used_before or NEVER)
        # Not all uses have an entry that says when: only what is subtracted is surely none.
        if not any(_includes(span, card.last_used_at) for span in taken.get(card.pk, ())):
            last = max(last, card.last_used_at)
        card.last_used_at = last
    AccessCard.objects.bulk_update(cards, ["use_count", "last_used_at"])


def _includes(span: Span, moment: datetime) -> bool:
    _card, entered_at, exited_at = span
    return entered_at <= moment and (exited_at is None or moment <= exited_at)
