"""Entries that a file brings are passages of their cards: those are no longer cards that nobody ever used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from django.db.models import Max

from access.models import AccessCard, Entry
from clients.models import NEVER

BATCH = 500


def passages_of(entry: Entry) -> int:
    """How many passages of its card an entry tells: the way in, and the way out where somebody saw it."""
    return 1 + (entry.exited_at is not None and not entry.estimated)


def count_entries(entries: Iterable[Entry], times: int = 1) -> None:
    """Count the passages of these entries on their cards, or take them back with `times` at -1."""
    counted: Counter[int] = Counter()
    for entry in entries:
        if entry.card_id:
            counted[entry.card_id] += times * passages_of(entry)
    count_uses(counted)


def count_uses(counted: Counter[int]) -> None:
    """Add to the passages of cards, and keep when their entries last saw them."""
    keys = sorted(counted)
    for start in range(0, len(keys), BATCH):
        _count(keys[start : start + BATCH], counted)


def _count(keys: Sequence[int], counted: Counter[int]) -> None:
    cards = list(AccessCard.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    entries = Entry.objects.filter(card__in=keys).order_by().values_list("card")
    seen = {
        card: max(filter(None, moments))
        for card, *moments in entries.annotate(entered=Max("entered_at"), exited=Max("exited_at"))
    }
    for card in cards:
        card.use_count = max(card.use_count + counted[card.pk], 0)
        last = seen.get(card.pk, NEVER)
        # What is taken back may have been the last; the gate knows of passages that no entry tells.
        card.last_used_at = max(card.last_used_at, last) if counted[card.pk] > 0 else last
    AccessCard.objects.bulk_update(cards, ["use_count", "last_used_at"])
