"""How long jobs waited until today, as their history tells it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import migrations

BATCH = 500
HELD = "on_hold"


def measure(apps: Any, schema_editor: Any) -> None:
    jobs = apps.get_model("interventions", "Intervention").objects
    history = apps.get_model("interventions", "HistoricalIntervention").objects
    held = set(jobs.filter(state=HELD).values_list("pk", flat=True))
    held |= set(history.filter(state=HELD).order_by().values_list("id", flat=True).distinct())
    keys = sorted(held)
    for start in range(0, len(keys), BATCH):
        some = keys[start : start + BATCH]
        told: dict[int, list[Any]] = {}
        for record in history.filter(id__in=some).order_by("history_date", "history_id"):
            told.setdefault(record.id, []).append(record)
        found = list(jobs.filter(pk__in=some, started_at__isnull=False))
        for job in found:
            _measure(job, told.get(job.pk, []))
        jobs.bulk_update(found, ["waiting_since", "waited"], batch_size=BATCH)
        # So that the next change does not seem to have brought it.
        last = [_copy(job, told[job.pk][-1]) for job in found if job.pk in told]
        history.bulk_update(last, ["waiting_since", "waited"], batch_size=BATCH)


def _measure(job: Any, records: list[Any]) -> None:
    since, waited = None, timedelta(0)
    for began, ended in _waits(records):
        since = max(began, job.started_at)
        if ended:
            waited += max(min(ended, job.finished_at or ended) - since, timedelta(0))
    if job.state == HELD:
        job.waiting_since = since or max(job.updated_at, job.started_at)
    job.waited = waited


def _waits(records: list[Any]) -> Iterator[tuple[Any, Any]]:
    """When each wait began and ended; the last one may still last."""
    since = None
    for record in records:
        if record.state == HELD:
            since = since or record.history_date
        elif since:
            yield since, record.history_date
            since = None
    if since:
        yield since, None


def _copy(job: Any, record: Any) -> Any:
    record.waiting_since, record.waited = job.waiting_since, job.waited
    return record


class Migration(migrations.Migration):
    dependencies = (("interventions", "0006_time_worked_and_waited"),)
    operations = (migrations.RunPython(measure, migrations.RunPython.noop, elidable=True),)
