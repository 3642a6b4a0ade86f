"""manage.py import_interventions FILE: interventions, past and present, from a spreadsheet or a text file."""

from fixaloop.imports.command import ImportCommand
from interventions.imports import InterventionImporter


class Command(ImportCommand):
    help = "Importe des interventions depuis un fichier .xlsx ou .csv."
    importer_class = InterventionImporter
