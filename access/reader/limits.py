"""How often a reader may ask, and how often a token may be wrong, over all processes; the firm is told of too many.

A right token is never kept waiting for wrong ones, from wherever those come: only what is wrong is answered with 429.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from access.models import Device, Read
from access.notices.telling import Found, tell_found
from fixaloop.accounts.guesses import Count, Turn, count_in, place_of
from fixaloop.notices.models import Notice
from fixaloop.notices.telling import tell
from fixaloop.records.deadlines import Deadline, Patience, TooLate, bounded

logger = logging.getLogger(__name__)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
WRONG_TOKENS = "wrong_tokens"
FLOODING = "reader_flooding"
# A reader whose token was revoked calls once a minute or for each card; who guesses calls all the time.
FROM_PLACE = Count(free=20, leak=timedelta(seconds=20), first=2 * SECOND, longest=MINUTE, alarm=20)
FROM_ALL = Count(free=200, leak=timedelta(seconds=5), first=SECOND, longest=10 * SECOND, alarm=200)
_MOST_PLACES = 10_000
# The most processes that answer: each answers this part of what a reader may still ask without counting it.
_PROCESSES = 20
_uncounted: dict[int, int] = {}
# Until when wrong tokens of a place are not even counted: a flood costs no writing.
_held: dict[str, datetime] = {}


class TooMany(Exception):
    """Asked too often; `seconds` until it is worth asking again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = max(seconds, 1)


def check_pace(device: Device, at: datetime, patience: Patience) -> None:
    """Raise `TooMany` where a reader has asked more often within a minute than any door is passed.

    Passages told from a queue do not count: they happened before. Most reads cost no query.
    """
    if (left := _uncounted.get(device.pk, 0)) > 0:
        _uncounted[device.pk] = left - 1
        return
    since = at - MINUTE
    most = settings.GATE_READS_PER_MINUTE
    asked = Read.objects.filter(device=device, created_at__gt=since, read_at__gt=since)[:most].count()
    if asked < most:
        _uncounted[device.pk] = (most - asked) // _PROCESSES
        return
    day = timezone.localdate(at).isoformat()
    _safely(lambda: tell_found([Found(FLOODING, device, day, {"most": most})], at), patience)
    raise TooMany(10)


def count_wrong_token(address: str, at: datetime, patience: Patience) -> None:
    """Count a wrong token. Raises `TooMany` where there were too many from there, or in all."""
    place = place_of(address)
    if (until := _held.get(place)) is None or until <= at:
        _held.pop(place, None)
        counts = {f"token {place}": FROM_PLACE, "token": FROM_ALL}
        found: list[Turn] = []
        _safely(lambda: found.append(_count(counts, place, at)), patience)
        until = found[0].until if found and found[0].is_held else None
        if until is not None and len(_held) < _MOST_PLACES:
            _held[place] = until
    if until is not None:
        raise TooMany(ceil((until - at).total_seconds()))


def _count(counts: dict[str, Count], place: str, at: datetime) -> Turn:
    turn = count_in(counts, at)
    day = timezone.localdate(at)
    told = [place if alarm is FROM_PLACE else "" for alarm in turn.alarms]
    tell(
        Notice(kind=WRONG_TOKENS, key=f"{WRONG_TOKENS}-{where}-{day}", at=at, subject=0, values={"place": where})
        for where in told
    )
    return turn


def _safely(work: Callable[[], object], patience: Patience) -> None:
    try:
        with bounded(Deadline(patience.lock), patience):
            work()
    except (DatabaseError, TooLate):
        logger.warning("a limit could not be counted", exc_info=True)
