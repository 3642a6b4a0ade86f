"""The client named on the command line."""

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from clients.models import Client
from clients.reference import parse_reference


def named_client(text: str) -> Client:
    """The client, or the one it was merged into. Raises CommandError."""
    number = parse_reference(text)
    if number is None:
        message = _("« %(text)s » n’est pas une référence de client : écrivez CLT-001.")
        raise CommandError(message % {"text": text}, returncode=2)
    client = Client.objects.known_as(number)
    if client is None:
        raise CommandError(_("Il n’y a pas de client %(text)s.") % {"text": text}, returncode=2)
    return client
