from clients.imports.importer import ClientImporter
