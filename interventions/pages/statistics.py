"""What the interventions of a client come to: by state, and in money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Client
from fixaloop.speed.statements import prepared
from fixaloop.words.money import euros
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
    counted = _counted(client)
    url = reverse("client-interventions", args=[client.reference])
    return {
        "total": sum(row["total"] for row in counted.values()),
        "last": max((row["last"] for row in counted.values() if row["last"]), default=None),
        "states": [
            Line(str(state.label), str(counted[state]["total"]), f"{url}?state={state.value}")
            for state in State
            if state in counted
        ],
        "money": _money(counted, url) if user.has_perm(SEE_MONEY) else [],
    }


def _counted(client: Client) -> dict[str, dict[str, Any]]:
    """State → how many interventions are in it, when the last one ended, and their money."""
    rows = prepared(_by_state().filter(client=client), "interventions.pages.statistics")
    return {row["state"]: row for row in rows}


@cache
def _by_state() -> QuerySet[Intervention, Any]:
    """What is counted, put together once."""
    return (
        Intervention.objects.order_by()
        .values("state")
        .annotate(
            total=Count("pk"),
            last=Max("finished_at"),
            parts=Sum("parts_amount"),
            labor=Sum("labor_amount"),
            paid=Sum("paid_amount"),
            owed=Sum("balance", filter=Q(balance__gt=0)),
        )
    )


def _money(counted: dict[str, dict[str, Any]], url: str) -> list[Line]:
    billed = [row for state, row in counted.items() if state != State.CANCELLED]
    balance = _sum(counted.values(), "owed")
    return [
        Line(_("Facturé"), euros(_sum(billed, "parts") + _sum(billed, "labor"))),
        Line(_("Payé"), euros(_sum(counted.values(), "paid"))),
        Line(_("Reste dû"), euros(balance), f"{url}?unpaid=true" if balance else ""),
    ]


def _sum(rows: Iterable[dict[str, Any]], name: str) -> Decimal:
    return sum((row[name] or Decimal(0) for row in rows), Decimal(0))
