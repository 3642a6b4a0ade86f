"""Spreadsheets and delimited text read as records, row by row, whatever program wrote them."""

from collections.abc import Container
from pathlib import Path

from fixaloop.tables.delimited import open_delimited
from fixaloop.tables.formulas import UNCOMPUTED
from fixaloop.tables.table import Cell, Row, Table, TableError, as_text, check_readable, is_blank, is_workbook
from fixaloop.tables.workbook import open_workbook

__all__ = ("UNCOMPUTED", "Cell", "Row", "Table", "TableError", "as_text", "is_blank", "open_table")


def open_table(
    path: str | Path,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    known: Container[str] = frozenset(),
) -> Table:
    """The records of a file; `sheet`, `encoding` and `delimiter` overrule what is found in it.

    `known` holds the expected headings as they are written: they tell the header from titles and data. The whole file
    is checked here, so its rows can then be read to the end. Raises TableError.
    """
    path = Path(path)
    check_readable(path)
    if is_workbook(path):
        return open_workbook(path, sheet, known)
    return open_delimited(path, encoding, delimiter, known)
