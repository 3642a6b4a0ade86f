"""Timelines are told what happened to interventions before services did: from their history and payments."""

from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.db import migrations, transaction
from django.db.models import Max, Min
from django.utils import timezone

from fixaloop.records.bulk import insert
from fixaloop.words.dates import start_of

BATCH = 1_000
# Real times, where a step has one of its own.
TIMES = {"job_start": "started_at", "job_hold": "waiting_since", "job_finish": "finished_at"}
STEPS = {
    ("to_plan", "planned"): "job_plan",
    ("to_plan", "in_progress"): "job_start",
    ("planned", "in_progress"): "job_start",
    ("on_hold", "in_progress"): "job_resume",
    ("done", "in_progress"): "job_reopen",
    ("cancelled", "to_plan"): "job_reopen",
}
REACHED = {
    "to_plan": "job_created",
    "planned": "job_plan",
    "in_progress": "job_start",
    "on_hold": "job_hold",
    "done": "job_finish",
    "closed": "job_close",
    "cancelled": "job_cancel",
}
PAYMENTS = {"refund": "job_refunded", "correction": "job_corrected", "rejection": "job_rejected"}
COLUMNS = (
    *("id", "state", "state_reason", "history_date", "history_change_reason", "history_user_id", "created_at"),
    *("started_at", "waiting_since", "finished_at", "quote_amount", "agreed_amount", "agreed_on", "agreed_how"),
)
# What stands for the reason of a forgotten client.
FORGOTTEN = "anonymisé"


class Job(NamedTuple):
    number: int
    client: int
    vehicle: int | None
    finished_at: datetime | None


def fill(apps: Any, schema_editor: Any) -> None:
    """Some interventions at a time, each on its own, so that nobody waits for the table."""
    jobs = apps.get_model("interventions", "Intervention").objects.order_by()
    ends = jobs.aggregate(first=Min("pk"), last=Max("pk"))
    begun = apps.get_model("access", "Event").objects.filter(kind="job").exists()
    for start in range(ends["first"] or 0, (ends["last"] or -1) + 1, BATCH):
        with transaction.atomic():
            rows = jobs.filter(pk__gte=start, pk__lt=start + BATCH)
            some = {pk: Job(*row) for pk, *row in rows.values_list("pk", "number", "client", "vehicle", "finished_at")}
            _tell(apps, _untold(apps, some) if begun else some)


def _untold(apps: Any, jobs: dict[int, Job]) -> dict[int, Job]:
    """The interventions that no event tells of yet: one that was interrupted goes on."""
    events = apps.get_model("access", "Event").objects.filter(client__in={job.client for job in jobs.values()})
    told = events.filter(kind__in=("job", "payment")).exclude(said="").order_by().values_list("inputs", flat=True)
    numbers = {inputs.get("intervention") for inputs in told.iterator(5_000)}
    return {pk: job for pk, job in jobs.items() if job.number not in numbers}


def _tell(apps: Any, jobs: dict[int, Job]) -> None:
    if not jobs:
        return
    history = apps.get_model("interventions", "HistoricalIntervention").objects
    lines = history.filter(id__gte=min(jobs), id__lte=max(jobs)).exclude(history_type="-")
    lines = lines.order_by("id", "history_date", "history_id").values_list(*COLUMNS, named=True)
    told = []
    for pk, past in groupby(lines, key=lambda line: line.id):
        if pk in jobs:
            told += [_event(jobs[pk], *what) for what in _changes(list(past))]
    payments = apps.get_model("interventions", "InterventionPayment").objects.filter(intervention__in=jobs)
    for payment in payments.order_by("pk"):
        told.append(_event(jobs[payment.intervention_id], *_paid(payment, jobs[payment.intervention_id])))
    insert(apps.get_model("access", "Event"), told)


def _changes(past: list[Any]) -> list[tuple[Any, ...]]:
    """Code, time, author, text, values and kind of what each line of a history changed."""
    found = []
    for before, line in zip([None, *past], past, strict=False):
        if before is None or before.state != line.state:
            found.append(_step(before, line))
        found += [(said, line.history_date, line.history_user_id, "", values) for said, values in _offers(before, line)]
    return found


def _step(before: Any, line: Any) -> tuple[Any, ...]:
    said = STEPS.get((before.state, line.state)) if before else None
    said = said or REACHED[line.state]
    at = _real_time(said, before, line)
    text = line.state_reason if said in ("job_hold", "job_cancel") else ""
    if said == "job_reopen":
        text = (line.history_change_reason or "").partition("\N{NO-BREAK SPACE}: ")[2]
    return said, at, line.history_user_id, "" if text == FORGOTTEN else text, {}


def _real_time(said: str, before: Any, line: Any) -> datetime:
    """When a step was made: what came with its past was made when its columns say."""
    column = TIMES.get(said, "")
    told: datetime | None = getattr(line, column, None)
    if before is None:
        return told or (line.finished_at if said == "job_close" else None) or line.created_at
    return line.history_date if told is None or told == getattr(before, column) else told


def _offers(before: Any, line: Any) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    if line.quote_amount != (before and before.quote_amount):
        quoted = line.quote_amount is not None
        found.append(("job_quote", {"amount": str(line.quote_amount)}) if quoted else ("job_unquoted", {}))
    agreed = (line.agreed_amount, line.agreed_on, line.agreed_how)
    if line.agreed_amount is not None and agreed != (
        before and (before.agreed_amount, before.agreed_on, before.agreed_how)
    ):
        values = {"amount": str(line.agreed_amount), "day": str(line.agreed_on), "how": line.agreed_how}
        found.append(("job_agreed", values))
    return found


def _paid(payment: Any, job: Job) -> tuple[Any, ...]:
    said = PAYMENTS.get(payment.kind, "job_paid")
    values = {"amount": str(abs(payment.amount)), "method": payment.method}
    moments = (payment.created_at, job.finished_at)
    same = (moment for moment in moments if moment and timezone.localdate(moment) == payment.paid_on)
    at = next(same, None) or start_of(payment.paid_on)
    return said, at, payment.by_id, "", values, "payment"


def _event(
    job: Job, said: str, at: datetime, by: int | None, text: str, values: dict[str, Any], kind: str = "job"
) -> dict[str, Any]:
    return {
        "at": at,
        "recorded_at": timezone.now(),
        "kind": kind,
        "said": said,
        "text": text[:300],
        "actor_id": by,
        "client_id": job.client,
        "vehicle_id": job.vehicle,
        "inputs": {"intervention": job.number, **values},
        "reasons": [],
        "anomalies": [],
        "direction": "",
        "plate_read": "",
    }


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("interventions", "0015_fee_and_agreement"), ("access", "0020_said"))
    operations = (migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),)
