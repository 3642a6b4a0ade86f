"""Which cards, vehicles and entries there are that the rows of a chunk of entries speak of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from access.models import AccessCard, Entry, Vehicle
from access.models.cards import username_key
from access.plates import plate_key
from fixaloop.imports.records import Record

MINUTE = timedelta(minutes=1)


class Holders:
    """The cards and vehicles that the rows of a chunk name."""

    def __init__(self, records: Sequence[Record]) -> None:
        names = {username_key(record.typed.get("card", "")) for record in records} - {""}
        plates = {plate_key(record.typed.get("vehicle", "")) for record in records} - {""}
        cards = AccessCard.objects.filter(username_key__in=names).values_list("username_key", "client", "pk")
        self._cards = {(name, client): pk for name, client, pk in cards}
        vehicles = Vehicle.objects.filter(plate_key__in=plates).order_by("is_active", "pk")
        self._vehicles = {
            (plate, client): pk for plate, client, pk in vehicles.values_list("plate_key", "client", "pk")
        }

    def give(self, record: Record) -> None:
        """Put the card and the vehicle of the row's own client into its values, or refuse the row."""
        client = record.values["client_id"]
        for name, known, key in (("card", self._cards, username_key), ("vehicle", self._vehicles, plate_key)):
            text = record.typed.get(name, "").strip()
            if not text:
                continue
            found = known.get((key(text), client))
            if found is None:
                wrong = _("Ce client n’a pas cette carte.") if name == "card" else _("Ce client n’a pas ce véhicule.")
                record.refuse(name, wrong)
            record.values[f"{name}_id"] = found


class StoredEntries:
    """The entries that the rows of a chunk may be, and who is inside."""

    def __init__(self, records: Sequence[Record]) -> None:
        clients = {record.values["client_id"] for record in records}
        moments = [record.values["entered_at"] for record in records]
        self._entries: dict[tuple[Any, ...], Entry] = {}
        self._inside: defaultdict[int, set[tuple[Any, Any]]] = defaultdict(set)
        if not records:
            return
        entries = Entry.objects.filter(client__in=clients)
        between = entries.filter(entered_at__gte=minute_of(min(moments)), entered_at__lt=max(moments) + MINUTE)
        for entry in between:
            holder = (entry.card_id, entry.vehicle_id)
            self._entries[entry.client_id, entry.zone_id, minute_of(entry.entered_at), holder] = entry
        for entry in entries.open():
            self._inside[entry.zone_id] |= {(entry.card_id, None), (None, entry.vehicle_id)}

    def find(self, values: Mapping[str, Any], zone: int) -> Entry | None:
        """The entry of the same client, zone, minute, card and vehicle."""
        return self._entries.get((values["client_id"], zone, minute_of(values["entered_at"]), holder_of(values)))

    def is_inside(self, holder: tuple[Any, Any], zone: int) -> bool:
        """Whether the card or the vehicle is in a zone now."""
        card, vehicle = holder
        inside = self._inside[zone]
        return (card is not None and (card, None) in inside) or (vehicle is not None and (None, vehicle) in inside)


def minute_of(moment: datetime) -> datetime:
    """The minute of an instant: files hold minutes, rows hold seconds."""
    return moment.replace(second=0, microsecond=0)


def holder_of(values: Mapping[str, Any]) -> tuple[Any, Any]:
    """By which card and in which vehicle."""
    return values.get("card_id"), values.get("vehicle_id")
