"""What interventions do when vehicles change."""

from collections.abc import Collection

from interventions.models import Intervention
from interventions.search import update_search_texts


def plates_changed(vehicle_ids: Collection[int]) -> None:
    update_search_texts(Intervention.objects.filter(vehicle__in=vehicle_ids))
