"""Columns of a client’s row computed from stays, cards and vehicles, so that a million clients can be listed by them.

Written only here, in the transaction of the change, with the client’s row locked. Rows that somebody else is writing,
such as an import of thousands, keep nobody waiting at the gate: they are noted, and follow within seconds
(`follow_noted`). `repair` compares all every night.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest, Least

from access.models import AccessCard, Entry, FormerPlate, StaleClient, Vehicle
from access.models.cards import CardStatus
from clients.models import NEVER, Client
from fixaloop.records.bulk import BATCH, batches
from fixaloop.speed.updates import KeptUpdate
from fixaloop.words.text import normalise


def entered(client_id: int, at: datetime) -> None:
    written = _free([client_id]).update(
        last_visit_at=Greatest("last_visit_at", Value(at)),
        # The first of two at once may be written second.
        inside_since=Coalesce(Least("inside_since", Value(at)), Value(at)),
    )
    if not written:
        _note([client_id])


def left(client_ids: Collection[int | None]) -> None:
    """Recompute since when clients are inside. With one client, it is the caller’s turn."""
    ids = set(client_ids) - {None}
    clients = Client.objects.filter(pk__in=_locked(ids)) if len(ids) > 1 else _free(ids)
    if clients.update(inside_since=_kept()["inside_since"]) < len(ids):
        _note(ids)


def _free(ids: Collection[int | None]) -> QuerySet[Client]:
    """Those of these clients whose rows nobody else is writing, to be updated at once."""
    return Client.objects.filter(pk__in=_unlocked(ids).values("pk"))


def _locked(ids: Collection[int | None]) -> list[int]:
    """The keys of the same, locked before what they are computed from is read."""
    return list(_unlocked(ids).values_list("pk", flat=True))


def _unlocked(ids: Collection[int | None]) -> QuerySet[Client]:
    rows = Client.objects.filter(pk__in=ids).order_by("pk")
    return rows.select_for_update(of=("self",), no_key=True, skip_locked=True)


def _note(ids: Iterable[int | None]) -> None:
    StaleClient.objects.bulk_create(StaleClient(client_key=pk) for pk in ids if pk is not None)


def follow_noted() -> int:
    """Refresh the clients that were noted and that nobody is writing any more; return how many there were."""
    noted = list(StaleClient.objects.order_by("pk")[:BATCH])
    if not noted:
        return 0
    keys = {row.client_key for row in noted}
    with transaction.atomic():
        there = set(Client.objects.filter(pk__in=keys).values_list("pk", flat=True))
        free = set(_unlocked(keys).values_list("pk", flat=True))
        done = refresh(Client.objects.filter(pk__in=free))
        # Those that are gone need nothing.
        StaleClient.objects.filter(pk__in=[row.pk for row in noted if row.client_key not in there - free]).delete()
    return done


@cache
def _kept() -> dict[str, Combinable]:
    """Column → expression; built once, because every passage uses it."""
    stays = Entry.objects.filter(client=OuterRef("pk")).order_by()
    entries, inside = stays.visits().values("client"), stays.open().people().values("client")
    # A visitor’s pass is no card of the client who is visited.
    cards = AccessCard.objects.filter(client=OuterRef("pk"), visitor="")
    active = cards.filter(status=CardStatus.ACTIVE).order_by().values("client")
    last = Subquery(entries.annotate(last=Max("entered_at")).values("last"))
    return {
        # Of the visits whose stays are forgotten, the day of the last one is known.
        "last_visit_at": Greatest(Coalesce(last, Value(NEVER)), Coalesce("visited_before", Value(NEVER))),
        "inside_since": Subquery(inside.annotate(first=Min("entered_at")).values("first")),
        "last_card_day": Subquery(active.annotate(last=Max("last_day")).values("last")),
        "card_suspended": Exists(cards.filter(status=CardStatus.SUSPENDED)),
    }


UPDATE = KeptUpdate(Client, _kept)


def refresh(clients: QuerySet[Client]) -> int:
    """Recompute the columns of these clients in one statement; return how many there were."""
    return clients.order_by().update(**_kept())


def repair(clients: QuerySet[Client]) -> int:
    """Refresh the clients whose columns contradict the facts; return how many there were.

    That includes clients with a vehicle, former plate or card but no search words for it.
    """
    vehicles = Vehicle.objects.filter(client=OuterRef("pk"))
    cards = AccessCard.objects.filter(client=OuterRef("pk")).exclude(status=CardStatus.REVOKED)
    former = FormerPlate.objects.filter(client=OuterRef("pk"))
    unfound = clients.filter(Exists(vehicles) | Exists(cards) | Exists(former), extra_search="").order_by("pk")
    with transaction.atomic():
        index(forgotten := list(unfound.values_list("pk", flat=True)))
    contradicted = Q()
    expected: dict[str, Any] = {}
    for name, value in _kept().items():
        nothing = _NOTHING[name]
        expected[f"expected_{name}"] = Coalesce(value, nothing)
        contradicted |= ~Q(**{f"expected_{name}": Coalesce(F(name), nothing)})
    return refresh(clients.alias(**expected).filter(contradicted)) + len(forgotten)


_NOTHING: dict[str, Value] = {
    "last_visit_at": Value(NEVER),
    "inside_since": Value(NEVER),
    "last_card_day": Value(date.min),
    "card_suspended": Value(False),
}


def index(client_ids: Iterable[int]) -> None:
    for some in batches(sorted(set(client_ids))):
        _index(some)


def _index(client_ids: list[int]) -> None:
    words: Mapping[int, list[str]] = {pk: [] for pk in client_ids}
    plates = Vehicle.objects.filter(client__in=client_ids).order_by("pk").values_list("client", "plate_key")
    for owner, plate in plates:
        words[owner].append(plate.lower())
    former = FormerPlate.objects.filter(client__in=client_ids).order_by("pk").values_list("client", "plate_key")
    for owner, plate in former:
        words[owner].append(plate.lower())
    cards = AccessCard.objects.filter(client__in=client_ids).exclude(status=CardStatus.REVOKED).order_by("pk")
    for owner, username, badge in cards.values_list("client", "username", "badge_number"):
        words[owner] += [normalise(username), badge.lower()]
    changed = []
    for client in Client.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=client_ids).order_by("pk"):
        extra = " ".join(dict.fromkeys(filter(None, words[client.pk])))
        if client.extra_search != extra:
            client.extra_search = extra
            client.derive()
            changed.append(client)
    Client.objects.bulk_update(changed, ["extra_search", "search_text"], batch_size=BATCH)


def refresh_locked(client_ids: Iterable[int | None]) -> None:
    ids = set(client_ids) - {None}
    # Most passages end no stay elsewhere.
    if not ids:
        return
    free = _locked(ids)
    UPDATE.run(free)
    if len(free) < len(ids):
        _note(ids)


def follow(client_ids: Iterable[int]) -> None:
    ids = set(client_ids)
    refresh_locked(ids)
    index(ids)
