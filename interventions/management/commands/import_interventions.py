"""manage.py import_interventions FILE: interventions, past and present, from a spreadsheet or a text file."""

from django.utils.translation import gettext_lazy

from fixaloop.imports.command import ImportCommand
from interventions.imports.importer import InterventionImporter


class Command(ImportCommand):
    about = gettext_lazy("Importe des interventions depuis un fichier .xlsx ou .csv.")
    importer_class = InterventionImporter
