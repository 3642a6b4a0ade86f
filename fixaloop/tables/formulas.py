"""Cells of a workbook that show an error, or a formula without a result: readers give nothing for them."""

import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from xml.parsers import expat

from openpyxl.utils import column_index_from_string

from fixaloop.tables.table import BROKEN_ARCHIVE, Row

# Stands in a cell without a result, as the error does in one that shows it; imports say what to do about them.
UNCOMPUTED = "#FORMULE"
_CHUNK = 1 << 20
_WORKBOOK = "xl/workbook.xml"
_MARKS = (b"<f>", b"<f ", b":f>", b":f ", b't="e"', b"t='e'")
_LINKS = "xl/_rels/workbook.xml.rels"

Holes = Mapping[int, Mapping[int, str]]


def holes_of(path: Path, sheet: str) -> Holes:
    """Row number → index → what stands in its cells that have no value: an error, or UNCOMPUTED."""
    try:
        with zipfile.ZipFile(path) as archive:
            part = part_of(archive, sheet)
            return _holes(archive, part) if part and holds(archive, part, _MARKS) else {}
    except (*BROKEN_ARCHIVE, KeyError, expat.ExpatError):
        return {}  # the reader of the cells has the last word on a damaged file


def marked(rows: Iterator[Row], holes: Holes) -> Iterator[Row]:
    for number, cells in rows:
        for index, word in holes.get(number, {}).items():
            if index < len(cells) and cells[index] == "":
                cells[index] = word
        yield number, cells


def part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The part of the archive with the cells of a sheet; "" where it is not found."""
    targets = {link["Id"]: link["Target"] for link in _elements(archive, _LINKS, "Relationship")}
    for found in _elements(archive, _WORKBOOK, "sheet"):
        if found.get("name") == sheet:
            identifier = next(value for name, value in found.items() if name.rpartition(":")[2] == "id")
            return str(PurePosixPath("/xl", targets[identifier])).lstrip("/")
    return ""


def _elements(archive: zipfile.ZipFile, part: str, tag: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == tag:
            found.append(attributes)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    with archive.open(part) as file:
        parser.ParseFile(file)
    return found


def holds(archive: zipfile.ZipFile, part: str, marks: Sequence[bytes]) -> bool:
    """Whether any of these marks stands in a part of the archive: looked for before its XML is parsed."""
    end, longest = b"", max(map(len, marks))
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            if any(mark in end + chunk for mark in marks):
                return True
            end = chunk[1 - longest :]
    return False


class _Cell:
    """What is known so far of the cell that is being parsed."""

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        self.reference: str = attributes.get("r", "")
        self.error = attributes.get("t") == "e"
        # A text result may be empty: that one was computed.
        self.computed = attributes.get("t") == "str"
        self.formula = False
        self.value = ""

    @property
    def place(self) -> tuple[int, int]:
        letters = self.reference.rstrip("0123456789")
        return int(self.reference[len(letters) :]), column_index_from_string(letters) - 1

    @property
    def word(self) -> str:
        """What is to stand in the cell; '' where it has a value, or nothing at all."""
        if self.error:
            return self.value
        return UNCOMPUTED if self.formula and not self.computed and not self.value else ""


def _holes(archive: zipfile.ZipFile, part: str) -> Holes:
    holes: defaultdict[int, dict[int, str]] = defaultdict(dict)
    cell, in_value = _Cell({}), False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal cell, in_value
        tag = name.rpartition(":")[2]
        if tag == "c":
            cell = _Cell(attributes)
        elif tag == "f":
            cell.formula = True
        in_value = tag == "v"

    def text(data: str) -> None:
        if in_value:
            cell.value += data

    def end(name: str) -> None:
        nonlocal in_value
        in_value = False
        if name.rpartition(":")[2] == "c" and cell.word and cell.reference:
            row, column = cell.place
            holes[row][column] = cell.word

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = start, text, end
    with archive.open(part) as file:
        parser.ParseFile(file)
    return holes
