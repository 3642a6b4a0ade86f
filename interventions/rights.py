"""Who may do what with an intervention."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from fixaloop.lists.counting import read
from fixaloop.web.refusals import Lacking, require_any
from interventions.models import Intervention
from interventions.states import REOPEN, Move, State, moves_from

VIEW = "interventions.view_intervention"
CHANGE = "interventions.change_intervention"
CHANGE_OWN = "interventions.change_own_intervention"
SEE_MONEY = "interventions.view_interventionpayment"
TAKE_MONEY = "interventions.add_interventionpayment"
VIEW_ABSENCE, ADD_ABSENCE = "interventions.view_absence", "interventions.add_absence"
CHANGE_ABSENCE, DELETE_ABSENCE = "interventions.change_absence", "interventions.delete_absence"
WRITING = (CHANGE, CHANGE_OWN, REOPEN)

Page = Callable[..., HttpResponseBase]


def intervention_page(*rights: str) -> Callable[[Page], Page]:
    """Give the view its intervention: 403 without one of these rights, then only 404 if there is none."""

    def decorate(view: Page) -> Page:
        @wraps(view)
        def page(request: HttpRequest, number: int, **kwargs: Any) -> HttpResponseBase:
            require_any(request.user, *rights)
            rows = Intervention.objects.select_related("client__company", "technician", "vehicle")
            for found in read(rows.filter(number=number)):
                return view(request, found, **kwargs)
            raise Http404(_("Cette intervention n’existe pas."))

        return page

    return decorate


def may_change(user: Any, intervention: Intervention) -> bool:
    """With `CHANGE` any intervention, with `CHANGE_OWN` those one is the technician of."""
    return user.has_perm(CHANGE) or (user.has_perm(CHANGE_OWN) and intervention.technician_id == user.pk)


def require_change(user: Any, intervention: Intervention) -> None:
    if not may_change(user, intervention):
        raise Lacking(CHANGE)


def works_alone(user: Any) -> bool:
    return bool(user.has_perm(CHANGE_OWN) and not user.has_perm(CHANGE))


def may_move(user: Any, intervention: Intervention, move: Move | None) -> bool:
    return user.has_perm(move.permission) if move and move.permission else may_change(user, intervention)


def may_correct_times(user: Any, intervention: Intervention) -> bool:
    """Whoever may change it; once it is closed, whoever may reopen."""
    return user.has_perm(REOPEN) if intervention.state == State.CLOSED else may_change(user, intervention)


def moves_of(user: Any, intervention: Intervention) -> list[Move]:
    return [move for move in moves_from(intervention.state) if may_move(user, intervention, move)]
