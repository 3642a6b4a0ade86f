"""Exports too long to wait for: asked for on a page, written by the worker, kept a day for their author."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Generator
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.http import Http404
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task

from fixaloop.databases.replica import read_by_worker
from fixaloop.exports.workbook import KEPT, filters_of, write_list
from fixaloop.files import stored
from fixaloop.jobs import MOST_ATTEMPTS, OPEN, SILENT, Beat, Stopped, is_orphan, orphans, take
from fixaloop.lists.addresses import page_at
from fixaloop.models import ExportJob
from fixaloop.records.refusal import Refused

if TYPE_CHECKING:
    from fixaloop.lists.page import ListPage

logger = logging.getLogger("fixaloop.exports")
State = ExportJob.State
EMPTY_KEPT = timedelta(days=7)
FOLDER = "exports"
MOST_AT_ONCE = 5


def ask(page: ListPage) -> ExportJob:
    """Have a list page written by the worker. Asked twice, it is one job, restarted if its worker died.

    Raises Refused where this person has as many under way as one may have.
    """
    request = page.request
    asked = {"by": request.user, "path": request.path, "query": request.META.get("QUERY_STRING", "")}
    current = ExportJob.objects.filter(**asked, state__in=OPEN).first()
    if current is not None:
        if is_orphan(current, timezone.now()):
            restart(current)
        return current
    if ExportJob.objects.filter(by=request.user.pk, state__in=OPEN).count() >= MOST_AT_ONCE:
        raise Refused([_("Vos exports se préparent déjà à plusieurs : attendez que l’un finisse, ou arrêtez-le.")])
    job = ExportJob.objects.create(
        **asked,
        title=str(page.title),
        filters=[list(pair) for pair in filters_of(page)],
        language=translation.get_language() or "fr",
        created_at=timezone.now(),
    )
    run_export.enqueue(job.pk)
    return job


@task()
def run_export(pk: int) -> None:
    job = take(ExportJob.objects.all(), pk, timezone.now())
    if job is None:
        return
    beat = Beat(job)
    try:
        with translation.override(job.language):
            read_by_worker(lambda: _write(job, beat))
    except Stopped:
        logger.info("export %s stopped", pk)
    except (Http404, PermissionDenied):
        _fail(beat, _("Cette liste n’est plus accessible."))
    except OSError as error:
        logger.warning("export %s: %s", pk, error)
        _fail(beat, _("Le fichier n’a pas pu être écrit : %(reason)s.") % {"reason": stored.reason_of(error)})
    except Exception:
        _fail(beat, _("L’export a échoué ; l’administrateur en trouvera la raison dans le journal."))
        raise


def _write(job: ExportJob, beat: Beat[ExportJob]) -> None:
    page = page_of(job)
    job.total = page.count_records()
    beat.keep(total=job.total)

    def told(rows: Generator[Any, None, None]) -> Generator[Any, None, None]:
        # Stopped in the middle, the cursor must not outlive its connection.
        with closing(rows):
            for done, row in enumerate(rows):
                beat.tell(done)
                yield row

    with tempfile.TemporaryFile() as file:
        written = write_list(file, page, told(page.records()))
        size = file.seek(0, os.SEEK_END)
        name = stored.keep(FOLDER, ".xlsx", File(file))
    now = timezone.now()
    values = {"state": State.DONE, "done": written, "total": written, "file": name, "size": size}
    try:
        beat.keep(**values, finished_at=now, expires_at=now + KEPT)
    except Stopped:
        stored.discard(name)
        raise


def page_of(job: ExportJob) -> ListPage:
    """The list page of a job, with the permissions its author has now. Raises PermissionDenied, Http404."""
    return page_at(job.path, job.query, job.by)


def _fail(beat: Beat[ExportJob], reason: str) -> None:
    try:
        beat.keep(state=State.FAILED, error=reason, finished_at=timezone.now())
    except Stopped:
        logger.info("export %s stopped", beat.job.pk)


def restart(job: ExportJob) -> None:
    """Begin again what failed, was stopped, or lost its worker; nothing else."""
    mine = ExportJob.objects.filter(pk=job.pk)
    ended = mine.filter(state__in=(State.FAILED, State.CANCELLED)) | orphans(mine, timezone.now())
    if ended.update(state=State.WAITING, error="", finished_at=None):
        run_export.enqueue(job.pk)


def resume_orphans(at: datetime, silent: timedelta = SILENT) -> int:
    """Restart the jobs whose worker died, and return their number; after three attempts they have failed."""
    resumed = 0
    for job in orphans(ExportJob.objects.all(), at, silent):
        mine = ExportJob.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts)
        if job.attempts >= MOST_ATTEMPTS:
            reason = _("Interrompu trois fois : restreignez la liste, ou appelez l’administrateur.")
            mine.update(state=State.FAILED, error=reason, finished_at=at)
        else:
            with transaction.atomic():
                if mine.update(state=State.WAITING):
                    run_export.enqueue(job.pk)
                    resumed += 1
    return resumed


def delete(*jobs: ExportJob) -> None:
    stored.discard(*(job.file.name for job in jobs))
    for job in jobs:
        job.delete()


def delete_finished() -> None:
    """Delete all exports but those under way: they hold somebody who has just been forgotten."""
    delete(*ExportJob.objects.exclude(state__in=OPEN))


def delete_expired(at: datetime) -> int:
    """Delete expired exports, week-old ones without a file, and files without a job. Returns the number of exports."""
    without_file = ExportJob.objects.filter(file="", created_at__lt=at - EMPTY_KEPT)
    expired = list(ExportJob.objects.filter(expires_at__lt=at) | without_file)
    delete(*expired)
    stored.delete_strays(FOLDER, set(ExportJob.objects.exclude(file="").values_list("file", flat=True)), at)
    return len(expired)
