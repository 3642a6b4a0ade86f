"""What the interventions of a client come to: by state, and in money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Client
from interventions.cells import euros
from interventions.models import Intervention
from interventions.rights import SEE_MONEY, VIEW
from interventions.states import State


@dataclass(frozen=True)
class Line:
    """One thing counted, with the list that shows it."""

    label: str
    value: str
    url: str = ""


def statistics(client: Client, user: Any) -> dict[str, Any] | None:
    """The figures of a client's interventions; None for whom may not see them."""
    if not user.has_perm(VIEW):
        return None
    counted = Intervention.objects.filter(client=client).aggregate(
        **{state.value: Count("pk", filter=Q(state=state)) for state in State},
        total=Count("pk"),
        last=Max("finished_at"),
        parts=Sum("parts_amount", filter=~Q(state=State.CANCELLED)),
        labor=Sum("labor_amount", filter=~Q(state=State.CANCELLED)),
        paid=Sum("paid_amount"),
        balance=Sum("balance", filter=Q(balance__gt=0)),
    )
    url = reverse("client-interventions", args=[client.reference])
    states = [
        Line(str(state.label), str(counted[state.value]), f"{url}?state={state.value}")
        for state in State
        if counted[state.value]
    ]
    return {
        "total": counted["total"],
        "last": counted["last"],
        "states": states,
        "money": _money(counted, url) if user.has_perm(SEE_MONEY) else [],
    }


def _money(counted: dict[str, Any], url: str) -> list[Line]:
    balance = counted["balance"] or Decimal(0)
    return [
        Line(_("Facturé"), euros((counted["parts"] or 0) + (counted["labor"] or 0))),
        Line(_("Payé"), euros(counted["paid"] or 0)),
        Line(_("Reste dû"), euros(balance), f"{url}?unpaid=true" if balance else ""),
    ]
