"""When is a client active? Said here and nowhere else (product.md §1, “Status”).

The facts — the forced mode and its end — give an instant: until when the client is active. It is kept in
`Client.active_until`, written by `refresh` in the transaction of whatever changes a fact; the clock does the rest, so
nothing expires late and no job has to run. A forced inactive period that ends while other facts make the client active
is kept as `resumes_at` and `resumes_until`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clients.models import NEVER, Client

ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)


def active(at: datetime) -> Q:
    """The condition on a client of being active at an instant."""
    return Q(active_until__gt=at) | Q(resumes_at__lte=at, resumes_until__gt=at)


def inactive(at: datetime) -> Q:
    """The condition on a client of not being active at an instant."""
    return Q(active_until__lte=at) & (
        Q(resumes_at__isnull=True) | Q(resumes_at__gt=at) | Q(resumes_until__lte=at)
    )


def is_active(client: Client, at: datetime) -> bool:
    """Whether a client is active at an instant, from its kept instants."""
    if client.active_until > at:
        return True
    return bool(
        client.resumes_at
        and client.resumes_until
        and client.resumes_at <= at < client.resumes_until
    )


def refresh(clients: QuerySet[Client], at: datetime) -> int:
    """Write what the facts say now of these clients, in one statement; return how many there were."""
    automatic = automatic_until()
    forced_out = Q(status_mode=Client.StatusMode.INACTIVE) & (
        Q(status_until__isnull=True) | Q(status_until__gt=at)
    )
    forced_in = Q(status_mode=Client.StatusMode.ACTIVE)
    resuming = forced_out & Q(status_until__lt=automatic)
    return clients.order_by().update(
        active_until=Case(
            When(forced_out, then=_instant(NEVER)),
            When(forced_in & Q(status_until__isnull=True), then=_instant(ALWAYS)),
            When(forced_in & Q(status_until__gt=automatic), then=F("status_until")),
            default=automatic,
        ),
        resumes_at=Case(
            When(resuming, then=F("status_until")),
            default=None,
            output_field=DateTimeField(),
        ),
        resumes_until=Case(
            When(resuming, then=automatic), default=None, output_field=DateTimeField()
        ),
    )


def automatic_until() -> Combinable:
    """Until when a client would be active if nobody had forced its status."""
    return _instant(NEVER)


def _instant(value: datetime) -> Value:
    return Value(value, output_field=DateTimeField())


@dataclass(frozen=True)
class Status:
    """What is shown wherever a status is: the word, and why."""

    is_active: bool
    reason: str

    @property
    def label(self) -> str:
        return _("Actif") if self.is_active else _("Inactif")

    @property
    def tone(self) -> str:
        return "ok" if self.is_active else "muted"

    @property
    def icon(self) -> str:
        return "check" if self.is_active else "minus"


def explain(client: Client, at: datetime) -> Status:
    """The status of a client at an instant and the fact that decides it."""
    return Status(
        is_active(client, at),
        _forced_reason(client, at) or _automatic_reason(client, at),
    )


def _forced_reason(client: Client, at: datetime) -> str:
    if client.status_mode == Client.StatusMode.AUTOMATIC or (
        client.status_until and client.status_until <= at
    ):
        return ""
    since = _day(client.status_at) if client.status_at else ""
    until = (
        _("jusqu’au %(day)s") % {"day": last_day(client.status_until)}
        if client.status_until
        else ""
    )
    forced = " ".join(
        filter(
            None,
            (_("forcé le %(day)s") % {"day": since} if since else _("forcé"), until),
        )
    )
    return (
        _("%(forced)s : %(reason)s")
        % {"forced": forced, "reason": client.status_reason}
        if (client.status_reason)
        else forced
    )


def _automatic_reason(client: Client, at: datetime) -> str:
    return _("aucune intervention")


def last_day(until: datetime) -> str:
    """The last day of a period that ends at this instant, as one says it."""
    return _day(until - timedelta(seconds=1))


def _day(instant: datetime) -> str:
    day = timezone.localtime(instant)
    return date_format(day, "j M" if day.year == timezone.localtime().year else "j M Y")
