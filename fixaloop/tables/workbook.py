"""Excel workbooks by calamine, after a look at the archive: a sheet is held in memory whole, so its size is bounded."""

import zipfile
from collections.abc import Container, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import NoReturn

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from fixaloop.files.spool import Spool
from fixaloop.tables.kinds import BROKEN_ARCHIVE
from fixaloop.tables.span import span
from fixaloop.tables.table import Cell, Header, Row, Table, TableError, find_header
from fixaloop.words.text import normalise

_MOST_UNPACKED = 400 * 1024**2
_MOST_CELLS = 10_000_000
_TOGETHER = 1000


def open_workbook(path: Path, sheet: str | None = None, known: Container[str] = frozenset()) -> Table:
    """The sheet that holds the data, or the one named. Raises TableError."""
    _check_size(path)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            name, found, header = _named(workbook, sheet, known) if sheet else _widest(workbook, known)
            sheets = tuple(workbook.sheet_names)
    except CalamineError:
        _refuse(_("« %(file)s » est abîmé : ouvrez-le dans le tableur et enregistrez-le de nouveau."), "damaged", path)
    last_row, rows = found.total_height + 1, _kept(found)
    del workbook, found
    return Table("xlsx", header, last_row, lambda: chain.from_iterable(rows), sheet=name, sheets=sheets)


def _kept(sheet: CalamineSheet) -> Spool[list[Row]]:
    """The rows in a temporary file: calamine holds a sheet in memory whole for as long as one reads it."""
    kept: Spool[list[Row]] = Spool()
    rows = _rows(sheet)
    while some := list(islice(rows, _TOGETHER)):
        kept.append(some)
    return kept


def _named(workbook: CalamineWorkbook, wanted: str, known: Container[str]) -> tuple[str, CalamineSheet, Header]:
    for name in workbook.sheet_names:
        if normalise(name) == normalise(wanted):
            sheet = workbook.get_sheet_by_name(name)
            return name, sheet, find_header(_rows(sheet), known)
    message = _("Aucune feuille « %(sheet)s » dans ce classeur. Feuilles : %(names)s.")
    raise TableError(message % {"sheet": wanted, "names": ", ".join(workbook.sheet_names)}, "sheet")


def _widest(workbook: CalamineWorkbook, known: Container[str]) -> tuple[str, CalamineSheet, Header]:
    """The visible sheet with most columns, then most rows: notes and lists of choices are narrower than the data."""
    best: tuple[str, CalamineSheet, Header] | None = None
    problem: TableError | None = None
    widest_blank = 0
    for about in workbook.sheets_metadata:
        if about.typ is not SheetTypeEnum.WorkSheet or about.visible is not SheetVisibleEnum.Visible:
            continue
        sheet = workbook.get_sheet_by_name(about.name)
        try:
            header = find_header(_rows(sheet), known)
        except TableError as error:
            problem = error if not problem or problem.code == "empty" else problem
            # The sheet to fill, left as it was: the help beside it is not what was meant.
            if error.code == "header_only" and sheet.width > widest_blank:
                widest_blank, problem = sheet.width, error
            continue
        if not best or _size(sheet, header) > _size(best[1], best[2]):
            best = about.name, sheet, header
    if not best or _size(best[1], best[2])[0] < widest_blank:
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


def _check_size(path: Path) -> None:
    """Refuses what would fill the memory: by the sizes the archive announces, then by what its parts really hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED:
                message = _("« %(file)s » est trop gros une fois ouvert : enregistrez la feuille en CSV UTF-8.")
                _refuse(message, "too_big", path)
            for part in archive.infolist():
                rows, columns = span(archive, part, _MOST_CELLS)
                if rows * columns > _MOST_CELLS:
                    _refuse_far_cell(path, rows, columns)
    except BROKEN_ARCHIVE:
        _refuse(_("« %(file)s » est incomplet ou abîmé : copiez-le ou téléchargez-le de nouveau."), "damaged", path)


def _refuse_far_cell(path: Path, rows: int, columns: int) -> NoReturn:
    message = _(
        "« %(file)s » : une feuille s’étend jusqu’à la ligne %(rows)d et la colonne %(columns)d. Copiez les seules"
        " lignes utiles dans un nouveau classeur."
    )
    raise TableError(message % {"file": path.name, "rows": rows, "columns": columns}, "too_big")


def _refuse(message: str, code: str, path: Path) -> NoReturn:
    raise TableError(message % {"file": path.name}, code)
