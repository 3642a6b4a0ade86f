"""What happens to interventions, told on the timelines of their clients."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from access.models import Event
from access.models.events import LONGEST_TEXT
from access.services.retention import forget_about
from fixaloop.records.bulk import Signature
from fixaloop.words.dates import start_of
from interventions.models import Intervention, InterventionPayment
from interventions.states import State

# The last step of an intervention that comes with its past, and the column that says when that was.
LAST_STEPS = {
    State.TO_PLAN: ("job_created", "created_at"),
    State.PLANNED: ("job_plan", "created_at"),
    State.IN_PROGRESS: ("job_start", "started_at"),
    State.ON_HOLD: ("job_hold", "waiting_since"),
    State.DONE: ("job_finish", "finished_at"),
    State.CLOSED: ("job_close", "finished_at"),
    State.CANCELLED: ("job_cancel", "created_at"),
}
OPPOSED = {InterventionPayment.Kind.CORRECTION: "job_corrected", InterventionPayment.Kind.REJECTION: "job_rejected"}


def tell(
    job: Intervention,
    said: str,
    *,
    by: AbstractBaseUser | None,
    at: datetime,
    text: str = "",
    values: Mapping[str, Any] | None = None,
) -> None:
    Event.objects.record_all([_event(job, said, by=by, at=at, text=text, values=values)])


def add_note(job: Intervention, text: str, *, by: AbstractBaseUser | None, at: datetime | None = None) -> None:
    note = _event(job, "job_note", by=by, at=at or timezone.now(), text=text, kind=Event.Kind.NOTE)
    Event.objects.record_all([note])


def tell_offers(before: Intervention, job: Intervention, *, by: AbstractBaseUser | None, at: datetime) -> None:
    if job.quote_amount != before.quote_amount:
        tell_quote(job, by=by, at=at)
    agreed = [(row.agreed_amount, row.agreed_on, row.agreed_how) for row in (before, job)]
    if job.agreed_amount is not None and agreed[0] != agreed[1]:
        values = {"amount": str(job.agreed_amount), "day": str(job.agreed_on), "how": str(job.agreed_how)}
        tell(job, "job_agreed", by=by, at=at, values=values)


def tell_quote(job: Intervention, *, by: AbstractBaseUser | None, at: datetime) -> None:
    if job.quote_amount is None:
        tell(job, "job_unquoted", by=by, at=at)
    else:
        tell(job, "job_quote", by=by, at=at, values={"amount": str(job.quote_amount)})


def tell_past(jobs: Iterable[Intervention], *, by: AbstractBaseUser | None, at: datetime) -> None:
    """Tell the last step of each, when it was made."""
    events = []
    for job in jobs:
        said, moment = LAST_STEPS[State(job.state)]
        events.append(_event(job, said, by=by, at=getattr(job, moment) or at, text=job.state_reason))
    Event.objects.record_all(events)


def tell_payments(payments: Iterable[InterventionPayment], at: datetime | None = None) -> None:
    """Tell payments that are about to be kept: at an instant, or on the day of each."""
    Event.objects.record_all(_paid(payment, at) for payment in payments)


def _paid(payment: InterventionPayment, at: datetime | None) -> Event:
    said = OPPOSED.get(payment.kind) or ("job_refunded" if payment.amount < 0 else "job_paid")  # type: ignore[call-overload]
    values = {"amount": str(abs(payment.amount)), "method": str(payment.method)}
    job = payment.intervention
    moment = at or _within(payment.paid_on, job.finished_at)
    return _event(job, said, by=payment.by, at=moment, values=values, kind=Event.Kind.PAYMENT)


def _within(day: date, end: datetime | None) -> datetime:
    return end if end and timezone.localdate(end) == day else start_of(day)


def forget_told(jobs: Sequence[Intervention]) -> None:
    forget_about("intervention", [job.number for job in jobs], {job.client_id for job in jobs})


def tell_taken_back(jobs: Iterable[Intervention], signed: Signature) -> None:
    Event.objects.record_all(_event(job, "job_cancel", by=signed.by, at=signed.at, text=signed.reason) for job in jobs)


def _event(
    job: Intervention,
    said: str,
    *,
    by: AbstractBaseUser | None,
    at: datetime,
    text: str = "",
    values: Mapping[str, Any] | None = None,
    kind: str = Event.Kind.JOB,
) -> Event:
    about: dict[str, Any] = {"client_id": job.client_id, "vehicle_id": job.vehicle_id, "actor": by}
    inputs = {"intervention": job.number, **(values or {})}
    return Event(kind=kind, said=said, at=at, text=text[:LONGEST_TEXT], inputs=inputs, **about)
