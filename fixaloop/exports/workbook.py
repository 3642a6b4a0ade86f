"""Rows as a spreadsheet, written one at a time by openpyxl: types right, text never a formula (product.md §4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
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
    """One sheet being written.

    openpyxl would judge every value, and refuse every ready-made cell, before it writes it: half the time of a file.
    Values are judged here instead, and put into a few cells that serve again and again.
    """

    def __init__(self, sheet: Any, columns: Sequence[ExportColumn]) -> None:
        self.sheet = sheet
        self.columns = columns
        self.words = {True: _("Oui"), False: _("Non")}
        self.number = self._reusable("n")
        self.text = self._reusable("s")
        self.digits = self._reusable("s", number_format="@")
        self.quoted = self._reusable("s", quotePrefix=True)
        self.dates = {kind: self._reusable("d", number_format=form) for kind, form in DATE_FORMATS.items()}

    def _reusable(self, data_type: str, **style: Any) -> Any:
        cell: Any = WriteOnlyCell(self.sheet)
        for name, value in style.items():
            setattr(cell, name, value)
        cell.data_type = data_type
        return cell

    def write(self, rows: Iterable[Sequence[Any]]) -> int:
        sheet, columns = self.sheet, self.columns
        sheet.freeze_panes = "A2"
        for index, column in enumerate(columns, start=1):
            sheet.column_dimensions[get_column_letter(index)].width = column.width
        sheet.append([self._heading(str(column.header)) for column in columns])
        count = self.append(rows, [column.text for column in columns])
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count + 1}"
        return count

    def append(self, rows: Iterable[Sequence[Any]], digits: Sequence[bool]) -> int:
        """Write rows; return how many. `digits` tells which columns hold digits that are no number."""

        def cells(row: Sequence[Any], number: int) -> Iterator[Any]:
            for index, value in enumerate(row):
                if value is not None and value != "":
                    cell = self._cell(value, digits[index])
                    cell.column, cell.row = index + 1, number
                    yield cell

        self.sheet._values_to_row = cells
        count = 0
        for row in rows:
            self.sheet.append(row)
            count += 1
        return count

    def _heading(self, text: str) -> Any:
        cell = WriteOnlyCell(self.sheet, text)
        cell.font = Font(bold=True)
        return cell

    def _cell(self, value: Any, digits: bool) -> Any:
        """A value as a spreadsheet should hold it: text as text, never a formula; instants local, without a zone."""
        if type(value) is not str:
            if isinstance(value, datetime):
                # Less than a second is more than a spreadsheet shows, and comes back as another instant.
                value = timezone.make_naive(value).replace(microsecond=0)
                return self._filled(self.dates[datetime], value)
            if isinstance(value, date):
                return self._filled(self.dates[date], value)
            if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                return self._filled(self.number, value)
            value = self.words[value] if isinstance(value, bool) else str(value)
        if not value.isprintable():
            value = ILLEGAL.sub("", value)
        if len(value) > CELL_LIMIT:
            value = value[:CELL_LIMIT]
        if value[:1] in ACTIVE:
            return self._filled(self.quoted, value)
        return self._filled(self.digits if digits else self.text, value)

    @staticmethod
    def _filled(cell: Any, value: Any) -> Any:
        cell._value = value
        return cell


def _write_about(workbook: Workbook, about: Sequence[tuple[str, str]]) -> None:
    sheet = workbook.create_sheet(_("Provenance"))
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 48
    _Writer(sheet, ()).append(about, (False, False))
