"""What Prometheus is told of the installation when it asks: queue, workers, jobs, letters, database, disk."""

import platform
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import django
from django.conf import settings
from django.db import Error, connection
from django.db.models import Count, Min
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from fixaloop.installation.marks import NIGHTLY
from fixaloop.models import Counter, ExportJob, ImportJob, Job
from fixaloop.notices.models import Letter
from fixaloop.worker.life import alive, last_sign

JOBS: dict[str, type[Job]] = {"export": ExportJob, "import": ImportJob}
JOB_STATES = (Job.State.WAITING, Job.State.RUNNING, Job.State.FAILED)
LETTER_STATES = (Letter.State.WAITING, Letter.State.FAILED, Letter.State.UNSURE)


class Figures(Collector):
    def collect(self) -> Iterator[Metric]:
        at = timezone.now()
        yield _gauge("build_info", "What runs", ("version", "django", "python", "database"), {_build(): 1})
        yield _one("disk_free_bytes", "Room in the data folder", shutil.disk_usage(settings.VAR_DIR).free)
        try:
            found = [*_queue(at), *_workers(at), _jobs(), _letters(), *_connections()]
        except Error:
            found = []
        yield _one("database_up", "1 where the database has told all the others", int(bool(found)))
        yield from found


FIGURES = CollectorRegistry()
FIGURES.register(Figures())


def _queue(at: datetime) -> Iterator[Metric]:
    waiting = DBTaskResult.objects.ready().aggregate(count=Count("pk"), oldest=Min("enqueued_at"))
    age = (at - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0
    yield _one("tasks_waiting", "Tasks that no worker has begun", waiting["count"])
    yield _one("task_oldest_seconds", "For how long the oldest of them has waited", age)


def _workers(at: datetime) -> Iterator[Metric]:
    sign = last_sign()
    silent = max((at - sign).total_seconds(), 0) if sign else float("inf")
    yield _one("workers", "Workers with a sign of life in the last two minutes, on all machines", len(alive(at)))
    yield _one("worker_silent_seconds", "Since the last sign of life of any worker", silent)
    night = Counter.objects.filter(pk=NIGHTLY).values_list("value", flat=True).first()
    yield _one("night_done_timestamp_seconds", "When the work of a night was done last", night or 0)


def _jobs() -> Metric:
    """Jobs are kept for a week at most."""
    counts = {
        (kind, state.value): model._default_manager.filter(state=state).count()
        for kind, model in JOBS.items()
        for state in JOB_STATES
    }
    return _gauge("jobs", "Exports and imports of the last days", ("kind", "state"), counts)


def _letters() -> Metric:
    counts = {(state.value,): Letter.objects.filter(state=state).count() for state in LETTER_STATES}
    return _gauge("letters", "E-mails in the outbox", ("state",), counts)


def _connections() -> Iterator[Metric]:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity")
        used, most = cursor.fetchone()
    yield _one("database_connections", "Connections to the server of the database", used)
    yield _one("database_connections_most", "How many it takes", most)


@cache
def _build() -> tuple[str, ...]:
    version = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return (version, django.get_version(), platform.python_version(), connection.vendor)


def _one(name: str, told: str, value: float) -> Metric:
    return _gauge(name, told, (), {(): value})


def _gauge(name: str, told: str, labels: Sequence[str], samples: Mapping[Any, float]) -> Metric:
    metric = GaugeMetricFamily(f"fixaloop_{name}", told, labels=labels)
    for values, value in samples.items():
        metric.add_metric(values, value)
    return metric
