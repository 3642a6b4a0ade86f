"""The cards, vehicles and entries that rows of a file of entries name."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate.plates import plate_key
from access.models import AccessCard, Entry, Vehicle
from access.models.cards import username_key
from clients.imports.owners import NAME, texts_of
from clients.reference import CLIENT
from fixaloop.imports.report import Record

MINUTE = timedelta(minutes=1)


def named_by(typed: Mapping[str, str]) -> dict[str, str]:
    """The keys of the card and the vehicle that a row names: only those it does."""
    keys = {"card": username_key(typed.get("card", "")), "vehicle": plate_key(typed.get("vehicle", ""))}
    return {kind: key for kind, key in keys.items() if key}


class Holders:
    """The cards and vehicles that the rows of a chunk name."""

    def __init__(self, records: Sequence[Record]) -> None:
        names = {username_key(record.typed.get("card", "")) for record in records} - {""}
        plates = {plate_key(record.typed.get("vehicle", "")) for record in records} - {""}
        cards = AccessCard.objects.filter(username_key__in=names).values_list("username_key", "client", "pk")
        self._cards = {(name, client): pk for name, client, pk in cards}
        vehicles = Vehicle.objects.filter(plate_key__in=plates).order_by("is_active", "pk")
        self._vehicles: dict[tuple[str, int], int] = {}
        self._plates: defaultdict[str, set[int]] = defaultdict(set)
        for plate, client, pk in vehicles.values_list("plate_key", "client", "pk"):
            self._vehicles[plate, client] = pk
            self._plates[plate].add(pk)

    def give(self, record: Record) -> None:
        """Put the card of the row's client into its values, or refuse the row, and the vehicles that it may mean.

        A stored entry knows which of them it was: the car may have been sold since, or its plate given to another one.
        """
        client = record.values["client_id"]
        if name := record.typed.get("card", "").strip():
            record.values["card_id"] = self._cards.get((username_key(name), client))
            if record.values["card_id"] is None:
                record.refuse("card", _("Ce client n’a pas cette carte."))
        if plate := plate_key(record.typed.get("vehicle", "")):
            record.values["vehicles"] = self._plates[plate]
            record.values["vehicle_id"] = self._vehicles.get((plate, client))


def name_clients(records: Sequence[Record]) -> None:
    silent = [record for record in records if not texts_of(record).keys() - {NAME}]
    named = [named_by(record.typed) for record in silent]
    names, plates = ({keys[kind] for keys in named if kind in keys} for kind in ("card", "vehicle"))
    cards = AccessCard.objects.filter(username_key__in=names).values_list("username_key", "client__number")
    vehicles = Vehicle.objects.filter(plate_key__in=plates, is_active=True)
    owners: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for kind, rows in (("card", cards), ("vehicle", vehicles.values_list("plate_key", "client__number"))):
        for key, number in rows:
            owners[kind, key].add(number)
    for record, keys in zip(silent, named, strict=True):
        found = next((owners[key] for key in keys.items() if key in owners), set())
        if len(found) == 1:
            record.typed["client"] = CLIENT.show(*found)


class StoredEntries:
    """The entries that the rows of a chunk may be, and who is inside. `zones` are the existing ones by name."""

    def __init__(self, records: Sequence[Record], zones: Mapping[str, Any]) -> None:
        self._zones = zones
        self._entries: defaultdict[tuple[Any, ...], list[Entry]] = defaultdict(list)
        self._inside: defaultdict[int, set[tuple[Any, Any]]] = defaultdict(set)
        if not records:
            return
        values = [record.values for record in records]
        moments = [reading for row in values for reading in readings(row["entered_at"])]
        entries = Entry.objects.filter(client__in={row["client_id"] for row in values}).order_by("entered_at", "pk")
        for entry in entries.filter(entered_at__gte=minute_of(min(moments)), entered_at__lt=max(moments) + MINUTE):
            mark = (entry.client_id, entry.zone_id, entry.card_id, minute_of(entry.entered_at))
            self._entries[mark].append(entry)
        cards, vehicles = ({row.get(name) for row in values} - {None} for name in ("card_id", "vehicle_id"))
        for entry in Entry.objects.open().filter(Q(card__in=cards) | Q(vehicle__in=vehicles)):
            self._inside[entry.zone_id] |= {(entry.card_id, None), (None, entry.vehicle_id)}

    def match(self, records: Sequence[Record], taken: set[int]) -> dict[int, Entry]:
        """Row → its entry, each entry once. `taken` are the entries that had their row, with those found now.

        Rows that give the second and the exit of an entry choose before those that leave a doubt.
        """
        found: dict[int, Entry] = {}
        choices = {record.number: list(self._choices(record.values)) for record in records}
        for alike in (_same_stay, _same_exit, _same_second, _same_minute):
            for record in records:
                free = (entry for entry in choices[record.number] if entry.pk not in taken)
                entry = (
                    None if record.number in found else next((row for row in free if alike(record.values, row)), None)
                )
                if entry is not None:
                    found[record.number] = entry
                    taken.add(entry.pk)
        return found

    def _choices(self, values: Mapping[str, Any]) -> Iterator[Entry]:
        zone = self._zones[values["zone"].lower()]
        for reading in readings(values["entered_at"]) if zone is not None else ():
            for entry in self._entries[values["client_id"], zone.pk, values.get("card_id"), minute_of(reading)]:
                vehicles = values.get("vehicles", {None})
                if entry.vehicle_id in vehicles and means(values["entered_at"], entry.entered_at):
                    yield entry

    def is_inside(self, holder: tuple[Any, Any], zone: int) -> bool:
        card, vehicle = holder
        inside = self._inside[zone]
        return (card is not None and (card, None) in inside) or (vehicle is not None and (None, vehicle) in inside)


def _same_stay(values: Mapping[str, Any], entry: Entry) -> bool:
    return _same_second(values, entry) and _same_exit(values, entry)


def _same_exit(values: Mapping[str, Any], entry: Entry) -> bool:
    exited = values.get("exited_at")
    return means(exited, entry.exited_at) if exited and entry.exited_at else not exited and entry.is_open


def _same_second(values: Mapping[str, Any], entry: Entry) -> bool:
    return entry.entered_at.replace(microsecond=0) in readings(values["entered_at"])


def _same_minute(values: Mapping[str, Any], entry: Entry) -> bool:
    return True


def means(moment: datetime, stored: datetime) -> bool:
    """Whether a moment of a file may be a stored one. Without seconds, it stands for any second of its minute."""
    begun = stored.replace(microsecond=0) if moment.second else minute_of(stored)
    return begun in readings(moment)


def readings(moment: datetime) -> list[datetime]:
    """The instants that a moment of a file may be: two in the hour that comes twice when winter time begins."""
    local = timezone.localtime(moment)
    return sorted({local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)})


def minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def holder_of(values: Mapping[str, Any]) -> tuple[Any, Any]:
    return values.get("card_id"), values.get("vehicle_id")


def exit_after(record: Record, entered: datetime) -> datetime:
    """The exit of a row: the first one not before its entry, as the file may have no seconds."""
    exited: datetime = record.values["exited_at"]
    if means(exited, entered):
        return entered
    later = [moment for moment in readings(exited) if moment >= entered]
    if not later:
        record.refuse("exited_at", _("La sortie est avant l’entrée."))
    return min(later, default=exited)
