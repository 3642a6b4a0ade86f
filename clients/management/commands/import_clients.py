"""manage.py import_clients FILE: clients from a spreadsheet or a text file."""

from django.utils.translation import gettext_lazy

from clients.imports.importer import ClientImporter
from fixaloop.imports.command import ImportCommand


class Command(ImportCommand):
    about = gettext_lazy("Importe des clients depuis un fichier .xlsx ou .csv.")
    importer_class = ClientImporter
