"""Finding interventions by what is typed, and the vehicle that a plate names."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from access.gate.plates import plate_key
from access.models import Vehicle
from fixaloop.forms.parsing import parse_key
from fixaloop.words.text import words
from interventions.models import INTERVENTION, Intervention

SHORT = 3
LONGEST_PLATE = 60
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


def update_search_texts(interventions: QuerySet[Intervention]) -> None:
    """Bring search texts up to date after clients changed names or vehicles changed plates."""
    changed = []
    for intervention in interventions.select_related("client", "vehicle"):
        before = intervention.search_text
        intervention.derive()
        if intervention.search_text != before:
            changed.append(intervention)
    Intervention.objects.bulk_update(changed, ["search_text"], batch_size=BATCH)


def with_plates(plates: Iterable[str]) -> QuerySet[Vehicle]:
    return Vehicle.objects.filter(plate_key__in={plate_key(plate) for plate in plates} - {""})


def choose(plate: str, vehicles: Iterable[Vehicle], client: int, kept: int | None = None) -> Vehicle:
    """Pick among vehicles of one plate: first `kept`, then the client’s own, then one in use.

    Whether it is the client’s own is for `interventions.checks` to say. Raises ValidationError if there is none.
    """
    found = list(vehicles)
    if not found:
        message = _("Aucun véhicule n’a la plaque « %(plate)s » : enregistrez-le d’abord, ou laissez vide.")
        raise ValidationError(message, "unknown", {"plate": plate[:LONGEST_PLATE]})
    return min(found, key=lambda one: (one.pk != kept, one.client_id != client, not one.is_active, one.pk))


def find_vehicle(text: str, client: int, kept: int | None = None) -> Vehicle:
    vehicles = list(with_plates([text]))
    if not vehicles and (key := parse_key(text)):
        vehicles = list(Vehicle.objects.filter(pk=key))
    return choose(text, vehicles, client, kept)
