"""Amounts: what became due, what was paid and how, by the definitions of statements (docs/rules.md, Money)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from access.models.entries import SEE_MONEY as SEE_STAYS
from fixaloop.charts.table import Measure, Row, Shape, Table, Unit
from fixaloop.records.payments import ZERO
from interventions.reports.asked import Asked
from interventions.reports.axis import Axis
from interventions.reports.told import Told, cents
from interventions.rights import SEE_MONEY as SEE_JOBS
from interventions.statements.accounts import Told as Rows, told_in
from interventions.statements.period import DAYS
from interventions.states import State
from interventions.till.models import Method, Source

ANY_OF = (SEE_JOBS, SEE_STAYS)


@dataclass(frozen=True)
class Side:
    """The amounts of interventions, or of stays."""

    label: str
    # What became due: start, sum, and what of it is owed today.
    due: Sequence[tuple[date, Any, Any]]
    # What was paid: start, method, sum.
    paid: Sequence[tuple[date, str, Any]]

    @cached_property
    def totals(self) -> tuple[Decimal, Decimal, Decimal]:
        billed = sum((cents(due) for _start, due, _left in self.due), ZERO)
        paid = sum((cents(amount) for _start, _method, amount in self.paid), ZERO)
        return billed, paid, sum((cents(left) for _start, _due, left in self.due), ZERO)


def tell(asked: Asked) -> Told:
    axis = Axis(asked.period)
    sides = list(_sides(asked, axis))
    return Told((_origins(sides), _times(axis, sides), _methods(asked, sides)), _notes(asked))


def _rows(asked: Asked) -> Rows:
    """What became due and what was paid in the period; the same rows as on statements."""
    told = told_in(asked.period)
    # Says nothing new, but with these two the database finds the jobs by their index.
    ended = Q(finished_at__gte=asked.period.start, finished_at__lt=asked.period.end)
    fees = Q(state=State.CANCELLED, cancellation_fee__gt=0)
    return Rows(
        asked.of_jobs(told.jobs.filter(ended | fees)),
        # Adds nothing either: all others are free and settled.
        asked.of_clients(told.stays.filter(Q(amount_due__gt=0) | Q(balance__gt=0))),
        asked.of_jobs(told.job_payments, "intervention__"),
        asked.of_clients(told.stay_payments, "entry__client"),
    )


def _sides(asked: Asked, axis: Axis) -> Iterable[Side]:
    found = _rows(asked)
    if asked.user.has_perm(SEE_JOBS):
        due = _due(found.jobs, axis, "due_at", "due")
        yield Side(str(Source.INTERVENTION.label), due, _paid(found.job_payments, axis))
    if asked.user.has_perm(SEE_STAYS) and not asked.technician:
        due = _due(found.stays, axis, "exited_at", "amount_due")
        yield Side(str(Source.ENTRY.label), due, _paid(found.stay_payments, axis))


def _due(rows: QuerySet[Any], axis: Axis, moment: str, amount: str) -> list[Any]:
    starts = rows.annotate(start=axis.of(moment)).values_list("start")
    return list(starts.annotate(total=Sum(amount), left=Sum("balance", filter=Q(balance__gt=0))))


def _paid(payments: QuerySet[Any], axis: Axis) -> list[Any]:
    starts = payments.order_by().annotate(start=axis.of("paid_on")).values_list("start", "method")
    return list(starts.annotate(total=Sum("amount")))


def _measure(name: str) -> Measure:
    return Measure(name, Unit.EUROS)


def _origins(sides: Sequence[Side]) -> Table:
    measures = (_measure(_("Facturé")), _measure(_("Payé")), _measure(_("Reste dû")))
    rows = [Row(side.label, side.totals) for side in sides]
    total = Row(_("Total"), [sum(column, ZERO) for column in zip(*(side.totals for side in sides), strict=True)])
    return Table(_("Facturé, payé, dû"), measures, rows, total if len(sides) > 1 else None, by=_("Origine"))


def _times(axis: Axis, sides: Sequence[Side]) -> Table:
    found: dict[date, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for side in sides:
        for start, due, _left in side.due:
            found[start][0] += cents(due)
        for start, _method, amount in side.paid:
            found[start][1] += cents(amount)
    title = axis.titled(_("Facturé et payé par jour"), _("Facturé et payé par mois"), _("Facturé et payé par an"))
    measures = (_measure(_("Facturé")), _measure(_("Payé")))
    total = Row(_("Total"), [sum((amounts[rank] for amounts in found.values()), ZERO) for rank in (0, 1)])
    return Table(title, measures, axis.rows(found, (ZERO, ZERO)), total, Shape.COLUMNS, axis.by, drawn=2)


def _methods(asked: Asked, sides: Sequence[Side]) -> Table:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for side in sides:
        for _start, method, amount in side.paid:
            found[method] += cents(amount)
    rows = [
        Row(str(Method(method).label), (found[method],), _listed(asked, method=method))
        for method in Method.values
        if method in found
    ]
    total = Row(_("Total"), (sum(found.values(), ZERO),), _listed(asked))
    return Table(_("Payé, par moyen"), (_measure(_("Payé")),), rows, total, Shape.BARS, _("Moyen"))


def _listed(asked: Asked, **also: str) -> str:
    """The list of these payments, which knows neither towns nor technicians nor members."""
    if not asked.is_of_all:
        return ""
    days = dict(zip(DAYS, (asked.period.first, asked.period.last), strict=True))
    return f"{reverse('payments:list')}?{urlencode(days | also)}"


def _notes(asked: Asked) -> list[str]:
    notes = [
        _(
            "Facturé : les interventions terminées, les frais d’annulation et les séjours finis pendant la période."
            " Payé : les paiements, remboursements et annulations de la période, quoi qu’ils règlent."
            " Reste dû : ce qui est encore dû aujourd’hui de ce qui a été facturé."
        )
    ]
    if asked.technician and asked.user.has_perm(SEE_STAYS):
        notes.append(_("Les séjours n’ont pas de technicien : leurs montants n’y sont pas."))
    return notes
