"""`manage.py nightly`: everything periodic."""

import logging
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.discovery import modules
from fixaloop.failures import explain
from fixaloop.installation.marks import NIGHTLY, stamp
from fixaloop.management import HelpedCommand
from fixaloop.worker.life import alone

logger = logging.getLogger(__name__)
RUNNING = "nightly runs"


class Command(HelpedCommand):
    """Calls `run(at)` in the `nightly` module of each app, which returns lines that tell what it did."""

    about = gettext_lazy("Ce qui se fait chaque nuit : vérifications et nettoyage. Peut être relancé sans risque.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help=_("tout faire, puis tout défaire"))

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        if options["dry_run"]:
            self._end(self._work(at, dry_run=True))
            return
        with alone(RUNNING, at) as mine:
            if not mine:
                self.stdout.write(_("Ce travail est déjà en cours, ici ou sur une autre machine : rien à faire."))
                return
            failed = self._work(at)
        stamp(NIGHTLY, at)
        self._end(failed)

    def _work(self, at: datetime, *, dry_run: bool = False) -> list[str]:
        """Do the parts one after the other; the names of those that failed."""
        failed = []
        for name, module in modules("nightly").items():
            self.stdout.write(self.style.MIGRATE_HEADING(name))
            try:
                with transaction.atomic() if dry_run else nullcontext():
                    lines = module.run(at)
                    if dry_run:
                        transaction.set_rollback(True)
            except Exception as error:
                if explain(error):
                    raise
                # A part that fails must not stop the others.
                logger.exception("nightly: %s", module.__name__)
                failed.append(name)
                continue
            for line in lines:
                self.stdout.write(f"  {line}")
        return failed

    def _end(self, failed: list[str]) -> None:
        if failed:
            raise CommandError(_("Échec : %(parts)s. Le reste est fait.") % {"parts": ", ".join(failed)})
