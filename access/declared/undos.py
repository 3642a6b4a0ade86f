"""How what was done to a card, a vehicle or a stay is taken back."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from access import services
from access.models import AccessCard, Entry, Vehicle
from access.models.entries import SEE_MONEY
from access.services.card_batches import write_cards
from access.services.corrections import CORRECTED, further_inside
from access.services.payments import PRICE
from clients.models import Client
from fixaloop.forms.undo import Undo
from fixaloop.records.bulk import plain_of, read_plain
from fixaloop.records.refusal import Refused, Stale
from fixaloop.web.refusals import require

STATUS = ("status", "status_reason")


def _change_card_back(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    cards = AccessCard.objects.select_for_update(of=("self",), no_key=True)
    if not cards.filter(pk=values["card"], version=values["version"]).exists():
        raise Stale
    write_cards({values["card"]: values["before"]}, by=by, at=at)


def _retire_or_return(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    vehicle = _vehicle(values)
    vehicle.is_active = values["was_active"]
    try:
        services.update_vehicle(vehicle, by=by, version=values["version"], at=at)
    except IntegrityError:
        raise Refused([_("Un autre véhicule en circulation a déjà cette immatriculation.")]) from None


def _drive_again(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    client = Client.objects.filter(pk=values["client"], anonymized_at=None).first()
    if client is None:
        raise Stale
    services.add_driver(_vehicle(values), client, by=by)


def stay_of(entry: Entry) -> dict[str, Any]:
    inside = {str(other.pk): plain_of(other, CORRECTED) for other in further_inside(entry)}
    return {"entry": entry.pk, "before": plain_of(entry, CORRECTED), "inside": inside}


def _correct_back(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    entry = Entry.objects.filter(pk=values["entry"]).first()
    if entry is None:
        raise Stale
    together = Entry.objects.filter(pk__in=values["inside"], exited_at=entry.exited_at, exited_at__isnull=False)
    for other in [*together.filter(device_out=None)]:
        services.take_back(other, read_plain(Entry, values["inside"][str(other.pk)]), by=by, mark=other.mark, at=at)
    services.take_back(entry, read_plain(Entry, values["before"]), by=by, mark=values["mark"], at=at)


def price_of(entry: Entry) -> dict[str, Any]:
    return {"entry": entry.pk, "before": plain_of(entry, PRICE)}


def _price_back(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    require(by, SEE_MONEY)
    entry = Entry.objects.filter(pk=values["entry"]).first()
    if entry is None:
        raise Stale
    before = read_plain(Entry, values["before"])
    services.take_price_back(entry, before, amount=Decimal(values["amount"]), by=by, at=at)


def _vehicle(values: Mapping[str, Any]) -> Vehicle:
    vehicle = Vehicle.objects.filter(pk=values["vehicle"]).first()
    if vehicle is None:
        raise Stale
    return vehicle


STAY = Undo("stay", _correct_back, right="access.correct_entry")
PRICED = Undo("stay-price", _price_back, right="access.change_entry")
CARD = Undo("card", _change_card_back, right="access.change_accesscard")
CIRCULATION = Undo("vehicle-circulation", _retire_or_return, right="access.change_vehicle")
DRIVER = Undo("vehicle-driver", _drive_again, right="access.change_vehicle")
UNDOS = (STAY, PRICED, CARD, CIRCULATION, DRIVER)
