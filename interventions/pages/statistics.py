"""What the interventions of a client come to: by state, and in money."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clients.models import Client
from fixaloop.lists.figures import Figure, Line
from fixaloop.words.dates import say_length
from fixaloop.words.money import euros
from interventions.models import Intervention
from interventions.rights import SEE_MONEY, VIEW
from interventions.states import ENDED, OPEN, State

# State → how many interventions are in it, when the last one ended, and their money.
Counted = dict[str, dict[str, Any]]


def statistics(client: Client, user: Any, counted: Counted) -> dict[str, Any]:
    url = reverse("client-interventions", args=[client.reference])
    return {
        "total": sum(row["total"] for row in counted.values()),
        "last": max((row["last"] for row in counted.values() if row["last"]), default=None),
        "worked": _worked(counted),
        "states": [
            Line(str(state.label), str(counted[state]["total"]), f"{url}?state={state.value}")
            for state in State
            if state in counted
        ],
        "money": _money(counted, url) if user.has_perm(SEE_MONEY) else [],
    }


def _worked(counted: Counted) -> str:
    ended = [counted[state] for state in ENDED if state in counted]
    length = sum(((row["length"] or timedelta(0)) - row["waited"] for row in ended), timedelta(0))
    return say_length(length) if length > timedelta(0) else ""


def count_jobs(client: Client) -> Counted:
    return {row["state"]: row for row in _by_state().filter(client=client)}


@cache
def _by_state() -> QuerySet[Intervention, Any]:
    return (
        Intervention.objects.order_by()
        .values("state")
        .annotate(
            total=Count("pk"),
            last=Max("finished_at"),
            length=Sum(F("finished_at") - F("started_at")),
            waited=Sum("waited"),
            parts=Sum("parts_amount"),
            labor=Sum("labor_amount"),
            paid=Sum("paid_amount"),
            fees=Sum("cancellation_fee"),
            owed=Sum("balance", filter=Q(balance__gt=0)),
            credit=Sum("balance", filter=Q(balance__lt=0)),
        )
    )


def _money(counted: Counted, url: str) -> list[Line]:
    billed = [row for state, row in counted.items() if state != State.CANCELLED]
    owed = total(counted.values(), "owed")
    # What was paid in advance for work under way is no credit.
    credit = total((row for state, row in counted.items() if state not in OPEN), "credit")
    lines = [
        Line(_("Facturé"), euros(total(billed, "parts") + total(billed, "labor") + total(counted.values(), "fees"))),
        Line(_("Payé"), euros(total(counted.values(), "paid"))),
        Line(_("Reste dû"), euros(owed), f"{url}?unpaid=true" if owed else ""),
    ]
    if not credit:
        return lines
    return [
        *lines,
        Line(_("À rendre"), euros(-credit), f"{url}?credit=true"),
        Line(_("Solde"), euros(owed + credit)),
    ]


def total(rows: Iterable[dict[str, Any]], name: str) -> Decimal:
    return sum((row[name] or Decimal(0) for row in rows), Decimal(0))


def member_work(company: Client, user: Any, *, has_members: bool) -> list[Figure]:
    if not user.has_perm(VIEW):
        return []
    counted: dict[str, Any] = {"total": 0, "open": 0, "billed": None, "paid": None, "owed": None}
    if has_members:
        counted = Intervention.objects.filter(client__company=company).aggregate(
            total=Count("pk"),
            open=Count("pk", filter=Q(state__in=OPEN)),
            billed=Sum(F("parts_amount") + F("labor_amount"), filter=~Q(state=State.CANCELLED)),
            paid=Sum("paid_amount"),
            owed=Sum("balance", filter=Q(balance__gt=0)),
        )
    note = _("dont %(count)s en cours") % {"count": number_format(counted["open"])}
    figures = [Figure(_("Interventions"), number_format(counted["total"]), note)]
    if user.has_perm(SEE_MONEY):
        money = {name: euros(counted[name] or Decimal(0)) for name in ("billed", "paid", "owed")}
        figures.append(Figure(_("Facturé"), money["billed"], _("%(paid)s payés, reste dû %(owed)s") % money))
    return figures
