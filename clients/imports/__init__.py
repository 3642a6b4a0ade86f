from clients.imports.importer import ClientImporter

__all__ = ("ClientImporter",)
