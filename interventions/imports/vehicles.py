"""The vehicles that rows of a file name by their plates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.core.exceptions import ValidationError

from access.gate.plates import plate_key
from access.models import Vehicle
from clients.models import Client
from fixaloop.imports.report import Record
from interventions.checks import vehicle_errors
from interventions.models import Intervention
from interventions.pages.fields import choose, with_plates


class Garage:
    """The vehicles that the rows of a chunk name, in one query."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.vehicles: dict[int, Vehicle] = {}
        self._by_plate: dict[str, list[Vehicle]] = defaultdict(list)
        for vehicle in with_plates(map(_plate, records)):
            self.vehicles[vehicle.pk] = vehicle
            self._by_plate[vehicle.plate_key].append(vehicle)

    def of(self, record: Record, client: Client, stored: Intervention | None) -> int | None:
        """The key of the vehicle a row names, an intervention brought up to date keeping its own; None where none is.

        A row that names one that does not exist, or is another client's, says so.
        """
        plate = _plate(record)
        if not plate:
            return None
        kept = stored.vehicle_id if stored and stored.client_id == client.pk else None
        try:
            vehicle = choose(plate, self._by_plate.get(plate_key(plate), ()), client.pk, kept)
        except ValidationError as error:
            record.refuse("vehicle", " ".join(error.messages))
            return None
        for name, message in vehicle_errors(Intervention(client=client, vehicle=vehicle), stored).items():
            record.refuse(name, message)
            return None
        return vehicle.pk


def _plate(record: Record) -> str:
    return record.typed.get("vehicle", "").strip()
