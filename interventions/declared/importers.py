from interventions.imports.importer import InterventionImporter

IMPORTERS = (InterventionImporter,)
