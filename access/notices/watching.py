"""What is told within a minute: silent readers, and what new events show. The worker looks: no door waits for it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.db.models.functions import Coalesce
from django.utils import timezone

from access.models import AccessCard, Device, Entry, Event
from access.models.places import silence
from access.notices.telling import Found, tell_found
from clients.models import Client
from fixaloop.installation.firm import rule
from fixaloop.models import Counter
from fixaloop.records.bulk import batches

POSITION = "notices_of_events"
# Events appear when their transaction ends, not in the order of their keys: those of the last minutes are read again.
# What they show is told once all the same.
UNSETTLED = timedelta(minutes=2)
MOST = 20_000
# So many refusals of one client within so long are told.
REFUSALS = 3
WITHIN = timedelta(hours=1)
# A reader that has been silent for longer was told, or nobody minds.
LONGEST_SILENCE = timedelta(days=7)
# Stays end, and money moves, with such an event.
ABOUT_MONEY = (Event.Kind.ENTRY, Event.Kind.EXIT, Event.Kind.PAYMENT, Event.Kind.NOTE, Event.Kind.CORRECTION)


def tell_silent_readers(at: datetime) -> int:
    heard = Coalesce("last_seen_at", "token_at", "created_at")
    readers = Device.objects.alias(heard=heard).filter(heard__lt=at - silence(), heard__gt=at - LONGEST_SILENCE)
    return tell_found((_silent(reader) for reader in readers if reader.is_silent(at)), at)


def _silent(reader: Device) -> Found:
    since = timezone.localtime(reader.last_heard_at).isoformat(timespec="seconds")
    return Found("reader_silent", reader, since, {"since": since})


def watch_events(at: datetime) -> int:
    """Tell what the events since the last time show; return how much was not told yet. The first time only begins."""
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    position, began = Counter.objects.get_or_create(name=POSITION, defaults={"value": newest})
    if began or newest <= position.value:
        return 0
    events = list(_since_key(position.value))
    told = sum(tell_found(found(events, at), at) for found in (_lost_cards, _refused_often, _unpaid_over))
    settled = [event.pk for event in events if event.recorded_at < at - UNSETTLED]
    if settled:
        Counter.objects.filter(name=POSITION, value__lt=settled[-1]).update(value=settled[-1])
    return told


def _since_key(key: int) -> Iterable[Event]:
    columns = ("kind", "client_id", "card_id", "reasons", "anomalies", "at", "recorded_at")
    return Event.objects.filter(pk__gt=key).order_by("pk").only(*columns)[:MOST]


def _lost_cards(events: Iterable[Event], at: datetime) -> Iterator[Found]:
    used = {
        (event.card_id, timezone.localdate(event.at)): event
        for event in events
        if event.card_id and "card_lost" in (*event.reasons, *event.anomalies)
    }
    cards = AccessCard.objects.select_related("client").in_bulk({card for card, _day in used})
    for (card, day), event in used.items():
        if card not in cards:
            continue  # Deleted meanwhile.
        yield Found("lost_card_used", cards[card], day.isoformat(), {"refused": event.kind == Event.Kind.REFUSED})


def _refused_often(events: Iterable[Event], at: datetime) -> Iterator[Found]:
    since = at - WITHIN
    refused = {event.client_id for event in events if event.kind == Event.Kind.REFUSED and event.at > since}
    counted = Event.objects.filter(client__in=refused - {None}, kind=Event.Kind.REFUSED, at__gt=since).order_by()
    often = counted.values("client").annotate(count=Count("pk")).filter(count__gte=REFUSALS)
    counts = dict(often.values_list("client", "count"))
    day = timezone.localdate(at).isoformat()
    for client in Client.objects.filter(pk__in=counts).order_by("pk"):
        yield Found("refused_often", client, day, {"count": counts[client.pk]})


def _unpaid_over(events: Iterable[Event], at: datetime) -> Iterator[Found]:
    """Each client who owes more than the limit, once for the stay with which it went over, the oldest first."""
    limit = rule("UNPAID_LIMIT")
    touched = {event.client_id for event in events if event.kind in ABOUT_MONEY} - {None}
    for some in batches(sorted(touched)):
        owed: dict[Any, Decimal] = defaultdict(Decimal)
        over: dict[Any, int] = {}
        stays = Entry.objects.holding().filter(client__in=some).order_by("client", "pk")
        # Not added up by the database: SQLite adds up floats.
        for client, stay, balance in stays.values_list("client", "pk", "balance").iterator():
            owed[client] += balance
            if owed[client] > limit:
                over.setdefault(client, stay)
        for row in Client.objects.filter(pk__in=over).order_by("pk"):
            yield Found("unpaid_over", row, str(over[row.pk]), {"unpaid": f"{owed[row.pk]:.2f}", "limit": str(limit)})
