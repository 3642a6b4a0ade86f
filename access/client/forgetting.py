"""Anonymising what access holds of a client: cards stop working, names go, visits stay."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast, Concat

from access.extensions import plates_changed
from access.models import AccessCard, CardSecret, CardStatus, Entry, Payment, Vehicle
from access.services import client_columns
from access.services.cards import change_card_status
from access.services.retention import forget_words
from clients.models import Client
from fixaloop.records.history import forget_beside

# No username is typed with a “#”, and no plate is so long: neither can be somebody else's.
USERNAME, PLATE, BADGE = "anonyme#", "ANONYME-", "ANONYME"
REASON = "anonymisé"


@transaction.atomic
def forget_holder(client: Client, *, by: AbstractBaseUser | None, at: datetime) -> None:
    """Revoke the cards; empty plates, notes and payment references, in history too.

    Visits, amounts, dates, makes and models stay. The caller holds the lock on the client’s row.
    """
    forget_words(client)
    _forget_cards(client, by, at)
    _forget_vehicles(client, at)
    entries = Entry.objects.filter(client=client)
    forget_beside(entries, "entry")
    entries.exclude(note="").update(note="")
    for payments in (Payment.objects.filter(entry__client=client), Payment.history.filter(entry__client=client)):
        payments.update(reference="")
        # A refund has its reason, by constraint.
        payments.exclude(note="").update(note=REASON)
    client_columns.follow([client.pk])


def _forget_cards(client: Client, by: AbstractBaseUser | None, at: datetime) -> None:
    for card in client.cards.exclude(status=CardStatus.REVOKED):
        change_card_status(card, CardStatus.REVOKED, reason=REASON, by=by, at=at)
    # Unknown from now on, and not only refused: who shows an old code is nobody.
    CardSecret.objects.filter(card__client=client).delete()
    cards = list(client.cards.select_for_update(of=("self",)).order_by("pk"))
    for card in cards:
        card.username = f"{USERNAME}{card.pk}"
        card.badge_number = f"{BADGE}{card.pk}" if card.badge_number else ""
        card.status_reason = REASON
        card.version, card.updated_at = card.version + 1, at
        card.derive()
    changed = ("username", "username_key", "badge_number", "status_reason", "search_text", "version", "updated_at")
    AccessCard.objects.bulk_update(cards, changed, batch_size=500)
    forget_beside(client.cards.all(), "card")
    records = AccessCard.history.filter(Q(client=client) | Q(id__in=client.cards.values("pk")))
    records.exclude(badge_number="").update(badge_number=Concat(Value(BADGE), Cast("id", CharField())))
    records.exclude(status_reason="").update(status_reason=REASON)
    records.update(username=Concat(Value(USERNAME), Cast("id", CharField())), history_change_reason=None)


def _forget_vehicles(client: Client, at: datetime) -> None:
    vehicles = list(client.vehicles.select_for_update(of=("self",)).order_by("pk"))
    for vehicle in vehicles:
        vehicle.plate, vehicle.is_active = f"{PLATE}{vehicle.pk}", False
        vehicle.year, vehicle.color = None, ""
        vehicle.version, vehicle.updated_at = vehicle.version + 1, at
        vehicle.derive()
    changed = ("plate", "plate_key", "plate_mark", "is_active", "year", "color", "color_key", "search_text")
    Vehicle.objects.bulk_update(vehicles, (*changed, "version", "updated_at"), batch_size=500)
    forget_beside(client.vehicles.all(), "vehicle")
    records = Vehicle.history.filter(Q(client=client) | Q(id__in=client.vehicles.values("pk")))
    records.update(plate=Concat(Value(PLATE), Cast("id", CharField())), year=None, color="", history_change_reason=None)
    plates_changed([vehicle.pk for vehicle in vehicles])
