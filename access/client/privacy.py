"""What access hands over of a client, and what it forgets: cards stop working, names go, visits stay."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from access.cards.columns import COLUMNS as CARD_COLUMNS
from access.entries.columns import COLUMNS as ENTRY_COLUMNS
from access.events.timeline import Sight, export_columns, with_names
from access.extensions import plates_changed
from access.models import AccessCard, CardSecret, CardStatus, Driver, Entry, Payment, Vehicle
from access.services import client_columns
from access.services.cards import change_card_status
from access.services.retention import forget_words
from access.vehicles.columns import COLUMNS as VEHICLE_COLUMNS
from clients.models import Client
from fixaloop.exports.archive import Part
from fixaloop.files.columns import FileColumn, exported
from fixaloop.records import chain
from fixaloop.records.history import forget_beside

CHUNK = 500
PAYMENT_COLUMNS = (
    FileColumn("N°", lambda payment, at: payment.number, 8),
    FileColumn("Entrée du", lambda payment, at: payment.entry.entered_at, 18),
    FileColumn("Nature", lambda payment, at: payment.get_kind_display(), 18),
    FileColumn("Moyen", lambda payment, at: payment.get_method_display(), 16),
    FileColumn("Montant", lambda payment, at: payment.amount, 12),
    FileColumn("Payé le", lambda payment, at: payment.paid_on, 12),
    FileColumn("Référence", lambda payment, at: payment.reference, 18),
    FileColumn("Note", lambda payment, at: payment.note, 32),
    FileColumn("Saisi le", lambda payment, at: payment.created_at, 18),
)
# No username is typed with a “#”, and no plate is so long: neither can be somebody else's.
USERNAME, PLATE, BADGE = "anonyme#", "ANONYME-", "ANONYME"
REASON = "anonymisé"


def parts_about(client: Client) -> list[Part]:
    """All that is stored. The code of a card cannot be handed over: only its hash is."""
    owned = client.vehicles.select_related("client").prefetch_related("zones", "tags").order_by("pk")
    held = client.cards.select_related("client").prefetch_related("zones", "tags").order_by("pk")
    visits = client.entries.select_related("client", "card", "vehicle", "zone", "device_in", "device_out")
    paid = Payment.objects.filter(entry__client=client).select_related("entry", "words").order_by("paid_on", "pk")
    happened = with_names(client.events.order_by("at", "pk"))
    return [
        _part("vehicules", _("Véhicules"), VEHICLE_COLUMNS, owned),
        _part("cartes", _("Cartes d’accès"), exported(CARD_COLUMNS), held),
        _part("entrees", _("Entrées"), ENTRY_COLUMNS, visits.order_by("entered_at", "pk")),
        _part("paiements_entrees", _("Paiements des entrées"), PAYMENT_COLUMNS, paid),
        _part("evenements", _("Événements"), export_columns(Sight()), happened),
    ]


def _part(name: str, title: str, columns: Sequence[FileColumn], rows: QuerySet[Any]) -> Part:
    return Part(name, title, columns, lambda: rows.iterator(CHUNK))


@transaction.atomic
def forget_holder(client: Client, *, by: AbstractBaseUser | None, at: datetime) -> None:
    """Revoke the cards; empty plates, notes and the words of payments, in history too.

    Visits, amounts, dates, makes and models stay. The caller holds the lock on the client’s row.
    """
    forget_words(client)
    _forget_cards(client, by, at)
    _forget_vehicles(client, at)
    entries = Entry.objects.filter(client=client)
    forget_beside(entries, "entry")
    entries.exclude(note="").update(note="")
    chain.forget_words(Payment.objects.filter(entry__client=client))
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
        card.status_reason, card.visitor = REASON, ""
        card.version, card.updated_at = card.version + 1, at
        card.derive()
    changed = (
        "username",
        "username_key",
        "badge_number",
        "status_reason",
        "visitor",
        "search_text",
        "version",
        "updated_at",
    )
    AccessCard.objects.bulk_update(cards, changed, batch_size=500)
    forget_beside(client.cards.all(), "card")
    records = AccessCard.history.filter(Q(client=client) | Q(id__in=client.cards.values("pk")))
    records.exclude(badge_number="").update(badge_number=Concat(Value(BADGE), Cast("id", CharField())))
    records.exclude(visitor="").update(visitor="")
    records.exclude(status_reason="").update(status_reason=REASON)
    records.update(username=Concat(Value(USERNAME), Cast("id", CharField())), history_change_reason=None)


def _forget_vehicles(client: Client, at: datetime) -> None:
    Driver.objects.filter(Q(client=client) | Q(vehicle__client=client)).delete()
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
