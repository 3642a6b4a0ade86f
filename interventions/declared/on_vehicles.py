"""What interventions do when vehicles change, and what the page of a vehicle shows of them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from access.models import Vehicle
from clients.extensions import Action, Block
from interventions.models import Intervention
from interventions.pages.overview import under_way_block, under_way_on
from interventions.rights import VIEW
from interventions.search import update_search_texts

NEW = gettext_lazy("Nouvelle intervention")
ACTIONS = (Action(NEW, "interventions:new", "wrench", "interventions.add_intervention", is_main=True),)


def plates_changed(vehicle_ids: Collection[int]) -> None:
    update_search_texts(Intervention.objects.filter(vehicle__in=vehicle_ids))


def under_way(vehicle: Vehicle, user: Any, at: datetime) -> Sequence[Block]:
    if not user.has_perm(VIEW):
        return ()
    all_of_it = (f"{reverse('interventions:list')}?vehicle={vehicle.pk}", _("Toutes ses interventions"))
    return [under_way_block(under_way_on(vehicle), user, at, vehicle.get_absolute_url(), all_of_it)]
