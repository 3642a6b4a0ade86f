"""The rows of further periods of cards, written from the column that the history of a card keeps."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from access.models import AccessCard, CardPeriod
from access.periods import Period, read_periods
from fixaloop.records.bulk import BATCH, batches


def write_periods(cards: Iterable[int]) -> int:
    """Bring the rows of these cards in step with `AccessCard.periods`; return how many cards differed."""
    return sum(map(_write, batches(sorted(set(cards)))))


def _write(cards: Collection[int]) -> int:
    said = AccessCard.objects.filter(pk__in=cards).order_by("pk").values_list("pk", "periods")
    wanted = {pk: read_periods(stored) for pk, stored in said}
    there: dict[int, list[Period]] = defaultdict(list)
    rows = CardPeriod.objects.filter(card__in=wanted).order_by("starts_at")
    for pk, start, end in rows.values_list("card", "starts_at", "ends_at"):
        there[pk].append(Period(start, end))
    differing = {pk: periods for pk, periods in wanted.items() if periods != there[pk]}
    CardPeriod.objects.filter(card__in=[pk for pk in differing if there[pk]]).delete()
    CardPeriod.objects.bulk_create(
        (
            CardPeriod(card_id=pk, starts_at=period.start, ends_at=period.end)
            for pk, periods in differing.items()
            for period in periods
        ),
        batch_size=BATCH,
    )
    return len(differing)


def repair_periods() -> int:
    """Bring all rows in step; return how many cards differed."""
    kept = set(CardPeriod.objects.order_by().values_list("card", flat=True))
    return write_periods(kept.union(AccessCard.objects.exclude(periods=[]).order_by().values_list("pk", flat=True)))
