"""Which workers live: each writes a sign of life every few seconds, in the middle of a long task too."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from django.db import Error, connection
from django.db.models import Max, QuerySet
from django.utils import timezone

from fixaloop.models import Counter, ImportJob
from fixaloop.records.deadlines import busy_for

WORKER = "worker "
EVERY = timedelta(seconds=15)
# After so long without a sign, whoever gave them is dead.
DEAD = timedelta(minutes=2)
# Let go before its worker counts as dead, so that whoever takes up the task may have it.
HELD = timedelta(seconds=90)
# A day later nobody asks about a dead worker any more.
FORGOTTEN = timedelta(days=1)
# Seconds that a sign waits for its turn to write on SQLite: the next one comes soon.
SHORT = 1.0


def beat(name: str, at: datetime) -> None:
    Counter.objects.update_or_create(name=name, defaults={"value": _stamp(at)})


@contextmanager
def beating(name: str) -> Iterator[None]:
    """Give signs of life from beside, while the work has no time for them."""
    is_over = Event()
    beside = Thread(target=_beat_beside, args=(name, is_over), daemon=True)
    beside.start()
    try:
        yield
    finally:
        is_over.set()
        beside.join()


def _beat_beside(name: str, is_over: Event) -> None:
    while not is_over.wait(EVERY.total_seconds()):
        try:
            with busy_for(SHORT):
                beat(name, timezone.now())
        except Error:
            # Whoever works says that the database is away.
            continue
        finally:
            connection.close()


@contextmanager
def alone(name: str, at: datetime) -> Iterator[bool]:
    """Whether this process has what only one at a time may do: nobody has it, or whoever had it is dead."""
    Counter.objects.get_or_create(name=name)
    if not Counter.objects.filter(name=name, value__lt=_stamp(at - HELD)).update(value=_stamp(at)):
        yield False
        return
    try:
        with beating(name):
            yield True
    finally:
        Counter.objects.filter(name=name).update(value=0)


def alive(at: datetime) -> set[str]:
    return set(_workers().filter(value__gte=_stamp(at - DEAD)).values_list("name", flat=True))


def last_sign() -> datetime | None:
    """When a worker last gave a sign of life; None where there was none for a day.

    An import that writes on SQLite lets nobody else write: it has said until when it may take.
    """
    seconds = _workers().aggregate(last=Max("value"))["last"]
    running = ImportJob.objects.filter(state=ImportJob.State.RUNNING).aggregate(last=Max("beat_at"))["last"]
    signs = [] if seconds is None else [datetime.fromtimestamp(seconds, UTC)]
    return max([*signs, running] if running else signs, default=None)


def forget_dead(at: datetime) -> None:
    _workers().filter(value__lt=_stamp(at - FORGOTTEN)).delete()


def _workers() -> QuerySet[Counter]:
    return Counter.objects.filter(name__startswith=WORKER)


def _stamp(at: datetime) -> int:
    return int(at.timestamp())
