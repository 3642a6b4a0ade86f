"""Real times of a job: how long was worked and waited, until when it is guaranteed, and what given times must be."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.words.dates import months_later, say_full, say_length
from interventions.models import Intervention

NONE = timedelta(0)
# Work is entered at the latest a year after it began: more is a wrong year.
ENTERED_WITHIN = timedelta(days=366)


def correctable(job: Intervention) -> tuple[str, ...]:
    if job.started_at is None:
        return ()
    ends = [name for name in ("finished_at", "waiting_since") if getattr(job, name)]
    return ("started_at", *ends, "waited")


def worked(job: Intervention, at: datetime) -> timedelta | None:
    """How long was worked until an instant, without waits; None if the work has not begun."""
    if job.started_at is None:
        return None
    return max((job.finished_at or job.waiting_since or at) - job.started_at - job.waited, NONE)


def waiting(job: Intervention, at: datetime) -> timedelta:
    """How long the work waited until an instant, since it began and until its real end."""
    if job.waiting_since is None or job.finished_at:
        return job.waited
    return job.waited + max(at - job.waiting_since, NONE)


def warranty_until(job: Intervention) -> date | None:
    """The last day of the warranty, which begins at the real end."""
    if job.warranty_months is None or job.finished_at is None:
        return None
    return months_later(timezone.localdate(job.finished_at), job.warranty_months)


def go_on(job: Intervention, at: datetime) -> None:
    """Work goes on at an instant: the wait until then is counted, and a real end that it had is no more."""
    if idle_since := job.finished_at or job.waiting_since:
        job.waited += max(at - idle_since, NONE)
    job.finished_at = job.waiting_since = job.reopened_at = None


def end(job: Intervention, given: datetime | None, at: datetime) -> None:
    """Set the real end: the one given, else the one that a reopened job had, else this instant."""
    finished_at = given or job.finished_at or at
    if job.finished_at and job.reopened_at:
        job.waited += max(min(job.reopened_at, finished_at) - job.finished_at, NONE)
    elif job.waiting_since:
        job.waited += max(finished_at - job.waiting_since, NONE)
    job.finished_at, job.waiting_since, job.reopened_at = finished_at, None, None
    if job.started_at:
        job.finished_at = _not_before(finished_at, job.started_at)
        job.waited = min(job.waited, max(job.finished_at - job.started_at, NONE))


def _not_before(moment: datetime, earlier: datetime) -> datetime:
    """A time given to the minute is not before a stamp within that minute."""
    return earlier if moment < earlier and same(moment, earlier) else moment


def minute(value: Any) -> Any:
    """An instant as people tell it: local time to the minute, the same for both hours that the clock repeats."""
    return timezone.make_naive(value).replace(second=0, microsecond=0) if isinstance(value, datetime) else value


def same(stored: Any, value: Any) -> bool:
    return bool(minute(stored) == minute(value))


def check_given(job: Intervention, at: datetime, **given: datetime | None) -> None:
    """Raise ValidationError for a time that is still to come, or that begins work long before it was entered."""
    errors = {name: _("Cette date est dans le futur.") for name, moment in given.items() if moment and moment > at}
    start = given.get("started_at")
    if start and start < min(job.created_at, job.started_at or job.created_at) - ENTERED_WITHIN:
        errors["started_at"] = _("C’est plus d’un an avant que l’intervention soit saisie : vérifiez l’année.")
    if errors:
        raise ValidationError({name: [error] for name, error in errors.items()})


def check_order(name: str, moment: datetime | None, earlier: datetime | None) -> None:
    """Raise ValidationError for the field `name` if its time lies before one it must follow."""
    if moment and earlier and moment < earlier and not same(moment, earlier):
        told = {"moment": say_full(earlier)}
        raise ValidationError({name: [_("C’est avant l’étape précédente, du %(moment)s.") % told]})


def check_times(job: Intervention, at: datetime | None = None) -> None:
    """Raise ValidationError unless the real end follows the real start and leaves room for the wait.

    The wait of work that goes on was over by the wait under way, else by `at`.
    """
    start, finish = job.started_at, job.finished_at
    if start is None or finish is None:
        check_order("waiting_since", job.waiting_since, start)
    elif finish.astimezone(UTC) < start.astimezone(UTC):
        raise ValidationError({"finished_at": [_("La fin réelle doit être après le début réel.")]})
    until = finish or job.waiting_since or at
    if start is None or until is None or job.waited <= (room := max(until - start, NONE)):
        return
    values = {"waited": say_length(job.waited), "length": say_length(room)}
    message = _("L’attente (%(waited)s) est plus longue que du début à la fin (%(length)s) : corrigez-la aussi.")
    if finish is None:
        message = _(
            "L’attente (%(waited)s) est plus longue que le temps depuis le début (%(length)s) : corrigez-la aussi."
        )
    raise ValidationError({"waited": [message % values]})
