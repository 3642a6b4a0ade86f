import sys
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from clients.models import Client
from clients.privacy import anonymize_if_due
from clients.services import Refused
from clients.services.due import due
from fixaloop.installation.firm import rule
from fixaloop.management import HelpedCommand

BATCH = 500


class Command(HelpedCommand):
    about = gettext_lazy("Anonymise les clients sans contact depuis le délai de conservation, à qui rien n’est dû.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help=_("les nommer seulement, sans rien changer"))
        parser.add_argument("--yes", action="store_true", help=_("ne pas demander de confirmation"))

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        count = due(at).count()
        values = {"count": count, "years": rule("CLIENT_RETENTION_YEARS")}
        self.stdout.write(_("Clients sans contact depuis %(years)s ans : %(count)s") % values)
        if options["dry_run"]:
            for client in due(at).iterator(chunk_size=BATCH):
                self.stdout.write(f"  {client.reference} {client.name}")
        elif count and (options["yes"] or self._is_sure(count)):
            self.stdout.write(_("Anonymisés : %(count)s") % {"count": self._anonymize(at)})

    def _is_sure(self, count: int) -> bool:
        if not sys.stdin.isatty():
            raise CommandError(_("C’est définitif : ajoutez --yes, ou --dry-run pour les voir."), returncode=2)
        question = _("C’est définitif. Pour confirmer, tapez leur nombre (%(count)s) : ") % {"count": count}
        return input(question).strip() == str(count)

    def _anonymize(self, at: datetime) -> int:
        done, last = 0, 0
        # By key: those who are refused, or in touch again by now, do not stop the others.
        while keys := list(due(at).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
            for client in Client.objects.filter(pk__in=keys).order_by("pk"):
                try:
                    anonymize_if_due(client, by=None, at=at)
                except Refused as refusal:
                    self.stderr.write(f"{client.reference} : {refusal}")
                else:
                    done += 1
            last = keys[-1]
        return done
