"""Is a card valid now, and why or why not: a sentence."""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from access.hours import is_open, next_opening
from access.models import AccessCard
from clients.status import Status
from fixaloop.words.dates import say_full, say_on, short_day


def say_worth(card: AccessCard, status: Status, at: datetime) -> str:
    """What makes a card open or not, as a clause that follows the word for its state; `status` is its client’s."""
    worth = card.worth(at)
    if worth == "inactive":
        return _("la carte n’ouvre rien tant que son client le reste : %(reason)s") % {"reason": status.reason}
    return _SAID.get(worth, _decided)(card, at)


def _active(card: AccessCard, at: datetime) -> str:
    if card.max_visits is not None and card.visits >= card.max_visits:
        return _("mais elle a servi à toutes ses visites (%(count)s)") % {"count": card.max_visits}
    end = _end(card, at)
    if is_open(card.hours, at):
        return end
    opening = next_opening(card.hours, at)
    when = {"end": end, "when": say_on(opening, at) if opening else ""}
    return _("%(end)s, mais fermée à cette heure : elle ouvre %(when)s") % when if opening else end


def _end(card: AccessCard, at: datetime) -> str:
    window = card.window(at)
    if window.ends_at is not None:
        return _("jusqu’au %(end)s") % {"end": say_full(window.ends_at)}
    if window.last is None:
        return _("sans fin")
    return _("jusqu’au %(day)s inclus") % {"day": short_day(window.last, year=True)}


def _upcoming(card: AccessCard, at: datetime) -> str:
    window = card.window(at)
    if window.starts_at is not None:
        return _("elle le sera %(when)s") % {"when": say_on(window.starts_at, at)}
    return _("elle le sera le %(day)s") % {"day": short_day(window.first or card.valid_from, year=True)}


def _expired(card: AccessCard, at: datetime) -> str:
    if card.over_at is not None and not card.periods:
        return _("elle a fini %(when)s") % {"when": say_on(card.over_at, at)}
    return _("son dernier jour était le %(day)s") % {"day": short_day(card.last_day, year=True)}


def _decided(card: AccessCard, at: datetime) -> str:
    when = say_on(card.status_at, at)
    return _("%(when)s : %(reason)s") % {"when": when, "reason": card.status_reason} if card.status_reason else when


_SAID: dict[str, Callable[[AccessCard, datetime], str]] = {
    "active": _active,
    "upcoming": _upcoming,
    "expired": _expired,
}
