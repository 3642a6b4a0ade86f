"""Files, and tracebacks of jobs, that may hold somebody who has just been forgotten."""

from django_tasks_db.models import DBTaskResult

from fixaloop.exports.jobs import delete_finished
from fixaloop.imports.jobs import delete_served


def forget_files() -> None:
    """Delete the exports that are ready and the files that were imported, whoever they hold: none is worth a search.

    A file that waits to be imported stays, at most a week. A traceback may quote a value.
    """
    delete_finished()
    delete_served()
    DBTaskResult.objects.exclude(traceback="").update(traceback="")
