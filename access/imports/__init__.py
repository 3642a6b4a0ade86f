"""Vehicles, cards and past entries in from a file (product.md §4); what a column is called is in access.headings."""

from access.imports.cards import CardImporter
from access.imports.entries import EntryImporter
from access.imports.vehicles import VehicleImporter

__all__ = ("CardImporter", "EntryImporter", "VehicleImporter")
