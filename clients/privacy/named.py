"""The client named on the command line."""

from django.core.management.base import CommandError
from django.http import Http404
from django.utils.translation import gettext as _

from clients.models import Client
from clients.pages.page import known_as
from clients.reference import parse_reference


def named_client(text: str) -> Client:
    """The client, or the one it was merged into. Raises CommandError."""
    number = parse_reference(text)
    if number is None:
        message = _("« %(text)s » n’est pas une référence de client : écrivez CLT-001.")
        raise CommandError(message % {"text": text}, returncode=2)
    try:
        return known_as(number)
    except Http404 as error:
        raise CommandError(_("Il n’y a pas de client %(text)s.") % {"text": text}, returncode=2) from error
