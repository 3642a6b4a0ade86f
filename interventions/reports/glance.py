"""What the first page tells who runs the firm: four figures, what came in by week, and how old is what is owed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from access.models import Entry
from access.models.entries import SEE_MONEY as SEE_STAYS
from clients.models import Client
from clients.status import active
from fixaloop.charts.columns import Columns
from fixaloop.charts.table import Measure, Row, Shape, Table, Unit
from fixaloop.lists.figures import Figure, remembered
from fixaloop.records.payments import ZERO
from fixaloop.words.dates import short_day, start_of
from fixaloop.words.money import euros
from interventions.models import Intervention
from interventions.reports.told import cents
from interventions.rights import SEE_MONEY as SEE_JOBS, VIEW
from interventions.states import OPEN
from interventions.till.models import LedgerPayment

# The rights of management.
NEEDS = ("fixaloop.change_firm", "clients.view_client", VIEW, SEE_JOBS, SEE_STAYS)
WEEKS = 12
WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
# The ages of what is owed, in days.
AGES = (30, 60)


@dataclass(frozen=True)
class Glance:
    figures: list[Figure]
    received: Table
    owed: Table

    @property
    def columns(self) -> Columns:
        return Columns(self.received)


def glance(user: Any, at: datetime) -> Glance | None:
    """None without the rights of management."""
    if not user.has_perms(NEEDS):
        return None
    today = timezone.localdate(at)
    paid = remembered(f"glance.paid.{today}", lambda: _paid(today))
    owed = remembered(f"glance.owed.{today}", lambda: _owed(today))
    return Glance(list(_figures(paid, owed, at)), _by_week(paid, today), _by_age(owed))


def _figures(paid: Mapping[date, Decimal], owed: list[Decimal], at: datetime) -> Iterator[Figure]:
    today = timezone.localdate(at)
    month = today.replace(day=1)
    before = (month - DAY).replace(day=1)
    received, payments = _between(paid, month, today), reverse("payments:list")
    as_long_before = _between(paid, before, min(before + (today - month), month - DAY))
    title = _("Encaissé en %(month)s") % {"month": date_format(today, "F")}
    note = _("%(amount)s à la même date en %(month)s") % {
        "amount": euros(as_long_before),
        "month": date_format(before, "F"),
    }
    yield Figure(title, euros(received), note, url=f"{payments}?after={month}&before={today}")
    late = _("dont %(amount)s depuis plus de %(days)d jours") % {"amount": euros(owed[-1]), "days": AGES[-1]}
    late = late if owed[-1] else ""
    yield Figure(_("Reste à payer"), euros(sum(owed, ZERO)), late, url=f"{reverse('interventions:list')}?unpaid=true")
    jobs = remembered("glance.jobs", lambda: _open_jobs(at))
    said = _("dont %(count)s en retard") % {"count": number_format(jobs[1])}
    yield Figure(
        _("Interventions ouvertes"), number_format(jobs[0]), said, url=f"{reverse('interventions:list')}?state=open"
    )
    clients = remembered("glance.clients", lambda: _clients(at))
    share = _("sur %(total)s") % {"total": number_format(clients[1])}
    yield Figure(_("Clients actifs"), number_format(clients[0]), share, url=f"{reverse('clients:list')}?status=active")


def _open_jobs(at: datetime) -> tuple[int, int]:
    return Intervention.objects.open().count(), Intervention.objects.late(at).count()


def _clients(at: datetime) -> tuple[int, int]:
    return Client.objects.filter(active(at)).count(), Client.objects.count()


def _monday(day: date) -> date:
    return day - day.weekday() * DAY


def _paid(today: date) -> dict[date, Decimal]:
    since = _monday(today) - (WEEKS - 1) * WEEK
    days = LedgerPayment.objects.filter(paid_on__gte=since, paid_on__lte=today).order_by().values_list("paid_on")
    return {day: cents(amount) for day, amount in days.annotate(amount=Sum("amount"))}


def _between(paid: Mapping[date, Decimal], first: date, last: date) -> Decimal:
    return sum((amount for day, amount in paid.items() if first <= day <= last), ZERO)


def _by_week(paid: Mapping[date, Decimal], today: date) -> Table:
    weeks: dict[date, Decimal] = defaultdict(Decimal)
    for day, amount in paid.items():
        weeks[_monday(day)] += amount
    rows = []
    for number in reversed(range(WEEKS)):
        first = _monday(today) - number * WEEK
        last = min(first + WEEK - DAY, today)
        url = f"{reverse('payments:list')}?after={first}&before={last}"
        rows.append(Row(short_day(first, year=False), (weeks[first],), url, first, last))
    total = Row(_("Total"), (sum(weeks.values(), ZERO),))
    return Table(
        _("Encaissé par semaine"), (Measure(_("Encaissé"), Unit.EUROS),), rows, total, Shape.COLUMNS, _("Semaine du")
    )


def _owed(today: date) -> list[Decimal]:
    jobs = Intervention.objects.unpaid().exclude(state__in=OPEN)
    sums = (
        _aged(jobs, Coalesce("finished_at", "updated_at"), today),
        _aged(Entry.objects.unpaid(), Coalesce("exited_at", "entered_at"), today),
    )
    return [sum(column, ZERO) for column in zip(*sums, strict=True)]


def _aged(rows: QuerySet[Any], moment: Any, today: date) -> list[Decimal]:
    young, old = (start_of(today - days * DAY) for days in AGES)
    found = (
        rows.order_by()
        .annotate(since=moment)
        .aggregate(
            young=Sum("balance", filter=Q(since__gte=young)),
            middle=Sum("balance", filter=Q(since__lt=young, since__gte=old)),
            old=Sum("balance", filter=Q(since__lt=old)),
        )
    )
    return [cents(found[name]) for name in ("young", "middle", "old")]


def _by_age(owed: list[Decimal]) -> Table:
    first, last = AGES
    labels = (
        _("moins de %(days)d jours") % {"days": first},
        _("de %(first)d à %(last)d jours") % {"first": first, "last": last},
        _("plus de %(days)d jours") % {"days": last},
    )
    rows = [Row(label, (amount,)) for label, amount in zip(labels, owed, strict=True)]
    title = _("Reste à payer, par ancienneté")
    total = Row(_("Total"), (sum(owed, ZERO),))
    return Table(title, (Measure(_("Montant"), Unit.EUROS),), rows, total, Shape.BARS, _("Depuis"))
