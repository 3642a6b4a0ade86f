"""Finding vehicles and cards by what is typed: what they are called, and whose they are."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q

from access.models import AccessCard, Vehicle
from clients.models import Client
from clients.search import matching
from fixaloop.text import normalise, words

SHORT = 3
MANY = 20_000


def owned_by(query: str) -> Q:
    """Rows about the clients that match a query."""
    return Q(client__in=Client.objects.filter(matching(query)).order_by().values("pk"))


def vehicles_matching(query: str) -> Q:
    """Vehicles whose plate, make or model hold all words of the query, and those of the clients that match it."""
    return _either(Vehicle, query)


def cards_matching(query: str) -> Q:
    """Cards whose username or badge number hold all words of the query, and those of the clients that match it."""
    return _either(AccessCard, query)


def _either(model: Any, query: str) -> Q:
    """A union and not an “or”: each side has its own index, which a condition over both would leave unused.

    What very many clients have is rather looked for in the rows as the list comes to them: a few suffice for a page.
    """
    if not words(query):
        return Q(pk__in=())
    owners = Client.objects.filter(matching(query)).order_by()
    if owners[: MANY + 1].count() > MANY:
        return _named(query) | Q(Exists(owners.filter(pk=OuterRef("client"))))
    named = model.objects.filter(_named(query)).order_by().values("pk")
    owned = model.objects.filter(client__in=owners.values("pk")).order_by().values("pk")
    return Q(pk__in=named.union(owned))


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
