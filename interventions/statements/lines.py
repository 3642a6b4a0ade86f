"""What happened on the accounts of clients, line by line."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.records.payments import ZERO, AbstractPayment
from interventions.models import INTERVENTION
from interventions.statements.accounts import OWNERS, Told, told_in
from interventions.statements.period import Period
from interventions.statements.shares import Share
from interventions.states import State

Kind = AbstractPayment.Kind


@dataclass(frozen=True)
class Line:
    """One thing that was due, or one payment."""

    client: int
    day: date
    rank: tuple[int, int]
    kind: str
    words: str
    url: str
    due: Decimal | None = None
    paid: Decimal | None = None
    method: str = ""
    answer: str = ""

    @property
    def change(self) -> Decimal:
        return (self.due or ZERO) - (self.paid or ZERO)


def lines_of(clients: Iterable[int], period: Period, share: Share, most: int | None = None) -> dict[int, list[Line]]:
    """The lines of each client, in order of time. With `most`, no more than that of each source."""
    found: dict[int, list[Line]] = defaultdict(list)
    for line in chain.from_iterable(_read(list(clients), period, share, most)):
        found[line.client].append(line)
    for lines in found.values():
        lines.sort(key=lambda line: (line.day, line.rank))
    return found


def _read(clients: list[int], period: Period, share: Share, most: int | None) -> Iterator[Iterator[Line]]:
    told = told_in(period, share)
    own = Told(*(rows.filter(**{f"{owner}__in": clients}) for rows, owner in zip(told, OWNERS, strict=True)))
    ordered: list[tuple[QuerySet[Any], Any]] = [
        (own.jobs.order_by("client", "due_at", "pk"), _job),
        (own.stays.select_related("zone").order_by("client", "exited_at", "pk"), _stay),
        (_with_answers(own.job_payments, "intervention"), _job_payment),
        (_with_answers(own.stay_payments, "entry"), _stay_payment),
    ]
    for rows, read in ordered:
        yield map(read, rows[:most] if most else rows.iterator(chunk_size=500))


def _with_answers(payments: QuerySet[Any], paid_for: str) -> QuerySet[Any]:
    return payments.select_related(paid_for, "opposite").order_by(f"{paid_for}__client", "paid_on", "number")


def _day(moment: datetime) -> date:
    return timezone.localdate(moment)


def _job(job: Any) -> Line:
    is_fee = job.state == State.CANCELLED
    kind = _("Frais d’annulation") if is_fee else _("Intervention")
    words = f"{job.reference} {job.title}"
    return Line(job.client_id, _day(job.due_at), (0, job.pk), kind, words, job.get_absolute_url(), due=job.due)


def _stay(stay: Any) -> Line:
    entered, exited = timezone.localtime(stay.entered_at), timezone.localtime(stay.exited_at)
    same_day = entered.date() == exited.date()
    values = {
        "zone": stay.zone.name,
        "entered": f"{entered:%d/%m %H:%M}",
        "exited": f"{exited:%H:%M}" if same_day else f"{exited:%d/%m %H:%M}",
    }
    words = _("%(zone)s, du %(entered)s au %(exited)s") % values
    if same_day:
        words = _("%(zone)s, le %(entered)s jusqu’à %(exited)s") % values
    url = stay.get_absolute_url()
    return Line(stay.client_id, exited.date(), (1, stay.pk), _("Séjour"), words, url, due=stay.amount_due)


def _job_payment(payment: Any) -> Line:
    job = payment.intervention
    return _payment(payment, job, INTERVENTION.show(job.number))


def _stay_payment(payment: Any) -> Line:
    stay = payment.entry
    return _payment(payment, stay, _("séjour du %(day)s") % {"day": f"{_day(stay.entered_at):%d/%m/%Y}"})


def _payment(payment: Any, row: Any, paid_for: str) -> Line:
    opposite = getattr(payment, "opposite", None)
    answer = ""
    if opposite is not None:
        answer = _("rejeté") if opposite.kind == Kind.REJECTION else _("annulé")
    words = _("n° %(number)d, %(paid_for)s") % {"number": payment.number, "paid_for": paid_for}
    return Line(
        row.client_id,
        payment.paid_on,
        (2, payment.number),
        payment.get_kind_display(),
        words,
        row.get_absolute_url(),
        paid=payment.amount,
        method=payment.get_method_display(),
        answer=answer,
    )
