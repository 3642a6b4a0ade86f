"""What interventions add to a vehicle."""

from __future__ import annotations

from collections.abc import Collection

from access.extensions import VehicleExtension
from interventions.search import follow_plates


class InterventionsOnVehicles(VehicleExtension):
    def plates_changed(self, vehicle_ids: Collection[int]) -> None:
        follow_plates(vehicle_ids)


extension = InterventionsOnVehicles()
