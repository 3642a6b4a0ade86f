"""`manage.py anonymize_client REFERENCE`: forget who a client is, keep accounts and counts."""

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _, gettext_lazy

from clients.management import named_client
from clients.models import Client
from clients.privacy import anonymize_client, obstacles_to_anonymising
from clients.reference import parse_reference
from fixaloop.management import HelpedCommand
from fixaloop.records.refusal import Refused


class Command(HelpedCommand):
    about = gettext_lazy("Anonymise un client, définitivement : la personne disparaît, les comptes restent.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", metavar="REFERENCE", help=_("la référence du client"))
        parser.add_argument(
            "--yes", "--no-input", "--noinput", action="store_true", dest="yes", help=_("ne pas demander confirmation")
        )
        parser.add_argument("--dry-run", action="store_true", help=_("dire ce qui serait fait, et ne rien faire"))

    def handle(self, *args: Any, **options: Any) -> None:
        client = named_client(options["reference"])
        if parse_reference(options["reference"]) != client.number:
            message = _("%(typed)s a été fusionné dans %(client)s : relancez avec cette référence-ci.")
            raise CommandError(message % {"typed": options["reference"], "client": client}, returncode=2)
        if client.anonymized_at:
            self.stdout.write(_("%(reference)s est déjà anonymisé.") % {"reference": client.reference})
            return
        if reasons := obstacles_to_anonymising(client):
            raise _refusal(client, reasons)
        self.stdout.write(_said(client))
        if options["dry_run"]:
            self.stdout.write(_("Simulation : rien n’est changé."))
            return
        if not options["yes"] and sys.stdin.isatty():
            _confirm(client)
        try:
            anonymize_client(client, by=None)
        except Refused as refusal:
            raise _refusal(client, refusal.obstacles) from refusal
        self.stdout.write(_("%(reference)s est anonymisé.") % {"reference": client.reference})


def _said(client: Client) -> str:
    message = _(
        "%(client)s : nom, coordonnées, description, textes des interventions et des événements, notes,"
        " immatriculations et noms de cartes disparaissent, historique compris ; les cartes sont révoquées."
        " Restent : interventions (%(interventions)d), entrées (%(entries)d), événements (%(events)d),"
        " véhicules (%(vehicles)d), cartes (%(cards)d)."
    )
    kept = ("interventions", "entries", "events", "vehicles", "cards")
    return message % {"client": client, **{name: getattr(client, name).count() for name in kept}}


def _confirm(client: Client) -> None:
    """Ask for the reference: a “yes” is typed before one has read. Raises CommandError for anything else."""
    try:
        typed = input(_("C’est définitif. Tapez %(reference)s pour confirmer : ") % {"reference": client.reference})
    except EOFError:
        typed = ""
    if parse_reference(typed) != client.number:
        raise CommandError(_("Rien n’est changé."), returncode=1)


def _refusal(client: Client, reasons: Any) -> CommandError:
    title = _("%(client)s ne peut pas être anonymisé :") % {"client": client}
    return CommandError("\n".join([title, *(f"  {reason}" for reason in reasons)]), returncode=2)
