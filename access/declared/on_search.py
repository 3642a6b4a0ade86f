"""Vehicles and cards among the hits of a search of everything, and what is done with them."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _, gettext_lazy

from access.cards.list import state_chip
from access.counter.near import typed_plate
from access.gate.plates import plate_key
from access.models import AccessCard, Vehicle
from access.models.cards import username_key
from access.search import named_so, with_plate
from access.shared.lists import deferred
from access.typed import badge_key
from access.vehicles.list import state_cell
from clients.models import Client
from fixaloop.lists.counting import read
from fixaloop.search.hits import WANTED, Action, Asked, Best, Hit, Offer, Source, collect
from fixaloop.search.rows import first_rows

VEHICLES, CARDS = "vehicles", "cards"
SEE_CLIENT = "clients.view_client"
VEHICLE_ROWS = Vehicle.objects.select_related("client").defer(*deferred(client=Client))
CARD_ROWS = AccessCard.objects.select_related("client").defer(*deferred(client=Client))
# Among so many vehicles, those on the road come first.
COMPARED = 20


def find_vehicles(asked: Asked) -> list[Hit]:
    if asked.is_short:
        return []
    key = plate_key(asked.text)
    found = collect((_of_plate(condition) for condition in with_plate(asked.text)), COMPARED)
    found.sort(key=lambda vehicle: (vehicle.plate_key != key, not vehicle.is_active))
    return [_vehicle(vehicle, key, asked) for vehicle in found[:WANTED]]


def _of_plate(condition: Q) -> list[Vehicle]:
    return read(VEHICLE_ROWS.filter(condition).order_by("plate_key", "id")[:COMPARED])


def _vehicle(vehicle: Vehicle, key: str, asked: Asked) -> Hit:
    return Hit(
        vehicle.get_absolute_url(),
        "car",
        vehicle.plate_display,
        " · ".join(filter(None, (vehicle.name, _owner(vehicle, asked)))),
        state_cell(vehicle, asked.at),
        key=f"vehicle-{vehicle.pk}",
        is_exact=vehicle.plate_key == key,
    )


def _owner(record: Any, asked: Asked) -> str:
    return record.client.name if asked.user.has_perm(SEE_CLIENT) else ""


def find_cards(asked: Asked) -> list[Hit]:
    exact = Q(username_key=username_key(asked.text))
    found = read(CARD_ROWS.filter(exact)) if asked.is_short else collect(_card_batches(asked))
    found.sort(key=lambda card: not _is_card(card, asked.text))
    return [_card(card, asked) for card in found]


def _card_batches(asked: Asked) -> Iterator[list[AccessCard]]:
    beginning = Q(username_key__startswith=username_key(asked.text))
    begun = read(CARD_ROWS.filter(beginning).order_by("username_key")[:WANTED])
    yield begun
    if "@" in asked.text or any(_is_card(card, asked.text) for card in begun):
        return
    named = named_so(asked.text)
    yield first_rows(named, CARD_ROWS, ("-created_at", "-id"), WANTED)


def _is_card(card: AccessCard, text: str) -> bool:
    badge = badge_key(text)
    return card.username_key == username_key(text) or (badge != "" and card.badge_number == badge)


def _card(card: AccessCard, asked: Asked) -> Hit:
    owner = _owner(card, asked)
    return Hit(
        card.get_absolute_url(),
        "id-card",
        card.username,
        " · ".join(filter(None, (card.badge_number, owner if card.username != owner else ""))),
        state_chip(card, asked.at),
        key=f"card-{card.pk}",
        is_exact=_is_card(card, asked.text),
    )


def offer_control(asked: Asked, best: Best) -> Offer | None:
    """An offer to open the counter with a plate or a card, even an unknown plate."""
    for hit in (best.get(VEHICLES), best.get(CARDS)):
        if hit is not None and hit.is_exact:
            return Offer(_("Contrôler %(name)s") % {"name": hit.title}, {"subject": hit.key})
    plate = typed_plate(asked.text)
    return Offer(_("Contrôler « %(text)s »") % {"text": plate}, {"value": plate}) if plate else None


def offer_vehicle(asked: Asked, best: Best) -> Offer | None:
    plate = typed_plate(asked.text)
    if not plate or (VEHICLES in best and best[VEHICLES].is_exact):
        return None
    return Offer(_("Enregistrer le véhicule « %(text)s »") % {"text": plate}, {"plate": plate})


SOURCES = (
    Source(VEHICLES, gettext_lazy("Véhicules"), 3, ("access.view_vehicle",), "access:vehicles", find_vehicles),
    Source(CARDS, gettext_lazy("Cartes"), 4, ("access.view_accesscard",), "access:cards", find_cards),
)
ACTIONS = (
    Action(gettext_lazy("Contrôle"), "scan-line", "access:control", ("access.use_control",), offer=offer_control),
    Action(gettext_lazy("Nouvelle carte d’accès"), "id-card", "access:card-new", ("access.add_accesscard",)),
    Action(gettext_lazy("Laissez-passer"), "ticket", "access:card-visitor", ("access.add_accesscard",)),
    Action(gettext_lazy("Nouveau véhicule"), "car", "access:vehicle-new", ("access.add_vehicle",), offer=offer_vehicle),
)
