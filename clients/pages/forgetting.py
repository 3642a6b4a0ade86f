"""Forgetting many clients, in the worker: one transaction for each, so that one refusal stops no other."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task

from clients.lists.due import FORGET, DueFilter
from clients.models import Client, ForgettingJob
from clients.privacy import anonymize_if_due
from clients.reference import CLIENT
from clients.services.due import quiet, ready
from fixaloop.jobs import OPEN, Beat, Stopped, is_orphan, take
from fixaloop.records.refusal import Refused

BATCH = 200
# So many refusals are kept to be shown.
MOST_REFUSED = 500


def chosen(user: Any, query: str, keys: Sequence[int]) -> QuerySet[Client]:
    """The clients with these keys or, without keys, those that the filters of the list find and nothing keeps."""
    at = timezone.now()
    if keys:
        return Client.objects.filter(pk__in=keys, anonymized_at=None)
    request = HttpRequest()
    request.user = user
    filters = DueFilter(QueryDict(query), queryset=quiet(at), request=request, at=at)
    return ready(filters.qs, at) if filters.is_valid() else Client.objects.none()


def ask(user: User, query: str, keys: Sequence[int]) -> ForgettingJob:
    """Have them forgotten by the worker. While a job of this person is open, it is that one."""
    at = timezone.now()
    for job in ForgettingJob.objects.filter(by=user, state__in=OPEN):
        if not is_orphan(job, at):
            return job
    job = ForgettingJob.objects.create(
        by=user, query=query, keys=list(keys), language=translation.get_language() or "fr", created_at=at
    )
    run_forgetting.enqueue(job.pk)
    return job


@task()
def run_forgetting(pk: int) -> None:
    job = take(ForgettingJob.objects.all(), pk, timezone.now())
    if job is None:
        return
    beat = Beat(job)
    with translation.override(job.language):
        if not job.by.is_active or not job.by.has_perm(FORGET):
            _finish(job, ForgettingJob.State.FAILED, _("Vous n’avez plus le droit d’anonymiser ces clients."))
            return
        try:
            _forget(job, beat)
        except Stopped:
            _finish(job, ForgettingJob.State.CANCELLED)
        except Exception:
            reason = _("L’oubli s’est arrêté ; ce qui est fait le reste, et l’administrateur en trouvera la raison.")
            _finish(job, ForgettingJob.State.FAILED, reason)
            raise
        else:
            _finish(job, ForgettingJob.State.DONE)


def _forget(job: ForgettingJob, beat: Beat[ForgettingJob]) -> None:
    job.done, job.total = 0, chosen(job.by, job.query, job.keys).order_by().count()
    beat.keep(total=job.total)
    for done, client in enumerate(_in_turn(job), 1):
        try:
            anonymize_if_due(client, by=job.by, at=timezone.now())
        except Refused as refusal:
            _refuse(job, client, [str(sentence) for sentence in refusal.obstacles])
        else:
            job.forgotten += 1
        job.done = done
        beat.tell(done)


def _in_turn(job: ForgettingJob) -> Iterator[Client]:
    """By key, some at a time: those that are refused do not come again."""
    last = 0
    while True:
        rows = chosen(job.by, job.query, job.keys).filter(pk__gt=last).order_by("pk")
        keys = list(rows.values_list("pk", flat=True)[:BATCH])
        if not keys:
            return
        yield from Client.objects.filter(pk__in=keys).order_by("pk")
        last = keys[-1]


def _refuse(job: ForgettingJob, client: Client, reasons: Sequence[str]) -> None:
    if len(job.refused) < MOST_REFUSED:
        job.refused.append([client.number, "; ".join(reasons)])


def _finish(job: ForgettingJob, state: str, error: str = "") -> None:
    """Keep what was done, unless another worker has taken it over."""
    # What was searched for may be a name.
    told = {"done": job.done, "forgotten": job.forgotten, "refused": job.refused, "query": ""}
    mine = ForgettingJob.objects.filter(pk=job.pk, attempts=job.attempts)
    mine.update(state=state, error=error, finished_at=timezone.now(), **told)


def refusals(job: ForgettingJob) -> list[tuple[str, str]]:
    return [(CLIENT.show(number), reason) for number, reason in job.refused]
