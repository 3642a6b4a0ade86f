"""`manage.py upgrade`: brings the database to this version, after a backup of what is there."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.installation.backups import write
from fixaloop.installation.upgrading import alone, noticed
from fixaloop.management import HelpedCommand
from fixaloop.records.refusal import Refused

# How many backups of upgrades are kept.
KEPT = 3
# How many reasons for stopping everything are named.
NAMED = 3


class Command(HelpedCommand):
    about = gettext_lazy("Met la base à cette version, après une sauvegarde de ce qu’il y a.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rolling", action="store_true", help=_("refuser si d’autres machines doivent s’arrêter"))

    def handle(self, *args: Any, rolling: bool = False, **options: Any) -> None:
        if not _is_behind():
            return
        if rolling and (told := noticed()):
            message = _(
                "Rien n’est changé : l’ancien programme ne s’y ferait pas. Arrêtez-le partout d’abord. %(first)s"
            )
            raise CommandError(message % {"first": " ; ".join(told[:NAMED])}, returncode=2)
        with alone(self._say_that_it_waits):
            # Another machine may just have done it.
            if not _is_behind():
                return
            if _holds_something():
                self._back_up()
            call_command("migrate", interactive=False, verbosity=0)

    def _say_that_it_waits(self) -> None:
        self.stdout.write(_("Une autre machine met la base à jour : j’attends qu’elle finisse…"))
        self.stdout.flush()

    def _back_up(self) -> None:
        folder = Path(settings.VAR_DIR, "backups")
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"before-upgrade-{timezone.localtime():%Y-%m-%d-%H%M%S}.tar"
        try:
            write(path)
        except (Refused, OSError) as error:
            message = _("Rien n’est changé, faute de sauvegarde : %(reason)s Sans elle : manage.py migrate")
            raise CommandError(message % {"reason": error}) from error
        self.stdout.write(_("Sauvegardé avant la mise à jour : %(file)s") % {"file": path})
        for old in sorted(folder.glob("before-upgrade-*.tar"))[:-KEPT]:
            old.unlink()


def _is_behind() -> bool:
    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
    except SystemExit:
        return True
    return False


def _holds_something() -> bool:
    return User._meta.db_table in connection.introspection.table_names() and User.objects.exists()
