"""`manage.py backup FILE`: the database, the files and the key in one archive, read back before it counts."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.installation.backups import write
from fixaloop.installation.marks import BACKED_UP, mark
from fixaloop.management import HelpedCommand
from fixaloop.records.refusal import Refused


class Command(HelpedCommand):
    about = gettext_lazy("Sauvegarde la base, les fichiers et la clé dans une archive, et la relit.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FICHIER.tar")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            contents = write(path)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        except OSError as error:
            message = _("« %(file)s » ne s’écrit pas : %(reason)s")
            raise CommandError(message % {"file": path, "reason": error.strerror or error}) from error
        mark(BACKED_UP)
        rows, size = sum(contents["rows"].values()), path.stat().st_size
        told = _("Sauvegardé et relu : %(rows)s lignes, %(files)s fichiers, %(size)s dans %(file)s")
        values = {"rows": number_format(rows), "files": len(contents["digests"]) - 1, "size": filesizeformat(size)}
        self.stdout.write(told % (values | {"file": path}))
