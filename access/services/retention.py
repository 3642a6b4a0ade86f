"""The only place where events are forgotten (docs/rules.md, Personal data).

Passages go after `EVENT_RETENTION_DAYS`; payments, decisions about cards and notes stay as the history of the client.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Lower

from access.events.words import OLD_MONEY, kept_values
from access.gate.repeats import UNTIMED
from access.models import AccessCard, Event, Read, Vehicle
from fixaloop.installation.firm import rule
from fixaloop.records import months
from fixaloop.records.months import Monthly

PASSAGES = (Event.Kind.ENTRY, Event.Kind.EXIT, Event.Kind.REFUSED)
# On PostgreSQL, they lie by month.
EVENTS = Monthly(Event._meta.db_table, PASSAGES, Event.tags.through._meta.db_table, "event_id")
AHEAD = 3
# Why a client is inactive may hold what was typed.
ABOUT_CLIENT = ("client_reason", "client_why")
# How long a reader may send the same read again and get the same answer.
NONCES = timedelta(days=30)
BATCH = 5_000


def forget_passages(at: datetime) -> int:
    """Delete passages past their retention, whole months at once where they lie by month; return how many."""
    limit = at - timedelta(days=rule("EVENT_RETENTION_DAYS"))
    dropped = months.drop(EVENTS, limit)
    return dropped + _in_batches(Event._base_manager.filter(kind__in=PASSAGES, at__lt=limit), Event.tags.through)


def prepare_months(at: datetime) -> int:
    """Make room for the events of the next months; return how many months that were."""
    return months.prepare(EVENTS, at, AHEAD)


def forget_nonces(at: datetime) -> int:
    """Delete answers that no reader asks for again; return how many."""
    return _in_batches(Read.objects.filter(created_at__lt=at - NONCES))


def forget_words(clients: Collection[int]) -> None:
    """Empty the texts and values of the events of clients; kind, date and place stay, and what `keeps` says.

    Old texts about amounts stay: the application wrote them, and the accounts need them.
    """
    events = Event._base_manager.filter(client__in=clients)
    events.exclude(OLD_MONEY).exclude(text="").update(text="")
    for active, said in ((True, "status_active"), (False, "status_inactive")):
        events.filter(kind=Event.Kind.STATUS, said="", inputs__active=active).update(said=said)
    _forget_values(events.exclude(said=""))
    _forget_shown(events.filter(kind__in=PASSAGES))


def forget_plates_elsewhere(clients: Collection[int]) -> None:
    """Forget the plates of clients in the events of others who drove their vehicles, or had them before."""
    vehicles = Vehicle._base_manager.filter(client__in=clients)
    elsewhere = Event._base_manager.filter(vehicle__in=vehicles).exclude(client__in=clients)
    _forget_shown(elsewhere.filter(kind__in=PASSAGES))
    _forget_values(elsewhere.exclude(said=""))
    noted = elsewhere.filter(kind=Event.Kind.NOTE).exclude(text="").select_related("vehicle").order_by("pk")
    for event in noted.iterator(BATCH):
        plate = event.vehicle.plate_display if event.vehicle else ""
        if plate in event.text:
            Event._base_manager.filter(pk=event.pk).update(text=event.text.replace(plate, "…"))


def forget_about(value: str, among: Collection[Any], clients: Collection[int]) -> None:
    """Delete the events of clients that tell of things which an undone import had made."""
    told = Event._base_manager.filter(client__in=clients, kind__in=(Event.Kind.JOB, Event.Kind.PAYMENT))
    _in_batches(told.filter(**{f"inputs__{value}__in": list(among)}), Event.tags.through)


def _forget_values(events: QuerySet[Event]) -> None:
    for some in _by_key(events.only("said", "inputs")):
        changed = []
        for event in some:
            kept = kept_values(event.said, event.inputs)
            if kept != event.inputs:
                event.inputs = kept
                changed.append(event)
        Event._base_manager.bulk_update(changed, ["inputs"], batch_size=500)


def _by_key(events: QuerySet[Event]) -> Iterator[list[Event]]:
    events, last = events.order_by("pk"), 0
    while some := list(events.filter(pk__gt=last)[:BATCH]):
        yield some
        last = some[-1].pk


def _forget_shown(passages: QuerySet[Event]) -> None:
    """Empty what was shown at the door: the plate that was read, the code, the name."""
    for some in _by_key(passages.only("inputs", "plate_read")):
        for event in some:
            event.inputs, event.plate_read = _nameless(event.inputs), ""
        Event._base_manager.bulk_update(some, ["inputs", "plate_read"], batch_size=500)


def _nameless(inputs: dict[str, Any]) -> dict[str, Any]:
    facts = {name: value for name, value in inputs.get("facts", {}).items() if name not in ABOUT_CLIENT}
    shown = {name: value for name, value in inputs.get("credential", {}).items() if name == "type"}
    return inputs | {"facts": facts, "credential": shown}


def forget_reads(clients: Collection[int], plates: Collection[str], usernames: Collection[str]) -> None:
    """Delete the answers that readers got about clients, and passages of their plates and cards while unknown.

    The names of cards are given in small letters.
    """
    subjects = [f"client-{key}" for key in clients]
    for model, kind in ((AccessCard, "card"), (Vehicle, "vehicle")):
        keys = model._default_manager.filter(client__in=clients).values_list("pk", flat=True)
        subjects += [f"{kind}-{key}{former}" for key in keys for former in ("", "-former")]
    Read.objects.filter(subject__in=[key + time for key in subjects for time in ("", UNTIMED)]).delete()
    unowned = Event._base_manager.filter(client=None, plate_read__in=plates).exclude(plate_read="")
    _in_batches(unowned, Event.tags.through)
    unknown = Event._base_manager.filter(kind=Event.Kind.REFUSED, client=None, card=None)
    shown = Lower(KT("inputs__credential__value"))
    _in_batches(unknown.alias(shown=shown).filter(shown__in=usernames), Event.tags.through)


def _in_batches(rows: QuerySet[Any], links: Any = None) -> int:
    """Delete some thousands at a time, so that nobody waits for all of them."""
    forgotten = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            if links is not None:
                links.objects.filter(event__in=keys).delete()
            # By the conditions too: those of time spare the months of newer ones.
            chosen = rows.order_by().filter(pk__in=keys)
            chosen._raw_delete(chosen.db)
        forgotten += len(keys)
    return forgotten
