"""Excel workbooks, read by calamine.

calamine allots every cell of a sheet between the first and the last filled one: one stray cell in the last corner would
exhaust the memory. So the archive is measured first, which no library does without reading the cells.
"""

import re
import zipfile
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl.utils import column_index_from_string
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from fixaloop.files.disk import Spool
from fixaloop.tables.formulas import holes_of, marked
from fixaloop.tables.hidden import Hidden, hidden_of
from fixaloop.tables.merged import TakenDown, merges_of
from fixaloop.tables.table import (
    BROKEN_ARCHIVE,
    Cell,
    Header,
    OtherSheet,
    Row,
    Table,
    TableError,
    damaged,
    find_header,
    is_blank,
)
from fixaloop.words.text import normalise

_MOST_UNPACKED = 400 * 1024**2
_MOST_PARTS = 10_000
_MOST_CELLS = 10_000_000
_TOGETHER = 1000
_CHUNK = 1 << 20
# How spreadsheets write a cell, and every other way to write one.
_USUAL_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
_ANY_CELL = re.compile(rb"<c[\s/>]")
_PREFIXED_CELL = re.compile(rb":c[\s/>]")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_CONTENT = ("v", "f", "is")
# The hidden sheet of our blank spreadsheets, in both languages.
_CHOICES = frozenset(("listes", "lists"))


def open_workbook(path: Path, sheet: str | None = None, known: Container[str] = frozenset()) -> Table:
    """The sheet that holds the data, or the one named. Raises TableError."""
    _check_size(path)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            name, found, header = _named(workbook, sheet, known) if sheet else _widest(workbook, known)
            sheets = tuple(workbook.sheet_names)
            others = tuple(_others(workbook, name))
    except CalamineError as error:
        message = _("« %(file)s » est abîmé : ouvrez-le dans le tableur et enregistrez-le de nouveau.")
        raise TableError("damaged", message, file=path.name) from error
    down = TakenDown(merges_of(path, name, header[0]))
    last_row, rows = found.total_height + 1, _kept(down.read(marked(_rows(found), holes_of(path, name))))
    del workbook, found
    read = partial(chain.from_iterable, rows)
    table = Table("xlsx", *header, last_row, read, sheet=name, sheets=sheets, others=others, merged=down.merged)
    return _with_hidden(table, hidden_of(path, name))


def _with_hidden(table: Table, hidden: Hidden) -> Table:
    """The table, knowing what is hidden of it and holds something."""
    headers = enumerate(table.headers)
    columns = tuple(header for index, header in headers if header and any(index in some for some in hidden.columns))
    read = table.rows if hidden.rows else ()
    rows = [number for number, cells in read if number in hidden.rows and not is_blank(cells)]
    return replace(table, hidden_rows=len(rows), first_hidden=min(rows, default=0), hidden_columns=columns)


def _kept(rows: Iterator[Row]) -> Spool[list[Row]]:
    """The rows in a temporary file: while it is read, calamine holds the whole sheet in memory."""
    kept: Spool[list[Row]] = Spool()
    while some := list(islice(rows, _TOGETHER)):
        kept.append(some)
    return kept


def _named(workbook: CalamineWorkbook, wanted: str, known: Container[str]) -> tuple[str, CalamineSheet, Header]:
    for name in workbook.sheet_names:
        if normalise(name) == normalise(wanted):
            sheet = workbook.get_sheet_by_name(name)
            return name, sheet, find_header(_rows(sheet), known)
    message = _("Aucune feuille « %(sheet)s » dans ce classeur. Feuilles : %(names)s.")
    raise TableError("sheet", message, sheet=wanted, names=", ".join(workbook.sheet_names))


def _widest(workbook: CalamineWorkbook, known: Container[str]) -> tuple[str, CalamineSheet, Header]:
    """The visible sheet with the most columns, then rows: notes and lists of choices are narrower than the data."""
    best: tuple[str, CalamineSheet, Header] | None = None
    problem: TableError | None = None
    widest_blank = 0
    for about in workbook.sheets_metadata:
        if not _is_shown(about):
            continue
        sheet = workbook.get_sheet_by_name(about.name)
        try:
            header = find_header(_rows(sheet), known)
        except TableError as error:
            problem = error if not problem or problem.code == "empty" else problem
            # A blank spreadsheet of ours, sent back empty: its sheet of help is not the data.
            if error.code == "header_only" and sheet.width > widest_blank:
                widest_blank, problem = sheet.width, error
            continue
        if not best or _size(sheet, header) > _size(best[1], best[2]):
            best = about.name, sheet, header
    if not best or _size(best[1], best[2])[0] < widest_blank:
        raise problem or TableError("empty", _("Ce classeur n’a aucune feuille visible."))
    return best


def _others(workbook: CalamineWorkbook, chosen: str) -> Iterator[OtherSheet]:
    """The other sheets that hold rows, and how many below their first; hidden ones too, which nobody sees."""
    for about in workbook.sheets_metadata:
        hidden = not _is_shown(about)
        if about.name == chosen or about.typ is not SheetTypeEnum.WorkSheet:
            continue
        if hidden and normalise(about.name) in _CHOICES:
            continue
        filled = sum(not is_blank(cells) for _number, cells in _rows(workbook.get_sheet_by_name(about.name)))
        if filled > 1:
            yield OtherSheet(about.name, filled - 1, hidden)


def _is_shown(about: SheetMetadata) -> bool:
    return about.typ is SheetTypeEnum.WorkSheet and about.visible is SheetVisibleEnum.Visible


def _size(sheet: CalamineSheet, header: Header) -> tuple[int, int]:
    return sum(map(bool, header[1])), sheet.height


def _rows(sheet: CalamineSheet) -> Iterator[Row]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        yield number, [_cell(cell) for cell in cells]


def _cell(cell: Cell) -> Cell:
    return int(cell) if type(cell) is float and cell.is_integer() else cell


def _check_size(path: Path) -> None:
    """Refuse what would fill the memory, by the sizes that the archive announces, then by its real cells."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
                message = _("« %(file)s » est trop gros une fois ouvert : enregistrez la feuille en CSV UTF-8.")
                raise TableError("too_big", message, file=path.name)
            for part in archive.infolist():
                rows, columns = _last_cell(archive, part)
                if rows * columns > _MOST_CELLS:
                    message = _(
                        "« %(file)s » : une feuille s’étend jusqu’à la ligne %(rows)d et la colonne %(columns)d. Copiez"
                        " les seules lignes utiles dans un nouveau classeur."
                    )
                    raise TableError("too_big", message, file=path.name, rows=rows, columns=columns)
    except BROKEN_ARCHIVE as error:
        raise damaged(path) from error


def _last_cell(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int]:
    """The last row and the last column with content in a part of the archive.

    The quick look counts empty formatted cells too and knows one spelling of a cell only; if it finds too many cells or
    another spelling, the XML is parsed. The part is read to its end, which proves its announced size and its checksum.
    """
    found = _glance(archive, part)
    if found is None or found[0] * found[1] > _MOST_CELLS:
        found = _parse(archive, part)
    return found


def _glance(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int] | None:
    last_row, columns, rest, usual = 0, set[bytes](), b"", True
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            data = rest + chunk
            cut = max(data.rfind(b"<"), 0) if len(data) <= 2 * _CHUNK else len(data)
            body, rest = data[:cut], data[cut:]
            found = _USUAL_CELL.findall(body)
            usual = usual and len(found) == len(_ANY_CELL.findall(body)) and not _is_unusual(body)
            columns.update(column for column, _row in found)
            last_row = max([last_row, *(int(row) for _column, row in found)])
    if not usual or _ANY_CELL.match(rest) or _is_unusual(rest):
        return None
    return last_row, _last_column(column.decode() for column in columns)


def _is_unusual(xml: bytes) -> bool:
    return b"\0" in xml or _PREFIXED_CELL.search(xml) is not None


def _parse(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int]:
    last_row, columns, reference = 0, set[str](), None

    def start(name: str, attributes: dict[str, Any]) -> None:
        nonlocal last_row, reference
        tag = name.rpartition(":")[2]
        if tag == "c":
            reference = _REFERENCE.fullmatch(attributes.get("r", ""))
        elif reference and tag in _CONTENT:
            columns.add(reference[1])
            last_row = max(last_row, int(reference[2]))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    with archive.open(part) as file:
        beginning = file.read(1)
        try:
            parser.Parse(beginning)
            parser.ParseFile(file)
        except expat.ExpatError as error:
            if beginning in b"<\xef\xff\xfe":  # XML that is damaged; other parts are pictures and macros
                raise zipfile.BadZipFile(str(error)) from error
    return last_row, _last_column(columns)


def _last_column(letters: Iterable[str]) -> int:
    return max(map(column_index_from_string, letters), default=0)
