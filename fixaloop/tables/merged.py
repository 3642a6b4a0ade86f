"""Cells that a workbook has merged downwards: it shows the value of the first on all their rows, and keeps it there."""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl.utils import column_index_from_string

from fixaloop.tables.formulas import part_of
from fixaloop.tables.table import BROKEN_ARCHIVE, Cell, Merged, Row, TableError, is_blank

# Only the columns and rows of its two corners; what is merged to the right alone is none.
_MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^>]*?\bref\s*=\s*["']([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})["']""", re.ASCII
)
_LONGEST = 1000
_CHUNK = 1 << 20
_MOST = 200_000

# First row → index and last row of each range that begins there.
Merges = Mapping[int, Sequence[tuple[int, int]]]


def merges_of(path: Path, sheet: str, header_row: int) -> Merges:
    """The ranges below the header that are taller than a row. Raises TableError where there are too many."""
    merges: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    try:
        with zipfile.ZipFile(path) as archive:
            part = part_of(archive, sheet)
            for count, (letters, first, last) in enumerate(_ranges(archive, part) if part else ()):
                if count >= _MOST:
                    raise _too_many(path)
                if header_row < int(first) < int(last):
                    merges[int(first)].append((column_index_from_string(letters.decode()) - 1, int(last)))
    except (*BROKEN_ARCHIVE, KeyError, expat.ExpatError):
        return {}  # the reader of the cells has the last word on a damaged file
    return merges


def _ranges(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[bytes, bytes, bytes]]:
    rest = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            data = rest + chunk
            cut = max(data.rfind(b"<"), len(data) - _LONGEST)
            yield from _MERGED.findall(data, 0, cut)
            rest = data[cut:]


def _too_many(path: Path) -> TableError:
    message = _(
        "« %(file)s » a trop de cellules fusionnées : défusionnez-les, et écrivez leur valeur sur chaque ligne."
    )
    return TableError("too_big", message, file=path.name)


class TakenDown:
    """Gives the value of merged cells to the rows below that hold something themselves: a record over two rows is one.

    `merged` tells, once all were read, which rows of a column got theirs so.
    """

    def __init__(self, merges: Merges) -> None:
        self.merged: defaultdict[int, list[Merged]] = defaultdict(list)
        self._merges = merges
        self._shown: dict[int, tuple[int, Cell]] = {}

    def read(self, rows: Iterator[Row]) -> Iterator[Row]:
        for number, cells in rows:
            if self._shown and not is_blank(cells):
                self._fill(number, cells)
            for index, last in self._merges.get(number, ()):
                if not is_blank(cells[index : index + 1]):
                    self._shown[index] = last, cells[index]
            yield number, cells

    def _fill(self, number: int, cells: list[Cell]) -> None:
        for index, (last, value) in list(self._shown.items()):
            if number > last:
                del self._shown[index]
            elif is_blank([cells[index]]):
                cells[index] = value
                told = self.merged[index]
                if not told or number not in told[-1].rows:
                    told.append(Merged(range(number, last + 1), value))
