from access.cards.importer import CardImporter
from access.entries.importer import EntryImporter
from access.vehicles.importer import VehicleImporter

IMPORTERS = (CardImporter, EntryImporter, VehicleImporter)
