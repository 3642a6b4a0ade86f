"""manage.py import_cards FILE: cards from a spreadsheet or a text file."""

from django.utils.translation import gettext_lazy

from access.cards.importer import CardImporter
from fixaloop.imports.command import ImportCommand


class Command(ImportCommand):
    about = gettext_lazy("Importe des cartes d’accès depuis un fichier .xlsx ou .csv.")
    importer_class = CardImporter
