"""The spreadsheets that imports give: a blank one to fill, and the refused rows to correct."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from fixaloop.exports.workbook import write_workbook
from fixaloop.files.columns import FileColumn
from fixaloop.files.disk import create_private
from fixaloop.files.stored import reason_of
from fixaloop.imports.importer import Importer
from fixaloop.imports.run import Outcome
from fixaloop.tables import as_text

ROWS = 5000
REQUIRED = PatternFill("solid", fgColor="FFF3D6")


def write_blank(target: Path | IO[bytes], importer: type[Importer]) -> None:
    """Write a workbook with the sheet to fill, the help on its columns, and the lists to choose from."""
    columns = [column for column in importer.columns if column.offered]
    workbook = Workbook()
    sheet: Worksheet = workbook.worksheets[0]
    sheet.title = str(importer.model._meta.verbose_name_plural).capitalize()[:31]
    choices = workbook.create_sheet(_("Listes"))
    for index, column in enumerate(columns, start=1):
        letter = get_column_letter(index)
        _head(sheet, index, column)
        if column.choices:
            _offer(sheet, choices, letter, column.header, column.choices())
        else:
            # Text: a spreadsheet must not take the zero of a phone or of a postal code.
            sheet.column_dimensions[letter].number_format = "@"
    sheet.freeze_panes = "A2"
    choices.sheet_state = "hidden"
    _write_help(workbook, columns)
    workbook.save(target)


def _head(sheet: Worksheet, index: int, column: FileColumn) -> None:
    cell = sheet.cell(1, index, column.header)
    cell.font = Font(bold=True)
    cell.fill = REQUIRED
    if column.help:
        cell.comment = Comment(str(column.help), "Fixaloop", width=320, height=120)
    sheet.column_dimensions[get_column_letter(index)].width = max(16, len(column.header) + 4)


def _offer(sheet: Worksheet, choices: Worksheet, letter: str, header: str, values: Sequence[str]) -> None:
    """Offer a list to choose from. It is kept in a sheet of its own: a formula holds at most 255 characters."""
    column = choices.max_column + (1 if choices["A1"].value else 0)
    for row, value in enumerate((header, *values), start=1):
        choices.cell(row, column, value)
    source = get_column_letter(column)
    formula = f"'{choices.title}'!${source}$2:${source}${len(values) + 1}"
    rule = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=False)
    rule.prompt = _("Choisissez dans la liste, ou laissez vide.")
    rule.promptTitle = header[:32]
    rule.showInputMessage = True
    rule.add(f"{letter}2:{letter}{ROWS}")
    sheet.add_data_validation(rule)


def _write_help(workbook: Workbook, columns: Sequence[FileColumn]) -> None:
    sheet = workbook.create_sheet(_("Aide"), 1)
    sheet.append([_("Colonne"), _("Ce qu’on y met"), _("Exemple")])
    for column in columns:
        sheet.append([column.header, str(column.help), str(column.example)])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letter, width in zip("ABC", (24, 80, 32), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"


def write_refused(file: IO[bytes], outcome: Outcome) -> None:
    headers = [*outcome.table.headers, _("À corriger")]
    columns = [FileColumn(header or " ", lambda row, at: row) for header in headers]
    about = [(_("Lignes refusées de"), outcome.report.understood[0])]
    write_workbook(file, _("Lignes refusées"), columns, _rows(outcome), about)


def save_refused(path: Path, outcome: Outcome) -> None:
    """Write the refused rows where a command was told. Nothing is left of a file that fails."""
    part = _part(path)
    part.unlink(missing_ok=True)
    try:
        with create_private(part) as file:
            write_refused(file, outcome)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Raise OSError where no file can be written: better before the import than after it."""
    with _part(path).open("wb"):
        pass
    _part(path).unlink()


def unwritten(error: OSError) -> str:
    return _("Le fichier des lignes refusées n’a pas pu être écrit (%(reason)s).") % {"reason": reason_of(error)}


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _rows(outcome: Outcome) -> Iterator[list[Any]]:
    width = len(outcome.table.headers)
    for record, cells in outcome.refused:
        kept = [*map(as_text, cells[:width]), *[""] * (width - len(cells))]
        said = " ".join(message for messages in record.errors.values() for message in messages)
        yield [*kept, said]
