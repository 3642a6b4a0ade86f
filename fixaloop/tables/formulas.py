"""Formulas of a workbook whose result was never stored: readers give nothing for them, as for a blank cell."""

import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from xml.parsers import expat

from openpyxl.utils import column_index_from_string

from fixaloop.tables.table import BROKEN_ARCHIVE, Row

# Stands in such a cell; imports say what to do about it.
UNCOMPUTED = "#FORMULE"
_CHUNK = 1 << 20
_WORKBOOK = "xl/workbook.xml"
_LINKS = "xl/_rels/workbook.xml.rels"


def uncomputed(path: Path, sheet: str) -> Mapping[int, list[int]]:
    """Row number → indexes of its cells with a formula and no result."""
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            return _holes(archive, part) if part and _has_formulas(archive, part) else {}
    except (*BROKEN_ARCHIVE, KeyError, expat.ExpatError):
        return {}  # the reader of the cells has the last word on a damaged file


def marked(rows: Iterator[Row], holes: Mapping[int, list[int]]) -> Iterator[Row]:
    for number, cells in rows:
        for index in holes.get(number, ()):
            if index < len(cells) and cells[index] == "":
                cells[index] = UNCOMPUTED
        yield number, cells


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
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


def _has_formulas(archive: zipfile.ZipFile, part: str) -> bool:
    end = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            if any(mark in end + chunk for mark in (b"<f>", b"<f ", b":f>", b":f ")):
                return True
            end = chunk[-2:]
    return False


class _Cell:
    """What is known so far of the cell that is being parsed."""

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        self.reference: str = attributes.get("r", "")
        # A text result may be empty: that one was computed.
        self.computed = attributes.get("t") == "str"
        self.formula = False

    @property
    def place(self) -> tuple[int, int]:
        letters = self.reference.rstrip("0123456789")
        return int(self.reference[len(letters) :]), column_index_from_string(letters) - 1


def _holes(archive: zipfile.ZipFile, part: str) -> Mapping[int, list[int]]:
    holes: defaultdict[int, list[int]] = defaultdict(list)
    cell, in_value = _Cell({}), False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal cell, in_value
        tag = name.rpartition(":")[2]
        if tag == "c":
            cell = _Cell(attributes)
        elif tag == "f":
            cell.formula = True
        in_value = tag == "v"

    def text(_data: str) -> None:
        if in_value:
            cell.computed = True

    def end(name: str) -> None:
        nonlocal in_value
        in_value = False
        if name.rpartition(":")[2] == "c" and cell.formula and not cell.computed and cell.reference:
            row, column = cell.place
            holes[row].append(column)

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = start, text, end
    with archive.open(part) as file:
        parser.ParseFile(file)
    return holes
