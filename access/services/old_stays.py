"""The only place where stays are forgotten (docs/rules.md, Personal data).

Who came in, with what and at what time goes after `ENTRY_RETENTION_DAYS`; day, zone, amounts and payments stay. A stay
without exit has not ended, and one with money to come or to give back waits until that is settled.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from access.models import AccessCard, Entry, Event, Payment, RollCallLine
from access.models.entries import EntryQuerySet
from access.services import client_columns
from access.services.card_uses import last_use_of
from clients.models import NEVER, Client
from fixaloop.installation.firm import rule
from fixaloop.models import ImportTrace
from fixaloop.records import bulk, chain
from fixaloop.records.history import forget_beside, is_spent, spend
from fixaloop.records.personal import table_of
from fixaloop.words.dates import start_of

# Locked together: who changes one of their clients or cards waits for no more.
BATCH = 1_000


def kept_since(at: datetime) -> datetime:
    """When the oldest stays ended that are still known."""
    return at - timedelta(days=rule("ENTRY_RETENTION_DAYS"))


def overdue(at: datetime) -> EntryQuerySet:
    return Entry.objects.to_forget(kept_since(at))


def forget_stays(at: datetime) -> int:
    """Forget the stays whose time is over, some at a time; return how many."""
    forgotten, due = 0, overdue(at).order_by("exited_at", "pk").values_list("exited_at", "pk")
    # Each batch begins where the one before ended, so that the forgotten ones are not read again.
    ended: datetime | None = NEVER
    while found := list(due.filter(exited_at__gte=ended)[:BATCH]):
        ended = found[-1][0]
        forgotten += _forget([key for _ended, key in found])
    if forgotten:
        _forget_beside()
    return forgotten


@transaction.atomic
def _forget(keys: Sequence[int]) -> int:
    # Cards, then clients, as payments and corrections do.
    used = Entry.objects.filter(pk__in=keys).order_by().values("card")
    cards = dict(_locked_cards(used))
    holders = Entry.objects.filter(pk__in=keys).order_by().values("client")
    clients = Client.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=holders).order_by("pk")
    known = list(clients.values_list("pk", flat=True))
    stays = list(Entry.objects.select_for_update(of=("self",)).filter(pk__in=keys, client__in=known).order_by("pk"))
    keys = [stay.pk for stay in stays]
    _keep_last_visits(stays)
    _keep_last_uses(cards, stays)
    events = Event._base_manager.filter(entry__in=keys)
    Event.tags.through.objects.filter(event__in=events.values("pk")).delete()
    events._raw_delete(events.db)
    # Its number leads to the person; a number that nobody else has keeps the count.
    RollCallLine.objects.filter(entry__in=keys).update(person=-F("pk"))
    chain.forget_words(Payment.objects.filter(entry__in=keys))
    for day, some in _by_day(stays).items():
        start = start_of(day)
        times = {"entered_at": start, "exited_at": start}
        voided = Case(When(voided_at=None, then=None), default=Value(start))
        Entry._base_manager.filter(pk__in=some).update(**table_of(Entry).aged, **times, voided_at=voided)
    client_columns.refresh(Client.objects.filter(pk__in=known))
    return len(keys)


def _by_day(stays: Iterable[Entry]) -> dict[Any, list[int]]:
    days = defaultdict(list)
    for stay in stays:
        days[timezone.localdate(stay.entered_at)].append(stay.pk)
    return days


def _keep_last_visits(stays: Iterable[Entry]) -> None:
    """Keep the day of the last visit of each client: it tells who is known and not seen any more."""
    visits = ((stay.client_id, stay.entered_at) for stay in stays if stay.voided_at is None)
    _keep_last_days(Client, "visited_before", visits)


def _keep_last_days(model: Any, column: str, moments: Iterable[tuple[int | None, datetime]]) -> None:
    last: dict[Any, datetime] = {}
    for key, moment in moments:
        day = start_of(timezone.localdate(moment))
        last[key] = max(last.get(key, day), day)
    days: dict[datetime, list[Any]] = defaultdict(list)
    for key, day in last.items():
        days[day].append(key)
    for day, some in days.items():
        later = Greatest(Coalesce(column, Value(day)), Value(day))
        model.objects.filter(pk__in=some).update(**{column: later})


def _locked_cards(keys: QuerySet[Any]) -> QuerySet[Any, tuple[int, datetime]]:
    cards = AccessCard.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("pk")
    return cards.values_list("pk", "last_used_at")


def _keep_last_uses(cards: Mapping[int, datetime], stays: Iterable[Entry]) -> None:
    """Keep the day on which the card of each stay was used then, also where it was used again since."""
    uses = ((stay.card_id, last_use) for stay in stays if stay.card_id and (last_use := last_use_of(stay)))
    _keep_last_days(AccessCard, "used_before", uses)
    days = defaultdict(set)
    for stay in stays:
        used = cards.get(stay.card_id or 0)
        if used and stay.exited_at and stay.entered_at <= used <= stay.exited_at:
            days[start_of(timezone.localdate(used))].add(stay.card_id)
    for day, some in days.items():
        AccessCard.objects.filter(pk__in=some).update(last_used_at=day)


def _forget_beside() -> None:
    """Empty what the admin's log and the traces of imports tell of forgotten stays: few rows, which name theirs."""
    logged = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Entry)).exclude(change_message="")
    keys = {int(key) for key in logged.values_list("object_id", flat=True).distinct() if str(key).isdecimal()}
    for some in bulk.batches(sorted(keys)):
        forget_beside(Entry, list(_forgotten(some)))
    for trace in ImportTrace.objects.filter(batch__kind="entry").order_by("pk").iterator(chunk_size=20):
        if not is_spent(trace) and (gone := _forgotten([*trace.created, *trace.changed])[:1]):
            spend(trace, gone[0])


def _forgotten(keys: Iterable[Any]) -> QuerySet[Any]:
    return Entry.objects.filter(pk__in=list(keys), client=None).order_by("pk").values_list("pk", flat=True)
