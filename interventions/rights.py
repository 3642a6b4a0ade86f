"""Who may do what with an intervention: everybody's, or only one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from interventions.models import Intervention
from interventions.states import REOPEN, Move, moves_from

VIEW = "interventions.view_intervention"
CHANGE = "interventions.change_intervention"
CHANGE_OWN = "interventions.change_own_intervention"
SEE_MONEY = "interventions.view_interventionpayment"
TAKE_MONEY = "interventions.add_interventionpayment"
REMOVE_MONEY = "interventions.delete_interventionpayment"
WRITING = (CHANGE, CHANGE_OWN, REOPEN)

Page = Callable[..., HttpResponseBase]


def intervention_page(*rights: str) -> Callable[[Page], Page]:
    """Open a page about one intervention to those who have one of these rights; then only is it looked up."""

    def decorate(view: Page) -> Page:
        @wraps(view)
        def page(request: HttpRequest, number: int, **kwargs: Any) -> HttpResponseBase:
            if not any(request.user.has_perm(right) for right in rights):
                raise PermissionDenied
            found = Intervention.objects.select_related("client", "technician", "vehicle").filter(number=number).first()
            if found is None:
                raise Http404(_("Cette intervention n’existe pas."))
            return view(request, found, **kwargs)

        return page

    return decorate


def may_change(user: Any, intervention: Intervention) -> bool:
    """Whether this person may change this intervention: any, or as its technician."""
    return user.has_perm(CHANGE) or (user.has_perm(CHANGE_OWN) and intervention.technician_id == user.pk)


def works_alone(user: Any) -> bool:
    """Whether only this person's own work is this person's business."""
    return bool(user.has_perm(CHANGE_OWN) and not user.has_perm(CHANGE))


def may_move(user: Any, intervention: Intervention, move: Move) -> bool:
    """Whether this person may make this transition."""
    return user.has_perm(move.permission) if move.permission else may_change(user, intervention)


def moves_of(user: Any, intervention: Intervention) -> list[Move]:
    """The transitions this person may make now."""
    return [move for move in moves_from(intervention.state) if may_move(user, intervention, move)]
