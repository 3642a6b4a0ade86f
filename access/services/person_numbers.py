"""Whose a stay is: a number kept with it, so that thousands inside are counted without a look at cards and clients."""

from collections.abc import Collection, Sequence

from django.db.models import BigIntegerField, Case, F, OuterRef, QuerySet, Subquery, When

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
    """Number new stays that are saved at once, with what their clients and cards are read at once too."""
    clients = Client.objects.in_bulk({stay.client_id for stay in stays if stay.client_id})
    cards = AccessCard.objects.in_bulk({stay.card_id for stay in stays if stay.card_id})
    for stay in stays:
        stay.client, stay.card = clients[stay.client_id or 0], cards.get(stay.card_id or 0)
        stay.number_person()


def refresh(stays: QuerySet[Entry]) -> int:
    """Number these stays anew where the facts say otherwise; return how many there were."""
    known = stays.filter(client__isnull=False).order_by()
    numbered = known.annotate(number=NUMBER, whose=F("person") % ANOTHER)
    wrong = list(numbered.exclude(whose=F("number")).values_list("pk", flat=True))
    number = Entry.objects.filter(pk=OuterRef("pk")).order_by().annotate(number=NUMBER).values("number")
    for some in batches(wrong):
        Entry.objects.filter(pk__in=some).update(person=Subquery(number))
    return len(wrong)


def refresh_open(client_ids: Collection[int]) -> None:
    """Number the open stays of these clients anew: one may have become a company, or another client."""
    refresh(Entry.objects.open().filter(client__in=client_ids))
