from clients.imports.importer import ClientImporter

IMPORTERS = (ClientImporter,)
