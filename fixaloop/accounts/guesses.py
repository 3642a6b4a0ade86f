"""Wrong passwords make the next try wait, longer each time (docs/rules.md, Signing in).

Four counts: of an account from one place, of an account from everywhere, of a place whatever the account, and of all.
From a place that an account has been signed in from, only the first holds: strangers who guess keep no colleague out.
A try is counted before its password is looked at, and taken back if that was right: many at once count like one after
the other, in all processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.crypto import salted_hmac

from fixaloop.accounts.models import Guesses, KnownPlace

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Count:
    """`free` wrong passwords cost nothing, one is forgotten each `leak`; beyond, the wait doubles with each more."""

    free: int
    leak: timedelta
    first: timedelta = MINUTE
    longest: timedelta | None = None
    # From how many on the firm is told.
    alarm: int = 0

    def wait(self, level: float) -> timedelta:
        beyond = round(level) - self.free
        if beyond < 0:
            return timedelta(0)
        return min(self.first * 2**beyond, self.longest or timedelta(hours=float(settings.LOGIN_COOLOFF_HOURS)))

    def left(self, level: float, since: timedelta) -> float:
        return max(level - max(since / self.leak, 0), 0)


OF_ACCOUNT_FROM_PLACE = Count(free=5, leak=60 * MINUTE, alarm=10)
OF_ACCOUNT = Count(free=10, leak=60 * MINUTE, alarm=10)
OF_PLACE = Count(free=20, leak=15 * MINUTE, alarm=20)
# Keeps the processor free and a crowd of addresses slow, without closing the door to people in a new place.
OF_ALL = Count(free=100, leak=MINUTE, first=timedelta(seconds=2), longest=timedelta(seconds=10), alarm=100)
# Levels end here, so that a long night of guesses is forgotten by noon.
MOST_BEYOND = 10


@dataclass(frozen=True)
class Turn:
    """A try: when the next one is looked at, where it must wait; what it counted in, and which counts were alarmed."""

    counted: tuple[str, ...] = ()
    until: datetime | None = None
    alarms: tuple[Count, ...] = ()

    @property
    def is_held(self) -> bool:
        """Whether the password may not even be looked at."""
        return not self.counted


def place_of(address: str) -> str:
    """Where an address belongs: IPv6 by its /64, which one subscriber has; others by /24, but one by one in a house."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    found = getattr(found, "ipv4_mapped", None) or found
    prefix = 64 if found.version == 6 else 24 if found.is_global else 32
    return str(ip_network((found, prefix), strict=False))


def take_turn(username: str, address: str, at: datetime, what: str = "password") -> Turn:
    """Count a try of this account from this address; held, uncounted, while it must wait.

    Each kind of secret counts for itself: the right password takes no wrong code back.
    """
    place = place_of(address)
    return count_in(dict(_counts(f"{username} {what}", place, is_known(username, place))), at)


def count_in(counts: dict[str, Count], at: datetime) -> Turn:
    """Count a try in these counts, by their keys; held, uncounted, while it must wait for one of them."""
    with transaction.atomic():
        new = [Guesses(key=key, at=at) for key in counts]
        Guesses.objects.bulk_create(new, ignore_conflicts=True)
        # Always in the same order, which rules out a deadlock.
        rows = list(Guesses.objects.select_for_update().filter(key__in=counts).order_by("key"))
        if until := _until(rows, counts, at):
            return Turn(until=until)
        alarms = tuple(counts[row.key] for row in rows if _count(row, counts[row.key], at))
        Guesses.objects.bulk_update(rows, ("level", "at"))
    return Turn(tuple(counts), _until(rows, counts, at), alarms)


def _until(rows: list[Guesses], counts: dict[str, Count], at: datetime) -> datetime | None:
    waits = ((row.at, counts[row.key].wait(row.level)) for row in rows)
    return max((since + wait for since, wait in waits if wait and since + wait > at), default=None)


def _count(row: Guesses, count: Count, at: datetime) -> bool:
    """Count one more and tell whether it is the one to tell of."""
    before = count.left(row.level, at - row.at)
    row.level, row.at = min(before + 1, count.free + MOST_BEYOND), at
    return round(before) < count.alarm <= round(row.level)


def take_back(turn: Turn) -> None:
    """The password was right: it was no guess."""
    counted = Guesses.objects.filter(key__in=turn.counted)
    counted.filter(key__startswith=ACCOUNT_FROM_PLACE).delete()
    counted.update(level=Greatest(F("level") - 1, 0.0))


def is_known(username: str, place: str) -> bool:
    return KnownPlace.objects.filter(user__username=username, place=place).exists()


def know_place(user: User, address: str, at: datetime) -> None:
    if place := place_of(address):
        KnownPlace.objects.update_or_create(user=user, place=place, defaults={"at": at})


ACCOUNT_FROM_PLACE = "account-place "
# Tries that had to wait: of an account, within an hour.
WAITED = "waited "


def count_waited(user: User | None, at: datetime) -> None:
    """Count a try that was not even looked at: the journal has one line for an account and hour."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    key = f"{WAITED}{hour.isoformat()} {user.pk if user else 0}"
    Guesses.objects.bulk_create([Guesses(key=key, at=hour)], ignore_conflicts=True)
    Guesses.objects.filter(key=key).update(level=F("level") + 1)


def take_waited(before: datetime) -> Iterator[tuple[int, datetime, int]]:
    """The account (0: none that exists), hour and number of tries that had to wait, of hours that are over; once."""
    over = Guesses.objects.filter(key__startswith=WAITED, at__lte=before - timedelta(hours=1))
    # Read first: on SQLite a transaction waits for its turn to write.
    if not over.exists():
        return
    with transaction.atomic():
        rows = list(over.select_for_update(skip_locked=True).order_by("key")[:500])
        Guesses.objects.filter(key__in=[row.key for row in rows]).delete()
        yield from ((int(row.key.rpartition(" ")[2]), row.at, round(row.level)) for row in rows)


def _counts(tried: str, place: str, known: bool) -> Iterator[tuple[str, Count]]:
    account = _unreadable(tried)
    yield f"{ACCOUNT_FROM_PLACE}{account[:32]} {place}", OF_ACCOUNT_FROM_PLACE
    if not known:
        yield f"account {account}", OF_ACCOUNT
        yield f"place {place}", OF_PLACE
        yield "all", OF_ALL


def _unreadable(tried: str) -> str:
    return salted_hmac("fixaloop.accounts.guesses", tried.lower(), algorithm="sha256").hexdigest()
