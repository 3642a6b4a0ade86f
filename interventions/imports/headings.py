"""What files write for the state and the place of an intervention."""

from __future__ import annotations

from fixaloop.imports.cells import spellings
from interventions.models import Intervention
from interventions.states import State

STATES = spellings(State.choices) | {
    **dict.fromkeys(("fini", "finie", "termine", "faite", "fait"), State.DONE.value),
    **dict.fromkeys(("facturee", "payee", "soldee", "cloture", "archivee"), State.CLOSED.value),
    **dict.fromkeys(("annule", "abandonnee"), State.CANCELLED.value),
    **dict.fromkeys(("a faire", "nouvelle", "nouveau"), State.TO_PLAN.value),
}
PLACES = spellings(Intervention.Place.choices)
