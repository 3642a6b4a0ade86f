"""`manage.py nightly`: everything periodic."""

import logging
from contextlib import nullcontext
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.discovery import modules
from fixaloop.failures import explain
from fixaloop.installation.marks import NIGHTLY, mark
from fixaloop.management import HelpedCommand

logger = logging.getLogger(__name__)


class Command(HelpedCommand):
    """Calls `run(at)` in the `nightly` module of each app, which returns lines that tell what it did."""

    about = gettext_lazy("Ce qui se fait chaque nuit : vérifications et nettoyage. Peut être relancé sans risque.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help=_("tout faire, puis tout défaire"))

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        failed = []
        for name, module in modules("nightly").items():
            self.stdout.write(self.style.MIGRATE_HEADING(name))
            try:
                with transaction.atomic() if options["dry_run"] else nullcontext():
                    lines = module.run(at)
                    if options["dry_run"]:
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
        if not options["dry_run"]:
            mark(NIGHTLY)
        if failed:
            raise CommandError(_("Échec : %(parts)s. Le reste est fait.") % {"parts": ", ".join(failed)})
