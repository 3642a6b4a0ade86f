"""Finding vehicles and cards by what is typed: what they are called, and whose they are."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Q

from access.models import AccessCard, Vehicle
from clients.models import Client
from clients.search import matching
from fixaloop.lists.pagination import expected_count
from fixaloop.words.text import normalise, words

SHORT = 3
# What more than these are called, or whose owners are, is looked for in the rows as a list comes to them.
PLENTY = 10_000


class Matching(NamedTuple):
    """The condition on rows of matching a query; `is_plentiful` where it can only be met as a list comes to it."""

    condition: Q
    is_plentiful: bool = False


def owned_by(query: str) -> Q:
    """Rows about the clients that match a query."""
    return Q(client__in=Client.objects.filter(matching(query)).order_by().values("pk"))


def vehicles_matching(query: str) -> Matching:
    """Vehicles whose plate, make or model hold all words of the query, and those of the clients that match it."""
    return _either(Vehicle, query)


def cards_matching(query: str) -> Matching:
    """Cards whose username or badge number hold all words of the query, and those of the clients that match it."""
    return _either(AccessCard, query)


def _either(model: Any, query: str) -> Matching:
    """A union and not an “or”: each side has its own index, which a condition over both would leave unused.

    What is plentiful is rather met in the order of a list, where a few rows suffice for a page.
    """
    if not words(query):
        return Matching(Q(pk__in=()))
    every = model.objects.order_by()
    named, owners = every.filter(_named(query)), Client.objects.filter(matching(query))
    if any((expected_count(rows) or 0) > PLENTY for rows in (named, owners)):
        return Matching(_named(query) | matching(query, "client__"), is_plentiful=True)
    owned = every.filter(client__in=owners.order_by().values("pk"))
    return Matching(Q(pk__in=named.values("pk").union(owned.values("pk"))))


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
