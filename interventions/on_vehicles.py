"""What interventions add to a vehicle."""

from collections.abc import Collection

from access.extensions import VehicleExtension
from interventions.models import Intervention
from interventions.search import update_search_texts


class InterventionsOnVehicles(VehicleExtension):
    def plates_changed(self, vehicle_ids: Collection[int]) -> None:
        update_search_texts(Intervention.objects.filter(vehicle__in=vehicle_ids))


extension = InterventionsOnVehicles()
