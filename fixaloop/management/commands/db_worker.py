"""`manage.py db_worker`: works in the background for the pages, until it is stopped."""

import logging
import sys
import time
from datetime import datetime
from types import ModuleType
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import exclusive_transaction

from fixaloop.discovery import modules
from fixaloop.exports.jobs import resume_orphans
from fixaloop.failures import explain
from fixaloop.imports.jobs import give_up_orphans
from fixaloop.jobs import RESTARTED, SILENT
from fixaloop.management import HelpedCommand
from fixaloop.records.deadlines import busy_for
from fixaloop.watch.logs import in_course_of
from fixaloop.worker.life import EVERY, WORKER, beat, beating
from fixaloop.worker.orphans import take_up

logger = logging.getLogger("fixaloop.worker")
PAUSE_SECONDS = 1.0
SHORT = 1.0


class PatientWorker(Worker):
    """The library's worker. Waits for a database that is away, and resumes what dead workers left unfinished.

    It begins with `run(at)` in the `startup` module of each app, and calls `run(at)` in their `periodic` modules every
    few seconds, between two tasks.
    """

    def __init__(self, at: datetime) -> None:
        super().__init__(
            queue_names=["*"],
            interval=PAUSE_SECONDS,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        self._began = self._next_look = self._next_period = at
        self._is_started = False

    def run(self) -> None:
        """Do one task after the other; wait for a database that is busy or away, and log it once."""
        logger.info("the worker is ready")
        answers = True
        while self.running:
            try:
                close_old_connections()
                worked = self.turn(timezone.now())
            except (OperationalError, InterfaceError) as error:
                if answers:
                    logger.warning("the database is busy or away, the worker waits for it: %s", error)
                answers = worked = False
            else:
                if not answers:
                    logger.info("the database answers again")
                answers = True
            if self.running and not worked:
                time.sleep(self.interval)

    def turn(self, at: datetime) -> bool:
        # No signal is heard while SQLite's lock is waited for: long only for the work itself.
        with busy_for(SHORT):
            self._start(at)
            self._do_periodic(at)
            self._take_up_orphans(at)
            task = self._claim() if self.running else None
        if task is None:
            return False
        with in_course_of(task=str(task.pk)), beating(self._name):
            self.run_task(task)
        return True

    @property
    def _name(self) -> str:
        return f"{WORKER}{self.worker_id}"

    def _start(self, at: datetime) -> None:
        if self._is_started:
            return
        for startup in modules("startup").values():
            startup.run(at)
        self._is_started = True

    def _do_periodic(self, at: datetime) -> None:
        if at < self._next_period:
            return
        self._next_period = at + EVERY
        beat(self._name, at)
        # Told to end, it does not leave a letter in the middle.
        self.running_task = True
        try:
            for module in modules("periodic").values():
                self._do_one(module, at)
        finally:
            self.running_task = False

    def _do_one(self, module: ModuleType, at: datetime) -> None:
        try:
            module.run(at)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            # What fails must not keep the worker from its tasks.
            logger.exception("periodic: %s", module.__name__)

    def _take_up_orphans(self, at: datetime) -> None:
        if at < self._next_look:
            return
        silent = min(max(at - self._began, RESTARTED), SILENT)
        resume_orphans(at, silent)
        give_up_orphans(at, silent)
        take_up(at)
        self._next_look = at + RESTARTED

    def _claim(self) -> DBTaskResult | None:
        ready = DBTaskResult.objects.ready()
        # Read first: a claim writes, and on SQLite everybody waits for a writer.
        if not ready.exists():
            return None
        with exclusive_transaction(ready.db):
            task = ready.get_locked()
            if task is not None:
                task.claim(self.worker_id)
        return task


class Command(HelpedCommand):
    about = gettext_lazy("Fait les exports et les imports demandés sur les pages, jusqu’à ce qu’on l’arrête.")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = PatientWorker(timezone.now())
        worker.configure_signals()
        try:
            worker.run()
        except Exception as error:
            if explain(error):
                raise
            logger.exception("the worker cannot go on")
            sys.exit(1)
