"""Finding vehicles and cards by what is typed: what they are called, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.models import AccessCard, Vehicle
from clients.models import Client
from clients.search import matching
from fixaloop.pagination import COUNT_CAP
from fixaloop.text import normalise, words

SHORT = 3
# What more clients than these have is not looked up client by client.
MANY = 10_000


@dataclass(frozen=True)
class Found:
    """The condition on rows that match a query; `plentiful` where there are known to be more than are counted."""

    condition: Q
    plentiful: bool = False


def owned_by(query: str) -> Q:
    """Rows about the clients that match a query."""
    return Q(client__in=Client.objects.filter(matching(query)).order_by().values("pk"))


def vehicles_matching(query: str) -> Q:
    """Vehicles whose plate, make or model hold all words of the query, and those of the clients that match it."""
    return find(Vehicle.objects.order_by(), query).condition


def cards_matching(query: str) -> Q:
    """Cards whose username or badge number hold all words of the query, and those of the clients that match it."""
    return find(AccessCard.objects.order_by(), query).condition


def find(rows: QuerySet[Any], query: str) -> Found:
    """What a query finds among vehicles or cards.

    A union and not an “or”: each side has its own index, which a condition over both would leave unused. What very
    many clients have is rather looked for in the rows as the list comes to them: a few suffice for a page.
    """
    if not words(query):
        return Found(Q(pk__in=()))
    every = rows.model.objects.order_by()
    owners = Client.objects.filter(matching(query)).order_by()
    if _exceed(owners, MANY) or _exceed(every.filter(_named(query)), MANY):
        # The limit makes the database begin with the clients, of whom a part will do.
        some = owners.values("pk")[:MANY]
        if _exceed(rows.filter(_named(query)), COUNT_CAP) or _exceed(rows.filter(client__in=some), COUNT_CAP):
            return Found(_named(query) | matching(query, "client__"), plentiful=True)
        return Found(_named(query) | Q(Exists(owners.filter(pk=OuterRef("client")))))
    owned = every.filter(client__in=owners.values("pk"))
    return Found(Q(pk__in=every.filter(_named(query)).values("pk").union(owned.values("pk"))))


def _exceed(rows: QuerySet[Any], limit: int) -> bool:
    return rows.order_by()[: limit + 1].count() > limit


def _named(query: str) -> Q:
    """A word under three letters must begin one: that is what a trigram index can answer."""
    found = Q()
    for word in words(query):
        if len(word) >= SHORT:
            found &= Q(search_text__contains=word)
        else:
            found &= Q(search_text__startswith=word) | Q(search_text__contains=f" {word}")
    # AB-123-CD is three words, and one plate.
    together = normalise(query).replace(" ", "")
    return found | Q(search_text__contains=together) if len(together) >= SHORT else found
