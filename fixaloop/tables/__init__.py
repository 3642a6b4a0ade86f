"""Real files read as records: spreadsheets and delimited text, whatever wrote them, row by row.

`open_table` finds what a person could tell from the file: its format, encoding, separator, the sheet that holds the
data and the header under the title lines. What it cannot read raises `TableError`, one French sentence with the cure.
"""

from collections.abc import Container
from pathlib import Path

from fixaloop.tables.delimited import open_delimited
from fixaloop.tables.kinds import check_readable, is_workbook
from fixaloop.tables.table import Cell, Table, TableError, as_text
from fixaloop.tables.workbook import open_workbook

__all__ = ("Cell", "Table", "TableError", "as_text", "open_table")


def open_table(
    path: str | Path,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    known: Container[str] = frozenset(),
) -> Table:
    """The records of a file; `sheet`, `encoding` and `delimiter` are only needed to overrule what is found.

    `known` holds the headings one expects, normalised: they tell the header from titles and data.

    The whole file is checked before this returns: rows can then be read to the end. Raises TableError.
    """
    path = Path(path)
    check_readable(path)
    if is_workbook(path):
        return open_workbook(path, sheet, known)
    return open_delimited(path, encoding, delimiter, known)
