"""Vehicles in from a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate.plates import plate_mark
from access.imports.headings import NO, YES
from access.imports.labels import find_tags, link, restore_links, split
from access.imports.owners import KEYS, Owners
from access.imports.rows import changes_of, forget, keep, settle_match, signed
from access.models import Vehicle
from access.models.vehicles import DERIVED
from access.services import client_columns
from access.typed import read_vehicle
from access.vehicles.columns import COLUMNS
from clients.services import anonymized
from fixaloop.imports.importer import Importer, Options
from fixaloop.imports.report import Action, Record
from fixaloop.imports.undo import remember
from fixaloop.models import ImportBatch
from fixaloop.records.bulk import record_history
from fixaloop.words.text import normalise

READ = ("plate", "country", "make", "model", "year", "color")


class VehicleImporter(Importer):
    """Vehicles, each with its client; one that is there already is brought up to date."""

    kind = "vehicle"
    model = Vehicle
    columns = COLUMNS
    keys = KEYS

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        # By plate the row that drives on with it, and by vehicle the row that is about it.
        self.driving: dict[tuple[str, str], int] = {}
        self.claimed: dict[Any, int] = {}

    def read(self, record: Record) -> None:
        typed = {name: text for name, text in record.typed.items() if text.strip()}
        reading = read_vehicle({name: typed[name] for name in READ if name in typed}, timezone.localdate())
        record.values = {name: value for name, value in reading.values.items() if value}
        for name, errors in reading.errors.items():
            for error in errors:
                record.refuse(name, " ".join(error.messages))
        for name, notes in reading.notes.items():
            for note in notes:
                record.note(name, note)
        if "tags" in typed:
            record.values["tags"] = split(typed["tags"])
        if said := normalise(typed.get("is_active", "")):
            if said not in YES | NO:
                record.refuse("is_active", _("Écrivez oui ou non."))
            record.values["is_active"] = said in YES

    def settle(self, records: Sequence[Record]) -> None:
        """Find each row's client and which vehicle of this client it is; no two on the road have one plate."""
        owners = Owners(records, self.options.key)
        wanted = Q(plate_mark__in={self._mark(record)[1] for record in records})
        stored: defaultdict[tuple[str, str], list[Vehicle]] = defaultdict(list)
        for vehicle in Vehicle.objects.filter(wanted).select_related("client").prefetch_related("tags").order_by("pk"):
            stored[vehicle.country.code, vehicle.plate_mark].append(vehicle)
        for record in records:
            client = owners.of(record)
            if client is not None:
                record.values["client_id"] = client.pk
                self._match(record, stored[self._mark(record)])
                if client.anonymized_at and record.target is None:
                    record.refuse("client", anonymized(client))

    def _match(self, record: Record, stored: Sequence[Vehicle]) -> None:
        values = record.values
        own = [vehicle for vehicle in stored if vehicle.client_id == values["client_id"]]
        free = [vehicle for vehicle in own if vehicle.pk not in self.claimed]
        vehicle = min(free, key=lambda vehicle: _distance(vehicle, values), default=None)
        drives = values.get("is_active", vehicle is None or vehicle.is_active)
        if first := self._repeated(record, vehicle or next(iter(own), None), drives):
            record.refuse("plate", _("Cette plaque est déjà à la ligne %(row)d de ce fichier.") % {"row": first})
            return
        other = next((row for row in stored if row.is_active and row != vehicle), None)
        if drives and other is not None:
            message = _("Cette plaque est celle d’un véhicule de %(client)s.")
            record.refuse("plate", message % {"client": other.client})
            return
        if drives:
            self.driving[self._mark(record)] = record.number
        settle_match(self, record, vehicle, _differences)

    def _repeated(self, record: Record, vehicle: Vehicle | None, drives: bool) -> int | None:
        """The row before this one that is about the same vehicle, or drives on with its plate."""
        mark = self._mark(record)
        claim = vehicle.pk if vehicle else (*mark, record.values["client_id"], drives)
        first = self.claimed.setdefault(claim, record.number)
        return first if first != record.number else self.driving.get(mark) if drives else None

    @staticmethod
    def _mark(record: Record) -> tuple[str, str]:
        country = record.values.get("country", "FR")
        return country, plate_mark(record.values.get("plate", ""), country)

    def write(self, records: Sequence[Record], batch: ImportBatch, at: datetime) -> None:
        """Create and update in bulk; clients are found by their plates from then on."""
        tags = find_tags(name for record in records for name in record.values.get("tags", ()))
        created = [
            Vehicle(**_columns(record.values), created_at=at, updated_at=at)
            for record in records
            if record.action is Action.CREATE
        ]
        changed = changes_of(records)
        made = keep(
            Vehicle, created, {key: _columns(values) for key, values in changed.items()}, DERIVED, signed(batch, at)
        )
        chosen = [record.values.get("tags") for record in records if record.action is Action.CREATE]
        links = dict(zip(made.created, chosen, strict=True)) | {
            pk: values.get("tags") for pk, values in changed.items()
        }
        wanted = {pk: [tags[name.lower()].pk for name in names] for pk, names in links.items() if names is not None}
        made.add_before("tags", link(Vehicle, "tags", wanted))
        remember(batch, created=made.created, changed=made.changed)
        client_columns.index(made.clients)

    @classmethod
    def mark(cls, row: Any) -> str:
        return str(row.version)

    @classmethod
    def restore(cls, before: Mapping[int, Mapping[str, Any]], batch: ImportBatch, at: datetime) -> None:
        columns = {pk: _columns(values) for pk, values in before.items()}
        client_columns.index(keep(Vehicle, [], columns, DERIVED, signed(batch, at)).clients)
        restore_links(Vehicle, ("tags",), before)

    @classmethod
    def remove(cls, ids: Sequence[int], batch: ImportBatch, at: datetime) -> None:
        vehicles = Vehicle.objects.filter(pk__in=ids)
        clients = list(vehicles.values_list("client", flat=True))
        record_history(vehicles, "-", signed(batch, at))
        forget(vehicles, Vehicle.tags.through)
        client_columns.index(clients)


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "tags"}


def _distance(vehicle: Vehicle, values: Mapping[str, Any]) -> tuple[int, int]:
    """How far a vehicle is from a row of its plate: whether it is on the road as the row says, and in what it differs.

    A row that says it is not may be the one that takes it off the road: what it says besides tells.
    """
    state, differences = vehicle.is_active != values.get("is_active", True), len(_differences(vehicle, values))
    return (state, differences) if values.get("is_active", True) else (differences, state)


def _differences(vehicle: Vehicle, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Field → what it was and would be; a plate that is only written otherwise is the same."""
    current = {name: getattr(vehicle, name) for name in values if name not in ("tags", "plate", "client_id")}
    current["country"] = vehicle.country.code
    found = {
        name: (str(current[name] or ""), str(values[name]))
        for name in current
        if name in values and current[name] != values[name]
    }
    names = {tag.name.lower() for tag in vehicle.tags.all()}
    if "tags" in values and {name.lower() for name in values["tags"]} != names:
        found["tags"] = ("|".join(sorted(names)), "|".join(values["tags"]))
    return found
