"""`manage.py move_to DATABASE_URL`: copies everything into another, empty database, and compares it row by row."""

import os
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError, connections
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.environment import database_at
from fixaloop.failures import OLD
from fixaloop.files.stored import place
from fixaloop.installation.moving import TARGET, missing_files, move
from fixaloop.management import HelpedCommand
from fixaloop.preflight import SECOND, take_folder
from fixaloop.records.refusal import Refused


class Command(HelpedCommand):
    about = gettext_lazy("Copie toute la base dans une autre, vide, et compare chaque ligne. L’ancienne reste.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", metavar="DATABASE_URL", help="postgres://user:password@host/fixaloop")

    def handle(self, *args: Any, **options: Any) -> None:
        url = options["url"]
        config = database_at(url)
        held = take_folder(settings.VAR_DIR)
        if held is None:
            raise CommandError(SECOND.format(folder=settings.VAR_DIR))
        with held:
            _refuse_old_tables()
            _migrate(url)
            connections.databases[TARGET] = connections.databases["default"] | _defaults() | config
            try:
                for line in move():
                    self.stdout.write(f"  {line}")
            except Refused as refused:
                raise CommandError(str(refused)) from refused
            except (DatabaseError, ValueError) as error:
                message = _("La copie s’est arrêtée, rien n’est gardé dans la base d’arrivée : %(reason)s")
                raise CommandError(message % {"reason": error}) from error
            finally:
                connections[TARGET].close()
        self._say_what_is_next()

    def _say_what_is_next(self) -> None:
        for name in missing_files():
            self.stderr.write(_("Fichier introuvable : %(name)s") % {"name": name})
        where = {"folder": place()}
        self.stdout.write(_("Tout est copié et comparé. Les fichiers restent dans %(folder)s.") % where)
        self.stdout.write(_("Pour y travailler : manage.py configure DATABASE_URL=…, puis redémarrez."))


def _refuse_old_tables() -> None:
    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
    except SystemExit as error:
        raise CommandError(OLD) from error


def _defaults() -> dict[str, Any]:
    return {"OPTIONS": {}, "TEST": {}, "CONN_MAX_AGE": 0}


def _migrate(url: str) -> None:
    """Make the tables in a process of its own: migrations work on the usual database."""
    command = [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"]
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL_FILE"} | {"DATABASE_URL": url}
    result = subprocess.run(command, cwd=settings.BASE_DIR, env=environ, capture_output=True, text=True, check=False)
    if result.returncode:
        raise CommandError(result.stderr.strip())
