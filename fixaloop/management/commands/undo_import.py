"""`manage.py undo_import N`: undo a whole import."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.imports.undo import Irreversible, undo_batch
from fixaloop.management import HelpedCommand
from fixaloop.models import ImportBatch


class Command(HelpedCommand):
    about = gettext_lazy("Annule un import entier : supprime ce qu’il a créé, remet ce qu’il a changé.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int, help=_("le numéro donné par l’import, ou par la commande imports"))

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["number"]
        batch = ImportBatch.objects.filter(pk=number).first()
        if batch is None:
            raise CommandError(_("Il n’y a pas d’import n° %(number)s.") % {"number": number}, returncode=2)
        try:
            undone = undo_batch(batch, by=None, at=timezone.now())
        except Irreversible as refusal:
            title = _("L’import n° %(number)s ne peut pas être annulé :") % {"number": number}
            raise CommandError(
                "\n".join([title, *(f"  {reason}" for reason in refusal.obstacles)]), returncode=2
            ) from refusal
        message = _("Import n° %(number)s annulé. Fiches supprimées : %(created)s ; remises comme avant : %(updated)s.")
        told = message % {"number": number, "created": batch.created - undone.stayed, "updated": batch.updated}
        self.stdout.write(" ".join(filter(None, (told, undone.remarks))))
