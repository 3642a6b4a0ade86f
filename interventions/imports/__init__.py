from interventions.imports.importer import InterventionImporter

__all__ = ("InterventionImporter",)
