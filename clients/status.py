"""Reading a status: is a client active at an instant, and why (docs/rules.md, Status).

Everything is read from the client’s own columns. The app whose facts decide writes them (`active_until`, `resumes_at`,
`resumes_until`) and says the reason of an automatic status, through `clients.extensions`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db.models import Q

from clients.extensions import extensions
from clients.models import Client
from fixaloop.speed.texts import gettext as _, language
from fixaloop.words.dates import day_of, local, short_day

# Columns that hold the status, and those that `explain` reads besides.
INSTANTS = ("active_until", "resumes_at", "resumes_until")
FORCED = ("status_mode", "status_until", "status_reason", "status_at")
DECIDING = ("deciding_number", "deciding_state", "deciding_end")


@dataclass(frozen=True)
class Status:
    """What is shown wherever a status is: the word, the reason, and the page of the reason where there is one."""

    is_active: bool
    reason: str
    reason_url: str = ""
    # Without this permission the address is not shown.
    reason_permission: str = ""

    @property
    def label(self) -> str:
        return _("Actif") if self.is_active else _("Inactif")

    @property
    def tone(self) -> str:
        return "ok" if self.is_active else "muted"

    @property
    def icon(self) -> str:
        return "check" if self.is_active else "minus"


def active(at: datetime, path: str = "") -> Q:
    """The condition of being active; `path` leads from other rows to their client: `client__`."""
    return Q((f"{path}active_until__gt", at)) | resumed(at, path)


def resumed(at: datetime, path: str = "") -> Q:
    """The condition of being active because a forced inactive period has ended; few clients at any time."""
    return Q((f"{path}resumes_at__lte", at), (f"{path}resumes_until__gt", at))


def inactive(at: datetime, path: str = "") -> Q:
    """The condition of not being active at an instant: the exact opposite of `active`."""
    resumes, until = f"{path}resumes_at", f"{path}resumes_until"
    resting = Q((f"{resumes}__isnull", True)) | Q((f"{resumes}__gt", at)) | Q((f"{until}__lte", at))
    return Q((f"{path}active_until__lte", at)) & resting


def is_active(client: Client, at: datetime) -> bool:
    if client.active_until > at:
        return True
    return bool(client.resumes_at and client.resumes_until and client.resumes_at <= at < client.resumes_until)


def forced_inactive(client: Client, at: datetime) -> bool:
    """Whether the status is forced inactive, for good or until later than this instant."""
    forced = client.status_mode == Client.StatusMode.INACTIVE
    return forced and (client.status_until is None or client.status_until > at)


def explain(client: Client, at: datetime) -> Status:
    active_now = is_active(client, at)
    if forced := _forced_reason(client, at):
        return Status(active_now, forced)
    for extension in extensions():
        if reason := extension.status_reason(client, at):
            return Status(active_now, reason.text, reason.url, reason.permission)
    return Status(active_now, "")


def _forced_reason(client: Client, at: datetime) -> str:
    expired = client.status_until is not None and client.status_until <= at
    if client.status_mode == Client.StatusMode.AUTOMATIC or expired:
        return ""
    words = [_("forcé le %(day)s") % {"day": said_day(client.status_at, at)} if client.status_at else _("forcé")]
    if client.status_until:
        words.append(_("jusqu’au %(day)s") % {"day": last_day(client.status_until, at)})
    forced = " ".join(words)
    if not client.status_reason:
        return forced
    return _("%(forced)s : %(reason)s") % {"forced": forced, "reason": client.status_reason}


def last_day(until: datetime, at: datetime) -> str:
    """The last day of a period that ends at `until`, as one says it on the day of `at`."""
    return said_day(until - timedelta(seconds=1), at)


def said_day(moment: datetime, at: datetime) -> str:
    """The day of an instant, without its year where that is the year of `at`."""
    return _said(local(moment).date(), day_of(at).year, language())


@lru_cache(maxsize=4096)
def _said(day: date, this_year: int, language: str | None) -> str:
    return short_day(day, year=day.year != this_year)
