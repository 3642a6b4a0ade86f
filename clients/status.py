"""Reading a status: is a client active at an instant, and why (docs/rules.md, Status).

Everything is read from the client’s own columns. The app whose facts decide writes them (`active_until`, `resumes_at`,
`resumes_until`) and says the reason of an automatic status, through `clients.extensions`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from django.db.models import Q

from clients.extensions import StatusReason, extensions
from clients.models import Client
from fixaloop.speed.texts import gettext as _, language
from fixaloop.words.dates import day_of, local, short_day

# Columns that hold the status, and those that `explain` reads besides.
INSTANTS = ("active_until", "resumes_at", "resumes_until")
FORCED = ("status_mode", "status_until", "status_reason", "status_at")
DECIDING = ("deciding_number", "deciding_state", "deciding_end")
# The values of reasons that are instants.
MOMENTS = ("since", "until", "end")


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
    reason = reason_of(client, at)
    return Status(is_active(client, at), say_reason(reason.code, reason.values, at), reason.url, reason.permission)


def reason_of(client: Client, at: datetime) -> StatusReason:
    """The fact that decides the status, which `say_reason` puts into words."""
    expired = client.status_until is not None and client.status_until <= at
    if client.status_mode != Client.StatusMode.AUTOMATIC and not expired:
        forced = {"since": client.status_at, "until": client.status_until, "why": client.status_reason}
        return StatusReason("forced", forced)
    found = (extension.status_reason(client, at) for extension in extensions())
    return next((reason for reason in found if reason), StatusReason(""))


def say_in_full(client: Client, at: datetime) -> str:
    """Why a client is active or not, as a clause that can follow “Actif :”."""
    reason = reason_of(client, at)
    told = (extension.status_sentences.get(reason.code) for extension in extensions())
    say = next((words for words in told if words), None)
    return say(reason.values, at) if say else say_reason(reason.code, reason.values, at)


def say_reason(code: str, values: Mapping[str, Any], at: datetime) -> str:
    say = _reason_words().get(code)
    return say(values, at) if say else ""


@cache
def _reason_words() -> dict[str, Callable[[Mapping[str, Any], datetime], str]]:
    told = {code: say for extension in extensions() for code, say in extension.status_words.items()}
    return {"forced": _say_forced, **told}


def keep_reason(reason: StatusReason) -> dict[str, Any]:
    """The reason of a status as an event keeps it; `say_kept` reads it."""
    values = {name: value.isoformat() if name in MOMENTS and value else value for name, value in reason.values.items()}
    return {"reason": reason.code, "values": values}


def say_kept(kept: Mapping[str, Any], at: datetime) -> str:
    values = {
        name: datetime.fromisoformat(value) if name in MOMENTS and value else value
        for name, value in kept.get("values", {}).items()
    }
    return say_reason(kept.get("reason", ""), values, at)


def _say_forced(values: Mapping[str, Any], at: datetime) -> str:
    since, until = values["since"], values["until"]
    words = [_("forcé le %(day)s") % {"day": said_day(since, at)} if since else _("forcé")]
    if until:
        words.append(_("jusqu’au %(day)s") % {"day": last_day(until, at)})
    forced = " ".join(words)
    return _("%(forced)s : %(reason)s") % {"forced": forced, "reason": values["why"]} if values["why"] else forced


def last_day(until: datetime, at: datetime) -> str:
    """The last day of a period that ends at `until`, as one says it on the day of `at`."""
    return said_day(until - timedelta(seconds=1), at)


def said_day(moment: datetime, at: datetime) -> str:
    """The day of an instant, without its year where that is the year of `at`."""
    return _said(local(moment).date(), day_of(at).year, language())


@lru_cache(maxsize=4096)
def _said(day: date, this_year: int, language: str | None) -> str:
    return short_day(day, year=day.year != this_year)
