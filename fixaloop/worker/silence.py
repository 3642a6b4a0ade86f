"""What is said where no worker lives: to whoever waits for one, and to whoever runs the installation."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from fixaloop.lists.figures import remembered
from fixaloop.lists.tasks import Rank, Task
from fixaloop.models import Job
from fixaloop.web.refusals import givers_of_rights
from fixaloop.words.dates import say_length
from fixaloop.worker.life import DEAD, last_sign

# Whoever sets up the installation.
RIGHT = "fixaloop.change_firm"


def silence_told(job: Job | None, at: datetime) -> str:
    """What to tell who waits for this job; empty while a worker lives, or none is waited for."""
    if job is None or job.state != Job.State.WAITING or not (silence := _silence(at)):
        return ""
    kept = _("Votre demande est gardée et sera faite dès qu’il reprendra.")
    return " ".join((silence, kept, _cure() if job.by.has_perm(RIGHT) else _whom_to_tell()))


def worker_tasks(user: Any, at: datetime) -> Iterator[Task]:
    if user.has_perm(RIGHT) and (silence := remembered("worker.silence", lambda: _silence_that_matters(at))):
        waits = _("Exports, imports, e-mails et travail de la nuit attendent.")
        yield Task(Rank.WAITING, "server-off", silence, f"{waits} {_cure()}")


def _cure() -> str:
    return _("Relancez db_worker, ou make run.")


def _whom_to_tell() -> str:
    return _("Prévenez %(names)s.") % {"names": ", ".join(givers_of_rights()) or _("l’administrateur")}


def _silence(at: datetime) -> str:
    return _say_silence(last_sign(), at)


def _say_silence(sign: datetime | None, at: datetime) -> str:
    if sign is None:
        return _("Le service qui prépare les fichiers n’est pas en marche.")
    if at - sign < DEAD:
        return ""
    return _("Le service qui prépare les fichiers ne répond pas depuis %(length)s.") % {"length": say_length(at - sign)}


def _silence_that_matters(at: datetime) -> str:
    """The silence of a worker that there was, or that somebody waits for: a new installation may have none yet."""
    sign, waits = last_sign(), DBTaskResult.objects.ready().filter(enqueued_at__lt=at - DEAD)
    return _say_silence(sign, at) if sign is not None or waits.exists() else ""
