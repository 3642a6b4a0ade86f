"""Entries that people bring in or put right count as passages of their cards."""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.db.models import Max

from access.models import AccessCard, Entry
from clients.models import NEVER
from fixaloop.records.bulk import batches


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
    cards = list(AccessCard.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
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
