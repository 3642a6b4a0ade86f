"""manage.py import_vehicles FILE: vehicles from a spreadsheet or a text file."""

from access.imports import VehicleImporter
from fixaloop.imports.command import ImportCommand


class Command(ImportCommand):
    help = "Importe des véhicules depuis un fichier .xlsx ou .csv."
    importer_class = VehicleImporter
