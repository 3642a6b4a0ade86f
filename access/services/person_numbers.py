"""Whose a stay is: a number kept with it, so that thousands inside are counted without a look at cards and clients."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import BigIntegerField, Case, F, Max, OuterRef, QuerySet, Subquery, Value, When

from access.models import AccessCard, Entry
from access.models.entries import ANOTHER, CAR, KINDS, NAMED, NAMELESS, PERSON
from clients.models import Client
from fixaloop.records.bulk import batches

# What `Entry.number_person` computes, for the database.
NUMBER = Case(
    When(card__visitor__gt="", then=F("card_id") * KINDS + NAMED),
    When(client__kind=Client.Kind.INDIVIDUAL, then=F("client_id") * KINDS + PERSON),
    When(card__isnull=False, then=F("card_id") * KINDS + NAMED),
    When(vehicle__isnull=False, then=F("vehicle_id") * KINDS + CAR),
    default=F("client_id") * KINDS + NAMELESS,
    output_field=BigIntegerField(),
)


def number(stays: Sequence[Entry]) -> None:
    """Number new stays that are saved at once, with what their clients and cards are read at once too.

    Raises DoesNotExist for a client or card that is gone meanwhile.
    """
    clients = Client.objects.in_bulk({stay.client_id for stay in stays if stay.client_id})
    cards = AccessCard.objects.in_bulk({stay.card_id for stay in stays if stay.card_id})
    for stay in stays:
        if client := clients.get(stay.client_id or 0):
            stay.client = client
        if card := cards.get(stay.card_id or 0):
            stay.card = card
        stay.number_person()


def refresh(stays: QuerySet[Entry]) -> int:
    """Number these stays anew where the facts say otherwise; return how many there were.

    Those whom the counter let in by a name stay as many people as they were, and apart from who had that number before.
    """
    known = stays.filter(client__isnull=False).order_by()
    numbered = known.annotate(number=NUMBER, whose=F("person") % ANOTHER)
    wrong: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for key, number, whose in numbered.exclude(whose=F("number")).values_list("pk", "number", "whose"):
        wrong[(number, whose) if number % KINDS == NAMELESS else (0, 0)].append(key)
    facts = Entry.objects.filter(pk=OuterRef("pk")).order_by().annotate(number=NUMBER).values("number")
    for (number, _whose), keys in wrong.items():
        apart = F("person") - F("person") % ANOTHER + _taken(number) if number else Value(0)
        for some in batches(keys):
            Entry.objects.filter(pk__in=some).update(person=Subquery(facts) + apart)
    return sum(map(len, wrong.values()))


def _taken(number: int) -> int:
    """What is added to the number of a name, so that nobody let in by it has the same."""
    own = Entry.objects.filter(client=number // KINDS, card=None, vehicle=None).annotate(whose=F("person") % ANOTHER)
    last = own.filter(whose=number).aggregate(last=Max("person"))["last"]
    return 0 if last is None else last - number + ANOTHER


def refresh_open(client_ids: Collection[int]) -> None:
    """Number the open stays of these clients anew: one may have become a company, or another client."""
    refresh(Entry.objects.open().filter(client__in=client_ids))
