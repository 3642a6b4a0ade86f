"""manage.py import_clients FILE: clients from a spreadsheet or a text file."""

from clients.imports import ClientImporter
from fixaloop.imports.command import ImportCommand


class Command(ImportCommand):
    help = "Importe des clients depuis un fichier .xlsx ou .csv."
    importer_class = ClientImporter
