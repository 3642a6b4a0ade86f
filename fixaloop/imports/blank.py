"""An empty spreadsheet of one kind: headings, a word of help on each, lists to choose from; filled, it imports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from fixaloop.imports.fields import Field
from fixaloop.imports.importer import Importer
from fixaloop.imports.kinds import model_of

ROWS = 5000
REQUIRED = PatternFill("solid", fgColor="FFF3D6")


def write_blank(target: Path | IO[bytes], importer: type[Importer]) -> None:
    """Write the workbook: the sheet to fill, then the help, then the choices behind the lists."""
    fields = [field for field in importer.fields if field.shown and not field.computed]
    workbook = Workbook()
    sheet: Worksheet = workbook.worksheets[0]
    sheet.title = str(model_of(importer)._meta.verbose_name_plural).capitalize()[:31]
    choices = workbook.create_sheet(_("Listes"))
    for index, field in enumerate(fields, start=1):
        letter = get_column_letter(index)
        _head(sheet, index, field, importer)
        if field.name in importer.choices:
            _offer(sheet, choices, letter, field, importer.choices[field.name]())
        else:
            # Text: a spreadsheet must not take the zero of a phone or of a postal code.
            sheet.column_dimensions[letter].number_format = "@"
    sheet.freeze_panes = "A2"
    choices.sheet_state = "hidden"
    _write_help(workbook, fields, importer)
    workbook.save(target)


def _head(sheet: Worksheet, index: int, field: Field, importer: type[Importer]) -> None:
    cell = sheet.cell(1, index, field.header)
    cell.font = Font(bold=True)
    cell.fill = REQUIRED
    if help_text := importer.help.get(field.name):
        cell.comment = Comment(str(help_text), "Fixaloop", width=320, height=120)
    sheet.column_dimensions[get_column_letter(index)].width = max(16, len(field.header) + 4)


def _offer(sheet: Worksheet, choices: Worksheet, letter: str, field: Field, values: Sequence[str]) -> None:
    """A list to choose from, kept in a sheet of its own: a formula holds 255 characters at most."""
    column = choices.max_column + (1 if choices["A1"].value else 0)
    for row, value in enumerate((field.header, *values), start=1):
        choices.cell(row, column, value)
    source = get_column_letter(column)
    formula = f"'{choices.title}'!${source}$2:${source}${len(values) + 1}"
    rule = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=False)
    rule.prompt = _("Choisissez dans la liste, ou laissez vide.")
    rule.promptTitle = field.header[:32]
    rule.showInputMessage = True
    rule.add(f"{letter}2:{letter}{ROWS}")
    sheet.add_data_validation(rule)


def _write_help(workbook: Workbook, fields: Sequence[Field], importer: type[Importer]) -> None:
    sheet = workbook.create_sheet(_("Aide"), 1)
    sheet.append([_("Colonne"), _("Ce qu’on y met"), _("Exemple")])
    for field in fields:
        sheet.append([field.header, str(importer.help.get(field.name, "")), importer.examples.get(field.name, "")])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letter, width in zip("ABC", (24, 80, 32), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
