"""Looking at a password in one’s turn, wherever one is typed: at sign-in, before a change, before a grave action."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import TypeVar

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from fixaloop.accounts.guesses import Turn, count_waited, take_back, take_turn, take_waited
from fixaloop.accounts.telling import tell_guesses
from fixaloop.audit.trail import Kind, note
from fixaloop.watch.metrics import SIGN_IN_FAILURES, count
from fixaloop.web.requests import address_of

Found = TypeVar("Found")


class Held(PermissionDenied):
    """Too many wrong passwords: the next one is looked at from `until` on."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until

    def sentence(self) -> str:
        seconds = max(ceil((self.until - timezone.now()).total_seconds()), 1)
        if seconds < 60:
            said = ngettext("Réessayez dans %(count)d seconde.", "Réessayez dans %(count)d secondes.", seconds)
            return _("Trop d’essais manqués. %(then)s") % {"then": said % {"count": seconds}}
        minutes = ceil(seconds / 60)
        said = ngettext("Réessayez dans %(count)d minute.", "Réessayez dans %(count)d minutes.", minutes)
        return _("Trop d’essais manqués. %(then)s") % {"then": said % {"count": minutes}}


def in_turn(
    request: HttpRequest, username: str, check: Callable[[], Found | None], what: str = "password"
) -> Found | None:
    """What `check` finds, nothing where the password is wrong.

    Raises `Held` before it, where this account or address must wait, and after the wrong one that makes the next wait.
    """
    at, address = timezone.now(), address_of(request)
    turn = take_turn(username, address, at, what)
    if turn.is_held and turn.until:
        count(SIGN_IN_FAILURES, what, "held")
        count_waited(_called(username), at)
        raise Held(turn.until)
    if found := check():
        take_back(turn)
        return found
    count(SIGN_IN_FAILURES, what, "wrong")
    _note_wrong(request, turn, username, at)
    if turn.until:
        raise Held(turn.until)
    return None


def _note_wrong(request: HttpRequest, turn: Turn, username: str, at: datetime) -> None:
    user = _called(username)
    # No name as it was typed, which may be a password.
    note(Kind.SIGN_IN_FAILED, user.username if user else "", agent=agent_of(request))
    tell_guesses(turn.alarms, user, address_of(request), at)


def note_waited(at: datetime) -> None:
    """Write the tries of past hours that had to wait into the journal: a line for an account and hour."""
    for key, hour, tries in take_waited(at):
        user = User.objects.filter(pk=key).first()
        note(Kind.SIGN_IN_FAILED, user.username if user else "", waited=tries, hour=hour.isoformat())


def _called(username: str) -> User | None:
    return User.objects.filter(username__iexact=username).first()


def agent_of(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")[:255]
