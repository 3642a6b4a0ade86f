"""Work in the background: taken by one worker, stopped on demand, resumed when its worker died."""

import time
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db.models import F, QuerySet
from django.utils import timezone

from fixaloop.models import Job

AnyJob = TypeVar("AnyJob", bound=Job)

# A worker gives a sign of life every second or two; the last step of a file may take longer.
SILENT = timedelta(minutes=2)
RESTARTED = timedelta(seconds=15)
MOST_ATTEMPTS = 3
OPEN = (Job.State.WAITING, Job.State.RUNNING)
BEAT_SECONDS = 1.0


class Stopped(Exception):
    """The job was stopped, or another worker has taken it over: its work is thrown away."""


class Beat(Generic[AnyJob]):
    """The signs of life of a running job: `tell` writes its progress every second, and raises Stopped."""

    def __init__(self, job: AnyJob) -> None:
        self.job = job
        self._next = 0.0

    def tell(self, done: int, total: int | None = None) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + BEAT_SECONDS
        self.keep(done=done, total=self.job.total if total is None else total, beat_at=timezone.now())

    def keep(self, **values: object) -> None:
        """Write columns of the job while it is still ours. Raises Stopped."""
        jobs = type(self.job)._default_manager
        mine = jobs.filter(pk=self.job.pk, state=Job.State.RUNNING, attempts=self.job.attempts)
        if not mine.update(**values):
            raise Stopped


def take(jobs: QuerySet[AnyJob], pk: int, at: datetime) -> AnyJob | None:
    """Take a waiting job; None if another worker has it or it was stopped."""
    waiting = jobs.filter(pk=pk, state=Job.State.WAITING)
    if not waiting.update(state=Job.State.RUNNING, attempts=F("attempts") + 1, beat_at=at, done=0, error=""):
        return None
    return jobs.select_related("by").get(pk=pk)


def cancel(job: Job, at: datetime) -> None:
    """Stop an unfinished job. Its worker is told at the next beat; an import that writes already goes to its end."""
    type(job)._default_manager.filter(pk=job.pk, state__in=OPEN).update(state=Job.State.CANCELLED, finished_at=at)


def orphans(jobs: QuerySet[AnyJob], at: datetime, silent: timedelta = SILENT) -> QuerySet[AnyJob]:
    return jobs.filter(state=Job.State.RUNNING, beat_at__lt=at - silent)


def is_orphan(job: Job, at: datetime) -> bool:
    return job.state == Job.State.RUNNING and job.beat_at is not None and job.beat_at < at - SILENT
