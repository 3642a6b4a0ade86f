"""Imports from the browser: a file is kept for its author, then simulated and imported by the worker."""

import logging
import tempfile
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from django.contrib.auth.models import User
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task

from fixaloop.files import stored
from fixaloop.imports.columns import Columns, HeaderError
from fixaloop.imports.importer import BadOption, Importer, Options
from fixaloop.imports.kinds import importer_of, rights_of
from fixaloop.imports.opening import (
    OPENS_AT_ONCE,
    failure_to_keep,
    is_known,
    is_light,
    must_be_opened,
    opened,
    pause_to_keep,
    to_keep,
)
from fixaloop.imports.report import Report
from fixaloop.imports.run import FAILURES, Outcome, run_import
from fixaloop.imports.spreadsheets import unwritten, write_refused
from fixaloop.jobs import OPEN, SILENT, Beat, Stopped, orphans, take
from fixaloop.models import ImportBatch, ImportJob
from fixaloop.tables import Table

logger = logging.getLogger("fixaloop.imports")
FOLDER = "imports"
KEPT = timedelta(days=7)
REMARKS = 500
# The longest that writing a row takes.
WRITING = timedelta(milliseconds=4)


def receive(file: UploadedFile, kind: str, by: User, at: datetime) -> ImportJob:
    """Keep a file that was sent. Raises OSError; nothing is left of a file that fails."""
    name = Path(file.name or "fichier").name
    known = OPENS_AT_ONCE if is_light(file) else {}
    kept = stored.keep(FOLDER, Path(name).suffix.lower()[:10], file)
    try:
        return ImportJob.objects.create(
            by=by,
            kind=kind,
            file_name=name[-255:],
            file=kept,
            opened=known,
            state=ImportJob.State.DRAFT,
            language=translation.get_language() or "fr",
            created_at=at,
        )
    except BaseException:
        stored.discard(kept)
        raise


def understand(job: ImportJob) -> tuple[type[Importer], Table, Columns]:
    """How the file of a job would be read. Raises one of FAILURES, but not if no heading is understood."""
    importer_class = _importer(job)
    importer = importer_class(options_of(job))
    with _own_file(job, importer.options) as path:
        table = opened(job.opened, importer, path)
        try:
            return importer_class, table, importer.understand(table)
        except HeaderError:
            return importer_class, table, Columns({}, tuple(filter(None, table.headers)))


def _own_file(job: ImportJob, options: Options) -> AbstractContextManager[Path]:
    return nullcontext(Path()) if is_known(job.opened, options) else stored.on_disk(job.file.name)


def open_first(job: ImportJob) -> None:
    """Have a large file opened by the worker, if it has not been yet; after that the job is as it was."""
    if job.batch_id or job.state in OPEN or not must_be_opened(job.opened, options_of(job), timezone.now()):
        return
    idle = ImportJob.objects.filter(pk=job.pk, batch=None).exclude(state__in=OPEN)
    if idle.update(state=ImportJob.State.WAITING, opened={"after": job.state}, done=0, total=0):
        open_file.enqueue(job.pk)
        job.refresh_from_db()


@task()
def open_file(pk: int) -> None:
    job = take(ImportJob.objects.all(), pk, timezone.now())
    if job is None:
        return
    with translation.override(job.language):
        found = _open(job)
    mine = ImportJob.objects.filter(pk=job.pk, attempts=job.attempts, state=ImportJob.State.RUNNING)
    mine.update(state=job.opened.get("after", ImportJob.State.DRAFT), opened=found)


def _open(job: ImportJob) -> dict[str, Any]:
    options = options_of(job)
    if job.opened == OPENS_AT_ONCE:
        return OPENS_AT_ONCE
    try:
        importer = _importer(job)(options)
        with stored.on_disk(job.file.name) as path:
            return to_keep(importer.open(path), options)
    except FAILURES as error:
        return failure_to_keep(say_failure(error, job), options)
    except OSError as error:
        return pause_to_keep(stored.reason_of(error), options, timezone.now())


def say_failure(error: Exception, job: ImportJob) -> str:
    """What it says, with the file called as its sender calls it and not as it is stored."""
    return str(error).replace(PurePosixPath(job.file.name).name, job.file_name)


def options_of(job: ImportJob) -> Options:
    known = {name: value for name, value in job.options.items() if name in Options.__dataclass_fields__}
    return Options(**known, corrections=job.corrections, by=job.by, dry_run=job.simulated)


def start(job: ImportJob, options: dict[str, Any], at: datetime, *, simulated: bool, **more: Any) -> bool:
    """Give a job to the worker, with `more` columns to keep; False if it is waiting, running or imported already."""
    state = ImportJob.State
    mine = ImportJob.objects.filter(pk=job.pk, batch=None)
    idle = mine.exclude(state__in=(state.WAITING, state.RUNNING)) | orphans(mine, at)
    values = {"options": options, "simulated": simulated, "report": {}, "error": "", "finished_at": None, **more}
    # The last run’s progress is not this one’s.
    values |= {"done": 0, "total": 0}
    if not idle.update(state=state.WAITING, **values):
        return False
    run_job.enqueue(job.pk)
    return True


@task()
def run_job(pk: int) -> None:
    job = take(ImportJob.objects.all(), pk, timezone.now())
    if job is None:
        return
    beat = Beat(job)
    with translation.override(job.language), ExitStack() as until_the_end:
        try:
            path = until_the_end.enter_context(stored.on_disk(job.file.name))
            outcome = _run(job, beat, path)
        except Stopped:
            logger.info("import %s stopped", pk)
        except FAILURES as error:
            _finish(job, state=ImportJob.State.FAILED, error=say_failure(error, job), opened=_open(job))
        except stored.Unavailable as error:
            reason = _("Rien n’est enregistré (%(reason)s).")
            _finish(job, state=ImportJob.State.FAILED, error=reason % {"reason": error})
        except (OSError, OperationalError) as error:
            logger.exception("import %s", pk)
            reason = _("Le disque ou la base n’a pas pu écrire (%(reason)s) : rien n’est enregistré.")
            _finish(job, state=ImportJob.State.FAILED, error=reason % {"reason": error})
        except Exception:
            reason = _(
                "L’import a échoué, rien n’est enregistré ; l’administrateur en trouvera la raison dans le journal."
            )
            _finish(job, state=ImportJob.State.FAILED, error=reason)
            raise
        else:
            _conclude(job, outcome)


def _run(job: ImportJob, beat: Beat[ImportJob], path: Path) -> Outcome:
    importer_class = _importer(job)
    options = options_of(job)
    if not job.by.is_active or not job.by.has_perms(rights_of(importer_class, options.mode)):
        raise BadOption(_("Vous n’avez plus le droit d’importer ces fiches."))

    def told(done: int, total: int) -> None:
        if done < total:
            beat.tell(done, total)
        else:
            # What comes now is one transaction: nothing is heard of it before its end.
            beat.keep(done=done, total=total, beat_at=timezone.now() + WRITING * total)

    return run_import(importer_class(options), path, timezone.now(), told, name=job.file_name)


def _conclude(job: ImportJob, outcome: Outcome) -> None:
    """Keep the report, and write the refused rows. What is imported cannot be stopped any more."""
    refused, problem = "", ""
    if outcome.refused:
        try:
            refused = _keep_refused(outcome)
        except OSError as error:
            problem = unwritten(error)
    report = outcome.report
    finished = _finish(
        job,
        state=ImportJob.State.DONE,
        report=_summary(report),
        opened=OPENS_AT_ONCE if job.opened == OPENS_AT_ONCE else to_keep(outcome.table, options_of(job)),
        refused=refused,
        error=problem,
        batch_id=report.batch,
        done=report.read,
        total=report.read,
    )
    stored.discard(job.refused.name if finished else refused)


def _keep_refused(outcome: Outcome) -> str:
    with tempfile.TemporaryFile() as file:
        write_refused(file, outcome)
        return stored.keep(FOLDER, ".xlsx", File(file))


def _summary(report: Report) -> dict[str, Any]:
    """What the page shows of a report: the counts, the first remarks, and how many there are."""
    return {
        "understood": report.understood,
        "read": report.read,
        "counts": {action.value: count for action, count in report.counts.items()},
        "errors": [asdict(issue) for issue in report.errors[:REMARKS]],
        "error_count": len(report.errors),
        "warnings": [asdict(issue) for issue in report.warnings[:REMARKS]],
        "warning_count": len(report.warnings),
        "rows": report.rows,
        "sheet": report.sheet,
        "written": report.written,
        "aborted": bool(report.refused) and report.exit_code == 2,
    }


def _finish(job: ImportJob, **values: Any) -> bool:
    """Whether the job was still there, and ours to finish."""
    mine = ImportJob.objects.filter(pk=job.pk, attempts=job.attempts)
    return bool(mine.update(finished_at=timezone.now(), **values))


def give_up_orphans(at: datetime, silent: timedelta = SILENT) -> int:
    """Mark jobs whose worker died as failed: their authors decide whether to start again."""
    reason = _("Interrompu. Vous pouvez relancer : ce qui serait déjà enregistré ne le sera pas deux fois.")
    jobs = orphans(ImportJob.objects.all(), at, silent)
    # Read first: on SQLite an update that changes nothing waits for its turn to write too.
    return jobs.update(state=ImportJob.State.FAILED, error=reason, finished_at=at) if jobs.exists() else 0


def delete(*jobs: ImportJob) -> None:
    """Delete jobs with their files. What they imported stays."""
    stored.discard(*(name for job in jobs for name in (job.file.name, job.refused.name)))
    for job in jobs:
        job.delete()


def delete_served(batch: ImportBatch | None = None) -> None:
    """Delete the files, refused rows and reports of what was imported, or of one batch; the batches stay."""
    served = ImportJob.objects.exclude(batch=None) if batch is None else ImportJob.objects.filter(batch=batch)
    delete(*served.exclude(state__in=OPEN))


def delete_old(at: datetime) -> int:
    """Delete the jobs sent more than a week ago, and files without a job; return how many jobs."""
    old = list(ImportJob.objects.filter(created_at__lt=at - KEPT))
    delete(*old)
    names = ImportJob.objects.values_list("file", "refused")
    stored.delete_strays(FOLDER, {name for pair in names for name in pair if name}, at)
    return len(old)


def _importer(job: ImportJob) -> type[Importer]:
    importer = importer_of(job.kind)
    if importer is None:
        raise BadOption(_("Cette nature de fiches ne s’importe plus."))
    return importer
