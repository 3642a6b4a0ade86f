"""Lists as spreadsheets: written at once if short, else by the worker."""

from fixaloop.exports.views import export_response
from fixaloop.exports.workbook import XLSX, write_workbook

__all__ = ("XLSX", "export_response", "write_workbook")
