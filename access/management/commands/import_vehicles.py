"""manage.py import_vehicles FILE: vehicles from a spreadsheet or a text file."""

from django.utils.translation import gettext_lazy

from access.vehicles.importer import VehicleImporter
from fixaloop.imports.command import ImportCommand


class Command(ImportCommand):
    about = gettext_lazy("Importe des véhicules depuis un fichier .xlsx ou .csv.")
    importer_class = VehicleImporter
