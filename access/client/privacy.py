"""What access hands over of a client, and what it forgets: cards stop working, names go, visits stay."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from access.cards.columns import COLUMNS as CARD_COLUMNS
from access.declared.personal import REASON
from access.entries.columns import COLUMNS as ENTRY_COLUMNS
from access.events.timeline import Sight, export_columns, with_names
from access.extensions import plates_changed
from access.gate.plates import plate_key
from access.models import AccessCard, CardSecret, CardStatus, Driver, FormerPlate, Payment, Vehicle
from access.notices.letters import remove_letters
from access.services import client_columns
from access.services.cards import change_card_status
from access.services.retention import forget_plates_elsewhere, forget_reads, forget_words
from access.vehicles.columns import COLUMNS as VEHICLE_COLUMNS
from clients.models import Client
from fixaloop.exports.archive import Part
from fixaloop.files.columns import FileColumn, exported
from fixaloop.records import chain

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


def parts_about(client: Client) -> list[Part]:
    """All that is stored. The code of a card cannot be handed over: only its hash is."""
    owned = client.vehicles.select_related("client").prefetch_related("zones", "tags").order_by("pk")
    held = client.cards.select_related("client").prefetch_related("zones", "tags").order_by("pk")
    visits = client.entries.select_related("client", "card", "vehicle", "zone", "device_in", "device_out")
    paid = Payment.objects.filter(entry__client=client).select_related("entry", "words").order_by("paid_on", "pk")
    happened = with_names(client.events.order_by("at", "pk"))
    return [
        _part("vehicules", _("Véhicules"), exported(VEHICLE_COLUMNS), owned),
        _part("cartes", _("Cartes d’accès"), exported(CARD_COLUMNS), held),
        _part("entrees", _("Entrées"), exported(ENTRY_COLUMNS), visits.order_by("entered_at", "pk")),
        _part("paiements_entrees", _("Paiements des entrées"), PAYMENT_COLUMNS, paid),
        _part("evenements", _("Événements"), export_columns(Sight()), happened),
    ]


def _part(name: str, title: str, columns: Sequence[FileColumn], rows: QuerySet[Any]) -> Part:
    return Part(name, title, columns, lambda: rows.iterator(CHUNK))


def forget_holder(clients: Collection[int], *, by: AbstractBaseUser | None, at: datetime) -> None:
    """Revoke the cards, take the vehicles off the road, and forget what was read and typed.

    Visits, amounts, dates, makes and models stay. The caller holds the lock on the clients’ rows.
    """
    plates, usernames = _plates(clients), _usernames(clients)
    remove_letters(clients)
    for card in AccessCard.objects.filter(client__in=clients).exclude(status=CardStatus.REVOKED):
        change_card_status(card, CardStatus.REVOKED, reason=REASON, by=by, at=at)
    # Unknown from now on, and not only refused: who shows an old code is nobody.
    CardSecret.objects.filter(card__client__in=clients).delete()
    Driver.objects.filter(Q(client__in=clients) | Q(vehicle__client__in=clients)).delete()
    _forget_former(clients, plates)
    Vehicle.objects.filter(client__in=clients).update(is_active=False)
    forget_words(clients)
    forget_plates_elsewhere(clients)
    forget_reads(clients, plates, usernames)
    chain.forget_words(Payment.objects.filter(entry__client__in=clients))


def _forget_former(clients: Collection[int], plates: Collection[str]) -> None:
    """Forget the former plates of these clients, and that others had one of their plates."""
    former = FormerPlate.objects.filter(Q(client__in=clients) | Q(plate_key__in=plates))
    others = set(former.values_list("client", flat=True)) - set(clients)
    former.delete()
    client_columns.index(others)


def _plates(clients: Collection[int]) -> set[str]:
    """The keys of the plates that these clients have or had, and that nobody else has now."""
    had = {plate_key(plate) for plate in Vehicle.history.filter(client__in=clients).values_list("plate", flat=True)}
    has = Vehicle.objects.filter(client__in=clients).values_list("plate_key", flat=True)
    keys = had | set(has)
    others = Vehicle.objects.filter(plate_key__in=keys).exclude(client__in=clients)
    return keys - set(others.values_list("plate_key", flat=True))


def _usernames(clients: Collection[int]) -> set[str]:
    """The names that the cards of these clients have or had, in small letters, and that no other card has now."""
    had = AccessCard.history.filter(client__in=clients).values_list("username", flat=True)
    has = AccessCard.objects.filter(client__in=clients).values_list("username", flat=True)
    names = {name.lower() for name in (*had, *has)}
    others = AccessCard.objects.filter(username_key__in=names).exclude(client__in=clients)
    return names - set(others.values_list("username_key", flat=True))


def follow_holder(client: Client) -> None:
    """Bring in step what copies the plates and cards of a client."""
    client_columns.follow([client.pk])
    plates_changed(list(client.vehicles.values_list("pk", flat=True)))
