"""Rows as a spreadsheet, written one at a time by openpyxl: types right, text never a formula (product.md §4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

DATE_FORMATS = {datetime: "dd/mm/yyyy hh:mm", date: "dd/mm/yyyy"}
# What XML cannot hold; forms refuse them, older rows may not have gone through a form.
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
CELL_LIMIT = 32_767
# openpyxl takes the first for a formula and “#N/A” for an error; a person who types them over would make formulas.
ACTIVE = frozenset("=+-@#")


@dataclass(frozen=True)
class ExportColumn:
    """One column of the file: its heading, which import understands, and its value for a row.

    `text` is for digits that are no number (phones, SIRET, postal codes): a spreadsheet keeps their zeros when edited.
    """

    header: Any
    value: Callable[[Any, datetime], Any]
    width: int = 18
    name: str = ""
    text: bool = False


def write_workbook(
    file: IO[bytes],
    title: str,
    columns: Sequence[ExportColumn],
    rows: Iterable[Sequence[Any]],
    about: Sequence[tuple[str, str]],
) -> int:
    """Write a workbook row by row and return how many rows it holds besides the heading."""
    workbook = Workbook(write_only=True)
    try:
        sheet = workbook.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", title)[:31])
        count = _Writer(sheet, columns).write(rows)
        _write_about(workbook, [*about, (_("Lignes"), str(count))])
        workbook.save(file)
    except BaseException:
        _clean_up(workbook)
        raise
    return count


def _clean_up(workbook: Any) -> None:
    """Remove what openpyxl keeps in temporary files until it saves."""
    for sheet in workbook.worksheets:
        with suppress(OSError):
            if sheet._rows is not None and not sheet.closed:
                sheet.close()
        if sheet._writer is not None and Path(sheet._writer.out).exists():
            sheet._writer.cleanup()


class _Writer:
    """One sheet being written: its styles are made once and shared, a style made for each cell is half the time."""

    def __init__(self, sheet: Any, columns: Sequence[ExportColumn]) -> None:
        self.sheet = sheet
        self.columns = columns
        self.dates = {kind: self._style(number_format=form) for kind, form in DATE_FORMATS.items()}
        self.digits = self._style(number_format="@")
        self.quoted = self._style(quotePrefix=True)

    def _style(self, **attributes: Any) -> Any:
        cell: Any = WriteOnlyCell(self.sheet)
        for name, value in attributes.items():
            setattr(cell, name, value)
        return copy(cell._style)

    def write(self, rows: Iterable[Sequence[Any]]) -> int:
        sheet, columns = self.sheet, self.columns
        sheet.freeze_panes = "A2"
        for index, column in enumerate(columns, start=1):
            sheet.column_dimensions[get_column_letter(index)].width = column.width
        sheet.append([self._heading(str(column.header)) for column in columns])
        digits = [index for index, column in enumerate(columns) if column.text]
        count = 0
        for row in rows:
            cells = [value if type(value) is int else self._cell(value) for value in row]
            for index in digits:
                if type(cells[index]) is str:
                    cells[index] = self._styled(cells[index], self.digits)
            sheet.append(cells)
            count += 1
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count + 1}"
        return count

    def _heading(self, text: str) -> Any:
        cell = WriteOnlyCell(self.sheet, text)
        cell.font = Font(bold=True)
        return cell

    def _cell(self, value: Any) -> Any:
        """A value as a spreadsheet should hold it: text as text, never a formula; instants local, without a zone."""
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            return _("Oui") if value else _("Non")
        if isinstance(value, int | float | Decimal):
            return value
        if isinstance(value, datetime):
            # A thousandth of a second is more than a spreadsheet shows, and comes back as another instant.
            return self._styled(timezone.make_naive(value).replace(microsecond=0), self.dates[datetime])
        if isinstance(value, date):
            return self._styled(value, self.dates[date])
        text = ILLEGAL.sub("", str(value))[:CELL_LIMIT]
        return self._styled(text, self.quoted) if text[:1] in ACTIVE else text

    def _styled(self, value: Any, style: Any) -> Any:
        cell: Any = WriteOnlyCell(self.sheet, value)
        cell._style = style
        if isinstance(value, str):
            cell.data_type = "s"
        return cell


def _write_about(workbook: Workbook, about: Sequence[tuple[str, str]]) -> None:
    sheet = workbook.create_sheet(_("Provenance"))
    writer = _Writer(sheet, ())
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 48
    for pair in about:
        sheet.append([writer._cell(text) for text in pair])
