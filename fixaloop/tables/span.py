"""How far the filled cells of a workbook go, found without holding them: calamine allots every cell between the first
and the last in one block, so that a stray cell in the last corner of a sheet would end the process for want of memory.
"""

import re
import zipfile
from typing import Any
from xml.parsers import expat

_CHUNK = 1 << 20
# How spreadsheets write a cell, and every other way to write one.
_USUAL_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
_ANY_CELL = re.compile(rb"<c[\s/>]")
_PREFIXED_CELL = re.compile(rb":c[\s/>]")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_CONTENT = ("v", "f", "is")


def span(archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> tuple[int, int]:
    """The last row and the last column that hold something in a part of the archive.

    A quick look counts empty formatted cells too and knows one spelling only: past `most` cells, or on any other
    spelling, the XML is parsed. Reads the part to its end, which proves its announced size and its checksum.
    """
    extent = _glance(archive, part)
    if extent is None or extent[0] * extent[1] > most:
        extent = _parse(archive, part)
    return extent


def _glance(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int] | None:
    last_row, columns, rest, usual = 0, set[bytes](), b"", True
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            data = rest + chunk
            cut = max(data.rfind(b"<"), 0) if len(data) <= 2 * _CHUNK else len(data)
            body, rest = data[:cut], data[cut:]
            found = _USUAL_CELL.findall(body)
            usual = usual and len(found) == len(_ANY_CELL.findall(body)) and not _unusual(body)
            columns.update(column for column, _row in found)
            last_row = max([last_row, *(int(row) for _column, row in found)])
    return (last_row, _last(columns)) if usual and not _ANY_CELL.match(rest) and not _unusual(rest) else None


def _unusual(xml: bytes) -> bool:
    """Whether cells may hide under a namespace prefix or in UTF-16."""
    return b"\0" in xml or _PREFIXED_CELL.search(xml) is not None


def _parse(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int]:
    last_row, columns, reference = 0, set[bytes](), None

    def start(name: str, attributes: dict[str, Any]) -> None:
        nonlocal last_row, reference
        tag = name.rpartition(":")[2]
        if tag == "c":
            reference = _REFERENCE.fullmatch(attributes.get("r", ""))
        elif reference and tag in _CONTENT:
            columns.add(reference[1].encode())
            last_row = max(last_row, int(reference[2]))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    with archive.open(part) as file:
        beginning = file.read(1)
        try:
            parser.Parse(beginning)
            parser.ParseFile(file)
        except expat.ExpatError as error:
            if beginning in b"<\xef\xff\xfe":  # XML that is damaged; the rest are pictures and macros
                raise zipfile.BadZipFile(str(error)) from error
    return last_row, _last(columns)


def _last(columns: set[bytes]) -> int:
    return max(map(_number, columns), default=0)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
