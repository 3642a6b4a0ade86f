"""Searching vehicles, cards and events: by their own words and by their clients."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import Q

from access.gate.misreads import looks_like_plate
from access.gate.plates import LONGEST, plate_key
from access.models import AccessCard, Event, FormerPlate, Vehicle
from clients.models import Client
from clients.search import matching
from fixaloop.lists.counting import expected_count
from fixaloop.words.text import normalise, words

SHORT = 3
# With more matches than this, filtering rows in the order of the list is faster than finding all of them first.
PLENTY = 10_000
# Vehicles that had a plate before, of those that begin with what was typed.
FEW = 20


class Matching(NamedTuple):
    """The condition for rows that match a query; `only_in_order` if it is best checked in the order of a list."""

    condition: Q
    only_in_order: bool = False


def owned_by(query: str) -> Q:
    return Q(client__in=Client.objects.filter(matching(query)).order_by().values("pk"))


def events_matching(query: str) -> Q:
    """Events of clients that match the query, and those of a plate that begins so and was nobody’s."""
    key = plate_key(query)
    strange = Event.objects.with_plate_like(key).order_by()
    if not looks_like_plate(key) or not strange.exists():
        return owned_by(query)
    if not Client.objects.filter(matching(query)).order_by().exists():
        return Q(pk__in=strange.values("pk"))
    # A union, because an “or” over both would use the index of neither.
    owned = Event.objects.filter(owned_by(query)).order_by()
    return Q(pk__in=strange.values("pk").union(owned.values("pk")))


def named_or_owned(model: type[AccessCard | Vehicle], query: str) -> Matching:
    """The rows with all words of the query in their own words (username, badge, plate…), or whose client matches it.

    A vehicle is found by the beginning of a plate that it had, too.
    """
    if not words(query):
        return Matching(Q(pk__in=()))
    # A union, because an “or” over both would use the index of neither.
    every = model.objects.order_by()
    named, owners = every.filter(named_so(query)), Client.objects.filter(matching(query))
    if any((expected_count(rows) or 0) > PLENTY for rows in (named, owners)):
        return Matching(named_so(query) | matching(query, "client__"), only_in_order=True)
    owned = every.filter(client__in=owners.order_by().values("pk"))
    found = [named.values("pk"), owned.values("pk")]
    if model is Vehicle and looks_like_plate(key := plate_key(query)):
        found.append(FormerPlate.objects.filter(plate_key__startswith=key).order_by().values("vehicle"))
    return Matching(Q(pk__in=found[0].union(*found[1:])))


def with_plate(query: str) -> Iterator[Q]:
    """Vehicles of a plate, typed whole or in part: those that begin so, those that had it, then those that hold it.

    What has no figure is rather a name.
    """
    key = plate_key(query)
    if not any(map(str.isdigit, key)) or len(normalise(query).replace(" ", "")) > LONGEST:
        return
    yield Q(plate_key__startswith=key)
    if looks_like_plate(key):
        former = FormerPlate.objects.filter(plate_key__startswith=key).order_by()[:FEW]
        yield Q(pk__in=list(former.values_list("vehicle", flat=True)))
    if len(key) >= SHORT:
        yield Q(search_text__contains=key.lower(), plate_key__contains=key)


def named_so(query: str) -> Q:
    """All words of the query; one of under three letters must begin a word: a trigram index finds no others."""
    found = Q()
    for word in words(query):
        if len(word) >= SHORT:
            found &= Q(search_text__contains=word)
        else:
            found &= Q(search_text__startswith=word) | Q(search_text__contains=f" {word}")
    # AB-123-CD is three words, but one plate.
    together = normalise(query).replace(" ", "")
    return found | Q(search_text__contains=together) if len(together) >= SHORT else found
