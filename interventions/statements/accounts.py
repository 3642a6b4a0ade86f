"""What clients owe and paid over a period, added up by the database (docs/rules.md, Money).

A job is due when it ends, its cancellation fee when it is cancelled, and a stay when it is over; a payment counts on
the day it was made. So what was due until a day, less what was paid until then, is the balance of that day.
Each job and stay is owed by one client, with the payments for it (interventions/statements/shares.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Round

from access.models import Entry, Payment
from clients.models import NEVER, Client
from fixaloop.records.payments import EUROS, ZERO
from interventions.models import Intervention, InterventionPayment
from interventions.statements.period import Period
from interventions.statements.shares import Share, shared
from interventions.states import State

SUMS = ("due_before", "due", "paid_before", "paid")


class Told(NamedTuple):
    """Of what a statement tells: one thing of each source."""

    jobs: Any
    stays: Any
    job_payments: Any
    stay_payments: Any


COUNTS = Told._fields
OWNERS = Told("client", "client", "intervention__client", "entry__client")
AMOUNTS = Told("due", "amount_due", "amount", "amount")


@dataclass(frozen=True)
class Account:
    """The sums of one client, or of several."""

    due_before: Decimal
    due: Decimal
    paid_before: Decimal
    paid: Decimal
    jobs: int
    stays: int
    job_payments: int
    stay_payments: int
    clients: int = 1

    @property
    def before(self) -> Decimal:
        return self.due_before - self.paid_before

    @property
    def after(self) -> Decimal:
        return self.before + self.due - self.paid

    @property
    def payments(self) -> int:
        return self.job_payments + self.stay_payments

    @property
    def lines(self) -> int:
        return self.jobs + self.stays + self.payments


def account_of(row: Client) -> Account:
    return _account({name: getattr(row, name) for name in (*SUMS, *COUNTS)})


def sum_of(several: Iterable[Account]) -> Account:
    told = [vars(account) for account in several]
    return Account(**{name: sum(one[name] for one in told) for name in (*SUMS, *COUNTS, "clients")})


def total_of(accounts: QuerySet[Client]) -> Account:
    names = (*SUMS, *COUNTS)
    found = accounts.order_by().aggregate(clients=Count("pk"), **{f"{name}_in_all": Sum(name) for name in names})
    return _account({name: found[f"{name}_in_all"] for name in names}, found["clients"])


def _account(found: dict[str, Any], clients: int = 1) -> Account:
    # SQLite adds up floats.
    sums: dict[str, Any] = {name: round(Decimal(found[name] or 0), 2) for name in SUMS}
    counts: dict[str, Any] = {name: found[name] or 0 for name in COUNTS}
    return Account(**sums, **counts, clients=clients)


def accounts(clients: QuerySet[Client], period: Period, share: Share) -> QuerySet[Any]:
    """These clients, if anything happened in the period or a balance was left, with the names of an `Account`.

    Of each, only the part that is a `share`.
    """
    during = told_in(period, share)
    before, sums = (Told(*map(_sum, rows, OWNERS, AMOUNTS)) for rows in (_told_before(period, share), during))
    found = {
        "due_before": before.jobs + before.stays,
        "due": sums.jobs + sums.stays,
        "paid_before": before.job_payments + before.stay_payments,
        "paid": sums.job_payments + sums.stay_payments,
        **dict(zip(COUNTS, map(_count, during, OWNERS), strict=True)),
    }
    some = reduce(or_, (Q(**{f"{name}__gt": 0}) for name in COUNTS))
    return clients.annotate(**found).filter(some | ~Q(due_before=F("paid_before")))


def told_in(period: Period, share: Share | None = None) -> Told:
    return _told({"gte": period.start, "lt": period.end}, {"gte": period.first, "lte": period.last}, share)


def _told_before(period: Period, share: Share) -> Told:
    return _told({"lt": period.start}, {"lt": period.first}, share)


def _told(moments: dict[str, datetime], days: dict[str, date], share: Share | None) -> Told:
    def within(rows: QuerySet[Any], column: str, bounds: dict[str, Any]) -> QuerySet[Any]:
        return rows.filter(**{f"{column}__{lookup}": bound for lookup, bound in bounds.items()})

    told = Told(
        within(_billed_jobs(), "due_at", moments),
        within(Entry.objects.visits(), "exited_at", moments),
        within(InterventionPayment.objects.all(), "paid_on", days),
        within(Payment.objects.all(), "paid_on", days),
    )
    if share is None:
        return told
    return Told(*(shared(rows, share, owner) for rows, owner in zip(told, OWNERS, strict=True)))


def _billed_jobs() -> QuerySet[Any]:
    """The jobs for which something may be due, with `due`, and `due_at`, the moment it became due.

    A job that was reopened counts as it did before until work goes on.
    """
    is_cancelled = Q(state=State.CANCELLED)
    cancelled_at = Coalesce(Subquery(_cancellations()), F("updated_at"), output_field=DateTimeField())
    return Intervention.objects.filter(
        Q(finished_at__isnull=False) | (is_cancelled & Q(cancellation_fee__gt=0))
    ).annotate(
        due=Case(
            When(is_cancelled, then=F("cancellation_fee")),
            default=F("parts_amount") + F("labor_amount"),
            output_field=EUROS,
        ),
        due_at=Case(When(is_cancelled, then=cancelled_at), default=F("finished_at")),
    )


def _cancellations() -> QuerySet[Any, Any]:
    """When a job was cancelled for the last time: its history tells, no column does."""
    versions = Intervention.history.model.objects.filter(id=OuterRef("id"))
    open_before = versions.exclude(state=State.CANCELLED).order_by("-history_date").values("history_date")[:1]
    of_job = Intervention.history.model.objects.filter(id=OuterRef("pk"), state=State.CANCELLED)
    since = Coalesce(Subquery(open_before), Value(NEVER), output_field=DateTimeField())
    return of_job.filter(history_date__gte=since).order_by("history_date").values("history_date")[:1]


def not_yet_due(clients: QuerySet[Client], share: Share) -> Decimal:
    """What open jobs and stays under way will come to, so that balances shown elsewhere can be compared."""
    price = F("parts_amount") + F("labor_amount")
    keys = clients.order_by().values("pk")
    jobs = shared(Intervention.objects.open().filter(client__in=keys, finished_at=None), share, "client")
    stays = shared(Entry.objects.open().filter(client__in=keys), share, "client")
    found = (jobs.aggregate(sum=Sum(price))["sum"], stays.aggregate(sum=Sum("amount_due"))["sum"])
    return sum((round(Decimal(amount or 0), 2) for amount in found), ZERO)


def _sum(rows: QuerySet[Any], owner: str, amount: str) -> Any:
    total = rows.filter(**{owner: OuterRef("pk")}).order_by().values(owner).annotate(total=Sum(amount)).values("total")
    return Round(Coalesce(Subquery(total), Value(ZERO), output_field=EUROS), 2, output_field=EUROS)


def _count(rows: QuerySet[Any], owner: str) -> Any:
    counted = rows.filter(**{owner: OuterRef("pk")}).order_by().values(owner).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), Value(0))
