"""Tasks whose worker died: another one takes them up."""

from datetime import datetime

from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from fixaloop.jobs import MOST_ATTEMPTS
from fixaloop.worker.life import DEAD, alive


def take_up(at: datetime) -> int:
    """Let tasks of dead workers wait anew; return how many. After three attempts they have failed.

    All may be begun again: those of a job do nothing unless the job waits.
    """
    taken = 0
    living = alive(at)
    for task in DBTaskResult.objects.running().filter(started_at__lt=at - DEAD).order_by("started_at"):
        if task.worker_ids[-1] in living:
            continue
        mine = DBTaskResult.objects.filter(pk=task.pk, status=TaskResultStatus.RUNNING, started_at=task.started_at)
        if len(task.worker_ids) >= MOST_ATTEMPTS:
            mine.update(status=TaskResultStatus.FAILED, finished_at=at)
        else:
            taken += mine.update(status=TaskResultStatus.READY)
    return taken
