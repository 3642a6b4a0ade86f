"""manage.py import_entries FILE: entries from a spreadsheet or a text file."""

from django.utils.translation import gettext_lazy

from access.entries.importer import EntryImporter
from fixaloop.imports.command import ImportCommand


class Command(ImportCommand):
    about = gettext_lazy("Importe des entrées passées depuis un fichier .xlsx ou .csv.")
    importer_class = EntryImporter
