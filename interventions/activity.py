"""When is a client active? Said here and nowhere else (product.md §1, “Status”).

The facts — the forced mode and its end, the open interventions, the real end of the last one done — give an instant:
until when the client is active. It is kept in `Client.active_until`, written by `refresh` in the transaction of
whatever changes a fact; the clock does the rest, so nothing expires late and no job has to run. A forced inactive
period that ends while other facts make the client active is kept as `resumes_at` and `resumes_until`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.urls import reverse

from access.services.events import Flip, record_flips
from clients.models import NEVER, Client
from fixaloop.speed.translation import gettext as _
from fixaloop.speed.translation import language
from fixaloop.words.dates import short_day
from fixaloop.words.moments import day_of, local
from interventions.facts import ALWAYS, automatic_until, deciding, instant, open_count, recent
from interventions.reference import INTERVENTION
from interventions.states import ENDED, State

DECIDING = ("deciding_number", "deciding_state", "deciding_end")
KEPT = ("active_until", "resumes_at", "resumes_until", "open_interventions", *DECIDING)
# What `explain` and the events of flips read of a client.
READ = (
    *("active_until", "resumes_at", "resumes_until", "told_active"),
    *("status_mode", "status_until", "status_reason", "status_at"),
    *DECIDING,
)


def active(at: datetime) -> Q:
    """The condition on a client of being active at an instant."""
    return Q(active_until__gt=at) | resumed(at)


def resumed(at: datetime) -> Q:
    """The condition on a client of being active because a forced inactive period has ended; few at any time."""
    return Q(resumes_at__lte=at, resumes_until__gt=at)


def inactive(at: datetime) -> Q:
    """The condition on a client of not being active at an instant."""
    return Q(active_until__lte=at) & (Q(resumes_at__isnull=True) | Q(resumes_at__gt=at) | Q(resumes_until__lte=at))


def is_active(client: Client, at: datetime) -> bool:
    """Whether a client is active at an instant, from its kept instants."""
    if client.active_until > at:
        return True
    return bool(client.resumes_at and client.resumes_until and client.resumes_at <= at < client.resumes_until)


def refresh(clients: QuerySet[Client], at: datetime) -> int:
    """Write what the facts say now of these clients, in one statement; return how many there were.

    The caller has locked the clients before it changed a fact: two people finishing and opening two jobs of one client
    would otherwise each decide without seeing the other.
    """
    before = list(clients.order_by().only(*READ))
    touched = Client.objects.filter(pk__in=[client.pk for client in before])
    touched.update(**kept(at))
    _tell_flips(touched, before, at)
    return len(before)


def _tell_flips(clients: QuerySet[Client], before: Sequence[Client], at: datetime) -> None:
    """Keep one event for each flip: those that the clock made since the last one told, and what has just been done."""
    told = {client.pk: is_active(client, at) for client in before}
    _tell([(client, _clock_flip(client, at)) for client in before if client.told_active != told[client.pk]])
    _tell([(client, at) for client in clients.only(*READ) if is_active(client, at) != told[client.pk]])


def tell_clock_flips(clients: QuerySet[Client], at: datetime) -> int:
    """Keep an event for each of these clients whom the clock alone has made active or inactive; return how many."""
    flipped = list(
        clients.filter(active(at) & Q(told_active=False) | inactive(at) & Q(told_active=True))
        .order_by("pk")
        .only(*READ)
    )
    _tell([(client, _clock_flip(client, at)) for client in flipped])
    return len(flipped)


def _tell(flipped: Iterable[tuple[Client, datetime]]) -> None:
    """Keep that clients have become active, or ceased to be, each at an instant, with the reason."""
    statuses = [(client, explain(client, at), at) for client, at in flipped]
    record_flips(Flip(client, status.is_active, status.reason, at) for client, status, at in statuses)
    for side in (True, False):
        keys = [client.pk for client, status, _at in statuses if status.is_active is side]
        if keys:
            Client.objects.filter(pk__in=keys).update(told_active=side)


def _clock_flip(client: Client, at: datetime) -> datetime:
    """The last instant at which the clock alone changed a client's status."""
    instants = (client.active_until, client.resumes_at, client.resumes_until)
    return max((moment for moment in instants if moment and moment <= at), default=at)


def forced_inactive(client: Client, at: datetime) -> bool:
    """Whether somebody has decided that a client is inactive, for good or until later than this instant."""
    forced = client.status_mode == Client.StatusMode.INACTIVE
    return forced and (client.status_until is None or client.status_until > at)


def repair(clients: QuerySet[Client], at: datetime) -> int:
    """Write what the facts say of those clients of whom something else is kept; return how many there were."""
    expected = {f"expected_{name}": Coalesce(value, _nothing(name)) for name, value in kept(at).items()}
    contradicted = Q()
    for name in KEPT:
        contradicted |= ~Q(**{f"expected_{name}": Coalesce(F(name), _nothing(name))})
    return refresh(clients.alias(**expected).filter(contradicted), at)


def _nothing(name: str) -> Value:
    """What stands for no value where two columns are compared."""
    plain = {"open_interventions": Value(0), "deciding_number": Value(0), "deciding_state": Value("")}
    return plain.get(name) or instant(NEVER)


def kept(at: datetime) -> dict[str, Combinable]:
    """The columns of a client that hold what the facts say at an instant."""
    automatic = automatic_until()
    forced_out = Q(status_mode=Client.StatusMode.INACTIVE) & (Q(status_until__isnull=True) | Q(status_until__gt=at))
    forced_in = Q(status_mode=Client.StatusMode.ACTIVE)
    resuming = forced_out & Q(status_until__lt=automatic)
    return {
        "active_until": Case(
            When(forced_out, then=instant(NEVER)),
            When(forced_in & Q(status_until__isnull=True), then=instant(ALWAYS)),
            When(forced_in & Q(status_until__gt=automatic), then=F("status_until")),
            default=automatic,
        ),
        "resumes_at": Case(When(resuming, then=F("status_until")), default=None, output_field=DateTimeField()),
        "resumes_until": Case(When(resuming, then=automatic), default=None, output_field=DateTimeField()),
        "open_interventions": open_count(),
        "deciding_number": deciding("number"),
        "deciding_state": Coalesce(deciding("state"), Value("")),
        "deciding_end": deciding("finished_at"),
    }


@dataclass(frozen=True)
class Status:
    """What is shown wherever a status is: the word, and why."""

    is_active: bool
    reason: str
    # The number of the intervention that the reason names.
    intervention: int | None = None

    @property
    def label(self) -> str:
        return _("Actif") if self.is_active else _("Inactif")

    @property
    def tone(self) -> str:
        return "ok" if self.is_active else "muted"

    @property
    def icon(self) -> str:
        return "check" if self.is_active else "minus"

    @property
    def reason_url(self) -> str:
        """The page of the intervention that the reason names; blank where it names none."""
        if self.intervention is None:
            return ""
        return reverse("interventions:detail", args=[INTERVENTION.show(self.intervention)])


def explain(client: Client, at: datetime) -> Status:
    """The status of a client at an instant and the fact that decides it."""
    active_now = is_active(client, at)
    if forced := _forced_reason(client, at):
        return Status(active_now, forced)
    return Status(active_now, *_automatic_reason(client, at))


def _forced_reason(client: Client, at: datetime) -> str:
    expired = client.status_until is not None and client.status_until <= at
    if client.status_mode == Client.StatusMode.AUTOMATIC or expired:
        return ""
    words = [_("forcé le %(day)s") % {"day": _day(client.status_at, at)} if client.status_at else _("forcé")]
    if client.status_until:
        words.append(_("jusqu’au %(day)s") % {"day": last_day(client.status_until, at)})
    forced = " ".join(words)
    if not client.status_reason:
        return forced
    return _("%(forced)s : %(reason)s") % {"forced": forced, "reason": client.status_reason}


def _automatic_reason(client: Client, at: datetime) -> tuple[str, int | None]:
    """The sentence and the intervention it names."""
    number, end = client.deciding_number, client.deciding_end
    if number is None:
        return _("aucune intervention"), None
    reference = INTERVENTION.show(number)
    if end is None or client.deciding_state not in ENDED:
        state = _in_state(client.deciding_state, language())
        return _("%(reference)s %(state)s") % {"reference": reference, "state": state}, number
    until = end + recent()
    if until > at:
        values = {"day": _day(until, at), "days": settings.RECENT_DAYS, "reference": reference}
        return _("jusqu’au %(day)s, %(days)s jours après %(reference)s") % values, number
    return _("dernière : %(day)s") % {"day": _day(end, at)}, number


def last_day(until: datetime, at: datetime) -> str:
    """The last day of a period that ends at the first instant, as one says it at the second."""
    return _day(until - timedelta(seconds=1), at)


def _day(moment: datetime, at: datetime) -> str:
    return _said(local(moment).date(), day_of(at).year, language())


@lru_cache(maxsize=4096)
def _said(day: date, this_year: int, language: str | None) -> str:
    return short_day(day, year=day.year != this_year)


@lru_cache(maxsize=64)
def _in_state(state: str, language: str | None) -> str:
    return str(State(state).label).lower()
