"""A list, or other rows, as a spreadsheet: numbers and dates typed, text never a formula.

openpyxl makes the sheets, headings and styles. The rows are written as XML text into that frame: openpyxl would build a
tree for each cell, which takes most of the time. Only one row is in memory at once.
"""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, closing
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import chain, count as counting, islice
from typing import IO, TYPE_CHECKING, Any
from xml.sax.saxutils import escape
from zipfile import ZIP64_LIMIT, ZIP_DEFLATED, ZipFile

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel

from fixaloop.audit.trail import Kind, note
from fixaloop.files.columns import FileColumn

if TYPE_CHECKING:
    from fixaloop.lists.page import ListPage

logger = logging.getLogger("fixaloop.exports")
# How long the worker’s files wait to be downloaded.
KEPT = timedelta(hours=24)


def write_list(file: IO[bytes], page: ListPage, rows: Generator[Any, None, None] | None = None) -> int:
    """Write and log the rows of a list page; return their number.

    The log has the names of the filters only: their values are typed freely and may be personal.
    """
    filters = filters_of(page)
    user = page.request.user
    about = provenance(user.get_username(), page.at, filters)
    with closing(rows or page.records()) as source:
        values = ([column.value(row, page.at) for column in page.export_columns] for row in source)
        written = write_workbook(file, str(page.title), page.export_columns, values, about)
    note(Kind.EXPORT, page.request.path.removesuffix("export/"), by=user, rows=written, filters=page.filters_told)
    names = ", ".join(label for label, _value in filters) or "-"
    logger.info("export of %s by %s (%s): %d rows; filters: %s", page.model._meta.label, user.pk, user, written, names)
    return written


def filters_of(page: ListPage) -> list[tuple[str, str]]:
    return [*page.scope(), *((str(token.label), str(token.value)) for token in page.tokens)]


def file_name(page: ListPage, at: datetime) -> str:
    return f"{page.file_stem}-{timezone.localtime(at):%Y-%m-%d-%H%M}.xlsx"


def provenance(user: str, at: datetime, filters: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    when = f"{timezone.localtime(at):%d/%m/%Y %H:%M}"
    told = [(_("Exporté par"), user), (_("Exporté le"), when), *(filters or [(_("Filtres"), _("aucun"))])]
    return [*told, (_("Données personnelles"), personal_data())]


def personal_data() -> str:
    """What every exported file says of itself, and the pages that offer one."""
    message = _(
        "Ce fichier contient des données personnelles. Ne le transmettez qu’à qui en a besoin et effacez vos copies"
        " dès qu’elles ne servent plus. Sur le serveur, un export préparé est effacé après %(hours)d heures."
    )
    return message % {"hours": KEPT // timedelta(hours=1)}


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
INSTANT_FORMAT, DAY_FORMAT, AMOUNT_FORMAT = "dd/mm/yyyy hh:mm", "dd/mm/yyyy", "#,##0.00"
# What XML cannot hold. Forms refuse these characters, but not every row has gone through a form.
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# “_x0041_” is a character by its code for spreadsheets: the underscore is escaped.
LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
CELL_LIMIT = 32_767
# A sheet has 1,048,576 lines at most; Excel repairs a file that has more.
SHEET_LIMIT = 1_048_575
# Typed again in a spreadsheet, such text would become a formula or an error (#N/A): it is marked as text.
ACTIVE = frozenset("=+-@#")
END_OF_ROWS = b"</sheetData>"


def write_workbook(
    file: IO[bytes],
    title: str,
    columns: Sequence[FileColumn],
    rows: Iterable[Sequence[Any]],
    about: Sequence[tuple[str, str]],
) -> int:
    """Write a workbook row by row; return the number of rows without the heading.

    `about` goes into a second sheet; rows beyond the limit of the first go into a third, a fourth…
    """
    workbook = Workbook(write_only=True)
    name = re.sub(r"[\\/*?:\[\]]", " ", title)
    first: Any = workbook.create_sheet(name[:31])
    second: Any = workbook.create_sheet(_("Provenance"))
    with ExitStack() as files:
        parts = []
        rows, count = iter(rows), 0
        for rank in counting(1):
            sheet: Any = first if rank == 1 else workbook.create_sheet(f"{name[:25]} ({rank})")
            parts.append((sheet, written := files.enter_context(tempfile.TemporaryFile())))
            part = _Rows(sheet, [column.text for column in columns]).write(written, islice(rows, SHEET_LIMIT), start=2)
            _head(sheet, columns, part)
            count += part
            if part < SHEET_LIMIT or (following := next(rows, None)) is None:
                break
            rows = chain([following], rows)
        parts.append((second, told := files.enter_context(tempfile.TemporaryFile())))
        _Rows(second, (False, False)).write(told, [*about, (_("Lignes"), str(count))], start=1)
        second.column_dimensions["A"].width, second.column_dimensions["B"].width = 24, 48
        frame = BytesIO()
        workbook.save(frame)
        _fill(frame, {sheet.path: written for sheet, written in parts}, file)
    return count


def _head(sheet: Any, columns: Sequence[FileColumn], count: int) -> None:
    headings = [WriteOnlyCell(sheet, str(column.header)) for column in columns]
    for index, (heading, column) in enumerate(zip(headings, columns, strict=True), start=1):
        heading.data_type = "s"
        heading.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(index)].width = column.width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count + 1}"
    sheet.append(headings)


def _fill(frame: IO[bytes], rows_of: dict[str, IO[bytes]], file: IO[bytes]) -> None:
    with ZipFile(frame) as source, ZipFile(file, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            content, rows = source.read(name), rows_of.get(f"/{name}")
            if rows is None:
                target.writestr(name, content)
                continue
            before, _end, after = content.partition(END_OF_ROWS)
            large = rows.tell() > ZIP64_LIMIT // 2
            rows.seek(0)
            with target.open(name, "w", force_zip64=large) as sheet:
                sheet.write(before)
                shutil.copyfileobj(rows, sheet)
                sheet.write(END_OF_ROWS + after)


class _Rows:
    """The rows of one sheet as XML. `digits` tells which columns hold digits that are no number."""

    def __init__(self, sheet: Any, digits: Sequence[bool]) -> None:
        self.columns = [(get_column_letter(index), text) for index, text in enumerate(digits, start=1)]
        self.words = {True: _("Oui"), False: _("Non")}
        self.zone = timezone.get_current_timezone()
        self.instant = _style(sheet, number_format=INSTANT_FORMAT)
        self.day = _style(sheet, number_format=DAY_FORMAT)
        self.amount = _style(sheet, number_format=AMOUNT_FORMAT)
        self.digits = _style(sheet, number_format="@")
        self.quoted = _style(sheet, quotePrefix=True)

    def write(self, file: IO[bytes], rows: Iterable[Sequence[Any]], start: int) -> int:
        number = start - 1
        for number, row in enumerate(rows, start):
            cells = "".join(
                [
                    f'<c r="{letter}{number}"{self._cell(value, digits)}</c>'
                    for (letter, digits), value in zip(self.columns, row, strict=True)
                    if value is not None and value != ""
                ]
            )
            file.write(f'<row r="{number}">{cells}</row>'.encode())
        return number - start + 1

    def _cell(self, value: Any, digits: bool) -> str:
        """The attributes and content of a cell. Instants are written in the firm’s time zone: Excel has none."""
        if type(value) is not str:
            if isinstance(value, datetime):
                # Microseconds are not shown; read back from the file, they would make another instant.
                local = value.astimezone(self.zone).replace(tzinfo=None, microsecond=0)
                return f"{self.instant}><v>{to_excel(local)}</v>"
            if isinstance(value, date):
                return f"{self.day}><v>{to_excel(value)}</v>"
            if isinstance(value, Decimal):
                return f"{self.amount}><v>{value}</v>"
            if isinstance(value, int | float) and not isinstance(value, bool):
                return f"><v>{value}</v>"
            value = self.words[value] if isinstance(value, bool) else str(value)
        if not value.isprintable():
            value = ILLEGAL.sub("", value)
        if len(value) > CELL_LIMIT:
            value = value[:CELL_LIMIT]
        if "_x" in value:
            value = LOOKS_ESCAPED.sub("_x005F_", value)
        style = self.quoted if value[:1] in ACTIVE else self.digits if digits else ""
        kept = "" if value == value.strip() else ' xml:space="preserve"'
        return f'{style} t="inlineStr"><is><t{kept}>{escape(value)}</t></is>'


def _style(sheet: Any, **look: Any) -> str:
    cell: Any = WriteOnlyCell(sheet)
    for name, value in look.items():
        setattr(cell, name, value)
    return f' s="{cell.style_id}"'
