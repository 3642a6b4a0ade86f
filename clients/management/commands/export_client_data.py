"""`manage.py export_client_data REFERENCE FILE.zip`: all that is known of a client, to hand over (droit d’accès)."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from clients.management import named_client
from clients.models import Client
from clients.privacy import write_dossier
from fixaloop.management import HelpedCommand


class Command(HelpedCommand):
    about = gettext_lazy("Écrit tout ce qui est connu d’un client dans une archive : fiche, interventions, accès.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", metavar="REFERENCE", help=_("la référence du client"))
        parser.add_argument("file", type=Path, metavar="FICHIER.zip")

    def handle(self, *args: Any, **options: Any) -> None:
        client, file = named_client(options["reference"]), Path(options["file"])
        try:
            counts = _write(client, file)
        except OSError as error:
            message = _("Impossible d’écrire « %(file)s » : %(reason)s.")
            raise CommandError(message % {"file": file, "reason": error.strerror}, returncode=2) from error
        held = ", ".join(_("%(what)s : %(count)s") % {"what": title, "count": count} for title, count in counts.items())
        message = _("« %(file)s » contient tout ce qui est connu de %(client)s (%(held)s).")
        self.stdout.write(message % {"file": file, "client": client, "held": held})


def _write(client: Client, file: Path) -> dict[str, int]:
    """Write the archive for its owner's eyes alone; an earlier file stays until the new one is whole."""
    part = file.with_name(f"{file.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as opened:
            counts = write_dossier(opened, client, by=None, at=timezone.now())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return counts
