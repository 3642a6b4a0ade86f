"""A list as a spreadsheet: the rows and order of the page, written one at a time by openpyxl (product.md §4)."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

if TYPE_CHECKING:
    from fixaloop.lists import ListPage

logger = logging.getLogger(__name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DATE_FORMATS = {datetime: "dd/mm/yyyy hh:mm", date: "dd/mm/yyyy"}
# What XML cannot hold; forms refuse them, older rows may not have gone through a form.
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
CELL_LIMIT = 32_767


@dataclass(frozen=True)
class ExportColumn:
    """One column of the file: its heading, which import understands, and its value for a row."""

    header: Any
    value: Callable[[Any, datetime], Any]
    width: int = 18


def export_response(page: ListPage) -> FileResponse:
    """The rows of a list page as a download, and the line in the log that says who took them."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    rows = page.shown(page.queryset).order_by(*page.order).iterator(chunk_size=2000)
    values = ([column.value(row, page.at) for column in page.export_columns] for row in rows)
    filters = [(token.label, token.value) for token in page.tokens]
    written = write_workbook(
        file,
        str(page.title),
        page.export_columns,
        values,
        provenance(page.request.user.get_username(), page.at, filters),
    )
    file.seek(0)
    logger.info(
        "export of %s by %s: %d rows",
        page.model._meta.label,
        page.request.user.pk,
        written,
    )
    name = f"{page.model._meta.verbose_name_plural}-{timezone.localtime(page.at):%Y-%m-%d-%H%M}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def provenance(user: str, at: datetime, filters: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Who exported, when, with which filters: the second sheet."""
    when = f"{timezone.localtime(at):%d/%m/%Y %H:%M}"
    return [
        (_("Exporté par"), user),
        (_("Exporté le"), when),
        *(filters or [(_("Filtres"), _("aucun"))]),
    ]


def write_workbook(
    file: IO[bytes],
    title: str,
    columns: Sequence[ExportColumn],
    rows: Iterable[Sequence[Any]],
    about: Sequence[tuple[str, str]],
) -> int:
    """Write a workbook row by row and return how many rows it holds besides the heading."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for index, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = column.width
    sheet.append([_heading(sheet, str(column.header)) for column in columns])
    count = 0
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count + 1}"
    _write_about(workbook, [*about, (_("Lignes"), str(count))])
    workbook.save(file)
    return count


def _write_about(workbook: Workbook, about: Sequence[tuple[str, str]]) -> None:
    sheet = workbook.create_sheet(_("Provenance"))
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 48
    for pair in about:
        sheet.append([_cell(sheet, text) for text in pair])


def _heading(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: WriteOnlyWorksheet, value: Any) -> Any:
    """A value as a spreadsheet should hold it: text as text, never a formula; instants local, without a zone."""
    if value is None or value == "":
        return None
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, date):
        if isinstance(value, datetime):
            value = timezone.make_naive(value)
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = DATE_FORMATS[type(value)]
        return cell
    text = ILLEGAL.sub("", str(value))[:CELL_LIMIT]
    if text[:1] != "=":
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell
