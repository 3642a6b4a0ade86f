"""Finding interventions by title, equipment, plate, reference, or the name and reference of the client."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from fixaloop.words.text import words
from interventions.models import INTERVENTION, Intervention

SHORT = 3
BATCH = 500


def matching(query: str) -> Q:
    """Interventions with every word of the query, in any order.

    A word shorter than three letters must begin a word: a trigram index finds nothing shorter.
    """
    number = INTERVENTION.parse(query)
    if number is not None:
        return Q(number=number)
    found = Q()
    for word in words(query):
        found &= Q(search_text__contains=word if len(word) >= SHORT else f" {word}")
    return found


def follow_names(clients: Iterable[int]) -> None:
    """Update the search texts of interventions after their clients changed names."""
    _follow(Intervention.objects.filter(client__in=clients))


def follow_plates(vehicles: Iterable[int]) -> None:
    """Update the search texts of interventions after their vehicles changed plates."""
    _follow(Intervention.objects.filter(vehicle__in=vehicles))


def _follow(interventions: QuerySet[Intervention]) -> None:
    changed = []
    for intervention in interventions.select_related("client", "vehicle"):
        before = intervention.search_text
        intervention.derive()
        if intervention.search_text != before:
            changed.append(intervention)
    Intervention.objects.bulk_update(changed, ["search_text"], batch_size=BATCH)
