"""Excel workbooks by calamine, after a look at the archive: a sheet is held in memory whole, so its size is bounded."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from fixaloop.tables.table import Cell, Header, Row, Table, TableError, find_header
from fixaloop.text import normalise

_MOST_UNPACKED = 400 * 1024**2
_MOST_CELLS = 10_000_000
_CHUNK = 1 << 20
# A cell that holds something: its column and row. Formatted empty cells (<c …/>) cost calamine nothing.
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*?\sr\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,7})[\"'][^>]*(?<!/)>")
_LONGEST_TAG = 512


def open_workbook(path: str, sheet: str | None = None) -> Table:
    """The sheet that holds the data, or the one named. Raises TableError."""
    _check_size(path)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            name, found, header = _named(workbook, sheet) if sheet else _widest(workbook)
            sheets = tuple(workbook.sheet_names)
    except CalamineError:
        _refuse(_("« %(file)s » est abîmé : ouvrez-le dans le tableur et enregistrez-le de nouveau."), "damaged", path)
    return Table("xlsx", header, found.total_height + 1, lambda: _rows(found), sheet=name, sheets=sheets)


def _named(workbook: CalamineWorkbook, wanted: str) -> tuple[str, CalamineSheet, Header]:
    for name in workbook.sheet_names:
        if normalise(name) == normalise(wanted):
            sheet = workbook.get_sheet_by_name(name)
            return name, sheet, find_header(_rows(sheet))
    message = _("Aucune feuille « %(sheet)s » dans ce classeur. Feuilles : %(names)s.")
    raise TableError(message % {"sheet": wanted, "names": ", ".join(workbook.sheet_names)}, "sheet")


def _widest(workbook: CalamineWorkbook) -> tuple[str, CalamineSheet, Header]:
    """The visible sheet with most columns, then most rows: notes and lists of choices are narrower than the data."""
    best: tuple[str, CalamineSheet, Header] | None = None
    problem: TableError | None = None
    for about in workbook.sheets_metadata:
        if about.typ is not SheetTypeEnum.WorkSheet or about.visible is not SheetVisibleEnum.Visible:
            continue
        sheet = workbook.get_sheet_by_name(about.name)
        try:
            header = find_header(_rows(sheet))
        except TableError as error:
            problem = error if not problem or problem.code == "empty" else problem
            continue
        if not best or _size(sheet, header) > _size(best[1], best[2]):
            best = about.name, sheet, header
    if not best:
        raise problem or TableError(_("Ce classeur n’a aucune feuille visible."), "empty")
    return best


def _size(sheet: CalamineSheet, header: Header) -> tuple[int, int]:
    return sum(map(bool, header.names)), sheet.height


def _rows(sheet: CalamineSheet) -> Iterator[Row]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        yield number, [_cell(cell) for cell in cells]


def _cell(cell: Cell) -> Cell:
    """Excel knows no integers: 1600 comes as 1600.0."""
    return int(cell) if type(cell) is float and cell.is_integer() else cell


def _check_size(path: str) -> None:
    """Refuses what would fill the memory: calamine allots every cell between the first and the last.

    Reading each part to its end also proves the archive whole, and the sizes it announces true.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED:
                message = _("« %(file)s » est trop gros une fois ouvert : enregistrez la feuille en CSV UTF-8.")
                _refuse(message, "too_big", path)
            for part in archive.infolist():
                with archive.open(part) as file:
                    rows, columns = _extent(iter(lambda file=file: file.read(_CHUNK), b""))
                if rows * columns > _MOST_CELLS:
                    _refuse_far_cell(path, rows, columns)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        _refuse(_("« %(file)s » est incomplet ou abîmé : copiez-le ou téléchargez-le de nouveau."), "damaged", path)


def _extent(chunks: Iterator[bytes]) -> tuple[int, int]:
    """How many rows and columns the filled cells of a part span."""
    last_row, names, tail = 0, set[bytes](), b""
    for chunk in chunks:
        found = _CELL.findall(tail + chunk)
        tail = chunk[-_LONGEST_TAG:]
        if found:
            names.update(column for column, _row in found)
            last_row = max(last_row, max(int(row) for _column, row in found))
    return last_row, max(map(_column_number, names), default=0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _refuse_far_cell(path: str, rows: int, columns: int) -> NoReturn:
    message = _(
        "« %(file)s » : une feuille s’étend jusqu’à la ligne %(rows)d et la colonne %(columns)d. Copiez les seules lignes"
        " utiles dans un nouveau classeur."
    )
    raise TableError(message % {"file": Path(path).name, "rows": rows, "columns": columns}, "too_big")


def _refuse(message: str, code: str, path: str) -> NoReturn:
    raise TableError(message % {"file": Path(path).name}, code)
