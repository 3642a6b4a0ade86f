"""Rows and columns of a workbook that its owner does not see: filtered out, folded or hidden. Readers give them all."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from fixaloop.tables.formulas import holds, part_of
from fixaloop.tables.table import BROKEN_ARCHIVE

# Spreadsheets write one of these; LibreOffice says "false" of every row that is shown.
_YES = ("1", "true")
_MARKS = tuple(f"hidden={quote}{word}{quote}".encode() for word in _YES for quote in ('"', "'"))


class Hidden(NamedTuple):
    """Numbers of rows from 1, ranges of indexes of columns from 0."""

    rows: frozenset[int] = frozenset()
    columns: Sequence[range] = ()


def hidden_of(path: Path, sheet: str) -> Hidden:
    try:
        with zipfile.ZipFile(path) as archive:
            part = part_of(archive, sheet)
            return _hidden(archive, part) if part and holds(archive, part, _MARKS) else Hidden()
    except (*BROKEN_ARCHIVE, KeyError, expat.ExpatError):
        return Hidden()  # the reader of the cells has the last word on a damaged file


def _hidden(archive: zipfile.ZipFile, part: str) -> Hidden:
    rows, columns, number = set[int](), list[range](), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal number
        tag = name.rpartition(":")[2]
        if tag == "row":
            number = int(attributes.get("r", number + 1))
        if tag not in ("row", "col") or attributes.get("hidden") not in _YES:
            return
        if tag == "row":
            rows.add(number)
        else:
            columns.append(range(int(attributes["min"]) - 1, int(attributes["max"])))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    with archive.open(part) as file:
        parser.ParseFile(file)
    return Hidden(frozenset(rows), columns)
