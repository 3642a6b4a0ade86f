"""manage.py import_entries FILE: entries from a spreadsheet or a text file."""

from access.imports import EntryImporter
from fixaloop.imports.command import ImportCommand


class Command(ImportCommand):
    help = "Importe des entrées passées depuis un fichier .xlsx ou .csv."
    importer_class = EntryImporter
