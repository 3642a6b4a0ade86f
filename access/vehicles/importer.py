"""Vehicles in from a file."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate.plates import plate_mark
from access.models import Vehicle
from access.services import client_columns
from access.services.events import Told
from access.services.vehicles import tell_vehicles
from access.shared.files import LINKS, KnownZones, LinkedImporter
from access.typed import read_vehicle
from access.vehicles.columns import COLUMNS
from clients.models import Client
from clients.services import anonymized
from fixaloop.imports.importer import Options, Overtaken
from fixaloop.imports.report import Record
from fixaloop.records.bulk import Changed, Signature


class VehicleImporter(LinkedImporter):
    kind = "vehicle"
    things = ("véhicules",)
    model = Vehicle
    columns = COLUMNS
    titled = ("plate", "make", "model", "color")
    distinct = {"plate_mark": (str, F("plate_mark"))}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        # By plate the row that drives on with it, and by vehicle the row that is about it.
        self.driving: dict[tuple[str, str], int] = {}
        self.claimed: dict[Any, int] = {}
        self.zones = KnownZones()
        self.stored: defaultdict[tuple[str, str], list[Vehicle]] = defaultdict(list)

    def read(self, record: Record) -> None:
        record.take(read_vehicle(record.filled(), timezone.localdate()))
        super().read(record)

    def look_up(self, records: Sequence[Record]) -> None:
        self.stored.clear()
        wanted = Q(plate_mark__in={self._mark(record)[1] for record in records})
        vehicles = Vehicle.objects.filter(wanted).select_related("client").prefetch_related(*LINKS)
        for vehicle in vehicles.order_by("pk"):
            self.stored[vehicle.country.code, vehicle.plate_mark].append(vehicle)

    def settle_row(self, record: Record, client: Client) -> None:
        super().settle_row(record, client)
        if not record.errors:
            self.zones.note_new(record, "zones", record.values.get("zones", ()))
        if client.anonymized_at and record.target is None:
            record.refuse("client", anonymized(client))

    def match(self, record: Record, client: Client) -> Vehicle | None:
        """The vehicle of this client that a row is about. No two on the road have one plate."""
        stored = self.stored[self._mark(record)]
        values = record.values
        own = [vehicle for vehicle in stored if vehicle.client_id == client.pk]
        free = [vehicle for vehicle in own if vehicle.pk not in self.claimed]
        vehicle = min(free, key=lambda vehicle: _distance(vehicle, values), default=None)
        drives = values.get("is_active", vehicle is None or vehicle.is_active)
        if first := self._repeated(record, vehicle or next(iter(own), None), drives):
            record.refuse("plate", _("Cette plaque est déjà à la ligne %(row)d de ce fichier.") % {"row": first})
            return None
        other = next((row for row in stored if row.is_active and row != vehicle), None)
        if drives and other is not None:
            message = _("Cette plaque est celle d’un véhicule de %(client)s.")
            record.refuse("plate", message % {"client": other.client})
            return None
        if drives:
            self.driving[self._mark(record)] = record.number
        return vehicle

    def _repeated(self, record: Record, vehicle: Vehicle | None, drives: bool) -> int | None:
        """The number of an earlier row about the same vehicle, or about one on the road with its plate."""
        mark = self._mark(record)
        claim = vehicle.pk if vehicle else (*mark, record.values["client_id"], drives)
        first = self.claimed.setdefault(claim, record.number)
        return first if first != record.number else self.driving.get(mark) if drives else None

    @staticmethod
    def _mark(record: Record) -> tuple[str, str]:
        country = record.values.get("country", "FR")
        return country, plate_mark(record.values.get("plate", ""), country)

    def create(self, rows: Sequence[dict[str, Any]], signed: Signature) -> dict[int, str]:
        marks = super().create(rows, signed)
        if Client.objects.filter(pk__in={row["client_id"] for row in rows}).exclude(anonymized_at=None).exists():
            raise Overtaken
        _tell(dict.fromkeys(marks, "vehicle_added"), signed)
        return marks

    @classmethod
    def change(cls, changes: Mapping[int, dict[str, Any]], signed: Signature) -> Changed:
        changed = super().change(changes, signed)
        states = {False: "vehicle_retired", True: "vehicle_returned"}
        _tell({key: states.get(changes[key].get("is_active"), "vehicle_changed") for key in changed}, signed)  # type: ignore[arg-type]
        return changed

    @classmethod
    def tell_changed(cls, row: Vehicle) -> str:
        if not row.is_active:
            message = _("%(plate)s n’est plus en circulation (vendu ou retiré) : corrigez cette fiche à la main.")
            return message % {"plate": row}
        return super().tell_changed(row)

    @classmethod
    def refresh(cls, clients: Iterable[int]) -> None:
        client_columns.index(clients)

    def differences(self, record: Record, row: Vehicle) -> dict[str, tuple[str, str]]:
        return _differences(row, record.values)


def _tell(said: Mapping[int, str], signed: Signature) -> None:
    vehicles = Vehicle.objects.filter(pk__in=said).order_by("pk")
    lines = ((vehicle, vehicle.client_id, Told(said[vehicle.pk])) for vehicle in vehicles)
    tell_vehicles(lines, by=signed.by, at=signed.at)


def _distance(vehicle: Vehicle, values: Mapping[str, Any]) -> tuple[int, int]:
    """How far a vehicle is from a row of its plate.

    First whether it is on the road as the row says, then in how much they differ. The other way round where the row
    says it is not: that may be the row that takes it off the road.
    """
    state, differences = vehicle.is_active != values.get("is_active", True), len(_differences(vehicle, values))
    return (state, differences) if values.get("is_active", True) else (differences, state)


def _differences(vehicle: Vehicle, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    current = {name: getattr(vehicle, name) for name in values if name not in (*LINKS, "plate", "client_id")}
    current["country"] = vehicle.country.code
    found = {
        name: (str(current[name] or ""), str(values[name]))
        for name in current
        if name in values and current[name] != values[name]
    }
    for link in LINKS:
        names = {row.name.lower() for row in getattr(vehicle, link).all()}
        if link in values and {name.lower() for name in values[link]} != names:
            found[link] = ("|".join(sorted(names)), "|".join(values[link]))
    return found
