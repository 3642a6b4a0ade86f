"""What monitors ask: whether the site is alive, and whether it is ready to work."""

import logging
import shutil
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from fixaloop.databases.replica import is_set_up, watch
from fixaloop.files.stored import problem
from fixaloop.installation.upgrading import pending
from fixaloop.worker.life import DEAD, last_sign

logger = logging.getLogger("fixaloop")
# Seconds: strangers ask too.
KEPT, FILES_KEPT = 10, 30
LEAST_SPACE = 500 * 1024**2
LONGEST_WAIT = timedelta(minutes=10)


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 with `{"status": "ok"}`; 503 when the database does not answer. Monitors ask every minute."""
    if not _database_answers():
        return JsonResponse({"status": "error", "database": "unreachable"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse({"status": "ok"})


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """200 with `ok` for each part; 503 where one is not ready. It names parts and tells nothing of what they hold."""
    if not _database_answers():
        return JsonResponse({"database": "unreachable"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    found: dict[str, str] = cache.get_or_set("readyz", _look, KEPT) or {}
    ready = all(state == "ok" for state in found.values())
    if is_set_up():
        # To know: without it the primary serves all.
        watch.may_serve()
        found = found | {"replica": watch.state}
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"database": "ok"} | found, status=status)


def _look() -> dict[str, str]:
    return {name: check() for name, check in CHECKS.items()}


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        logger.exception("the database does not answer")
        return False
    return True


def _migrations() -> str:
    return "pending" if pending() else "ok"


def _disk() -> str:
    return "ok" if shutil.disk_usage(settings.VAR_DIR).free >= LEAST_SPACE else "nearly full"


def _worker() -> str:
    sign = last_sign()
    return "ok" if sign is not None and timezone.now() - sign < DEAD else "silent"


def _queue() -> str:
    late = DBTaskResult.objects.ready().filter(enqueued_at__lt=timezone.now() - LONGEST_WAIT)
    return "late" if late.exists() else "ok"


def _files() -> str:
    """One thread at a time asks a storage that may keep it waiting; the others tell what was found last."""
    if cache.add("files.asked", True, FILES_KEPT):
        cache.set("files.problem", problem(), None)
    return "unreachable" if cache.get("files.problem") else "ok"


CHECKS: dict[str, Callable[[], str]] = {
    "migrations": _migrations,
    "disk": _disk,
    "worker": _worker,
    "queue": _queue,
    "files": _files,
}
