"""`manage.py restore FILE`: puts a backup in the place of an empty installation."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.formats import number_format
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.installation.backups import restore
from fixaloop.management import HelpedCommand
from fixaloop.preflight import SECOND, take_folder
from fixaloop.records.refusal import Refused


class Command(HelpedCommand):
    about = gettext_lazy("Remet une sauvegarde à la place d’une installation vide.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FICHIER.tar")
        parser.add_argument("--replace", action="store_true", help=_("remplacer tout ce qu’il y a ici"))

    def handle(self, *args: Any, **options: Any) -> None:
        held = take_folder(settings.VAR_DIR)
        if held is None:
            raise CommandError(SECOND.format(folder=settings.VAR_DIR))
        with held:
            try:
                contents = restore(options["file"], replace=options["replace"])
            except Refused as refused:
                raise CommandError(str(refused)) from refused
            except OSError as error:
                message = _("« %(file)s » ne se lit pas : %(reason)s")
                raise CommandError(message % {"file": options["file"], "reason": error.strerror or error}) from error
        rows = number_format(sum(contents["rows"].values()))
        self.stdout.write(_("Restauré : %(rows)s lignes, comptées. Démarrez Fixaloop.") % {"rows": rows})
