"""Files out: a list's rows and order as a spreadsheet (`workbook`), at once (`response`) or by the worker (`jobs`)."""

from fixaloop.exports.response import XLSX, export_response
from fixaloop.exports.workbook import write_workbook

__all__ = ("XLSX", "export_response", "write_workbook")
