"""`manage.py import_template KIND FILE.xlsx`: an empty spreadsheet to fill and import."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.imports.kinds import importers
from fixaloop.imports.spreadsheets import write_blank
from fixaloop.management import HelpedCommand


class Command(HelpedCommand):
    about = gettext_lazy("Écrit un classeur vide à remplir : en-têtes, aide de chaque colonne, listes de choix.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", help=_("la nature des fiches : %s") % ", ".join(_kinds()))
        parser.add_argument("file", type=Path, metavar="FICHIER.xlsx")

    def handle(self, *args: Any, **options: Any) -> None:
        # `client` is taken for `clients`.
        importer = _kinds().get(options["kind"].lower())
        if importer is None:
            message = _("Nature inconnue : « %(kind)s ». Natures possibles : %(kinds)s.")
            raise CommandError(message % {"kind": options["kind"], "kinds": ", ".join(importers())}, returncode=2)
        try:
            write_blank(options["file"], importer)
        except OSError as error:
            message = _("Impossible d’écrire « %(file)s » : %(reason)s.")
            raise CommandError(message % {"file": options["file"], "reason": error.strerror}, returncode=2) from error
        self.stdout.write(_("« %(file)s » est prêt à remplir.") % {"file": options["file"]})


def _kinds() -> dict[str, Any]:
    plural = {
        kind if kind.endswith("s") else f"{kind.removesuffix('y')}{'ies' if kind.endswith('y') else 's'}": importer
        for kind, importer in importers().items()
    }
    return importers() | plural
