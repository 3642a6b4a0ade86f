"""Columns of days in which somebody wrote the month first, as Americans do: 03/25/2026, so what is 04/02/2026?"""

import re
from itertools import islice

from fixaloop.imports.cells import is_month_first
from fixaloop.imports.columns import Columns
from fixaloop.tables import Cell, Table, as_text

_LOOKED_AT = 200
_MONTHS = 12
# With a time or without; what is between the figures of a telephone differs or is a space.
_DAY = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(?:\d{4}|\d{2})(?:[T, ].*)?")


def month_first(table: Table, columns: Columns) -> frozenset[str]:
    """The fields with a day that only an American reads, among those whose first rows have written days."""
    fields = {index: field.name for index, field in columns.read.items() if not field.computed}
    first = [cells for _number, cells in islice(table.rows, _LOOKED_AT)]
    left = {index for index in fields if any(_written(cells[index]) for cells in first)}
    found = set()
    for _number, cells in table.rows if left else ():
        for index in list(left):
            if _written(cells[index]) and is_month_first(as_text(cells[index]).strip()):
                found.add(fields[index])
                left.discard(index)
        if not left:
            break
    return frozenset(found)


def may_be_another(text: str) -> bool:
    """Whether a written day is another one with the month first: 04/02/2026, but not 04/04/2026."""
    parts = _parts(text)
    return parts is not None and max(parts) <= _MONTHS and parts[0] != parts[1]


def _written(cell: Cell) -> tuple[int, int] | None:
    """The parts of a day that somebody wrote; a real day of a workbook has no order."""
    return _parts(cell) if isinstance(cell, str) else None


def _parts(text: str) -> tuple[int, int] | None:
    found = _DAY.fullmatch(text.strip())
    return (int(found[1]), int(found[3])) if found else None
