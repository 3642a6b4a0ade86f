"""`manage.py db_worker`: the library's worker, which first takes up what its predecessor left unfinished."""

from typing import Any

from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Command as Worker

from fixaloop.exports.jobs import resume_orphans
from fixaloop.imports.jobs import give_up_orphans
from fixaloop.jobs import RESTARTED


class Command(Worker):
    def handle(self, *args: Any, **options: Any) -> None:
        resume_orphans(timezone.now(), RESTARTED)
        give_up_orphans(timezone.now(), RESTARTED)
        super().handle(*args, **options)
