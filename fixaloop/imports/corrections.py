"""Refused cells that are corrected on the page of an import: kept with its job; the file stays as it was sent.

A job keeps them by sheet, row and index of the column: {"": {"4": {"2": "lea@example.org"}}}.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from fixaloop.imports.preview import REFUSED
from fixaloop.models import ImportJob
from fixaloop.tables import Cell, Table

Corrections = Mapping[str, Mapping[str, Mapping[str, str]]]
# How many cells of a file may be corrected here, and how long a text may be. More is work for a spreadsheet.
MOST, LONGEST = 500, 5000


def corrected(table: Table, corrections: Corrections) -> Table:
    cells = corrections.get(table.sheet, {})
    if not cells:
        return table

    def read() -> Iterator[tuple[int, list[Cell]]]:
        for number, row in table.read():
            yield number, _over(row, cells[str(number)]) if str(number) in cells else row

    return replace(table, read=read)


def _over(row: list[Cell], texts: Mapping[str, str]) -> list[Cell]:
    width = max(len(row), *(int(index) + 1 for index in texts))
    own = [*row, *[""] * (width - len(row))]
    return [texts.get(str(index), cell) for index, cell in enumerate(own)]


def how_many(corrections: Corrections) -> int:
    return sum(len(cells) for rows in corrections.values() for cells in rows.values())


class CorrectionForm(forms.Form):
    """The cells of the refused rows that a simulation showed; only what was changed is kept."""

    # The run of the job that the page showed.
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, job: ImportJob, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job = job
        self.shown: dict[str, tuple[str, str, str]] = {}
        for row in job.report.get("rows", {}).get(REFUSED, ()):
            for cell in row.get("cells", ()):
                name = f"cell_{row['row']}_{cell['index']}"
                self.shown[name] = (str(row["row"]), str(cell["index"]), cell["value"])
                self.fields[name] = forms.CharField(
                    label=cell["header"], required=False, strip=False, max_length=LONGEST, initial=cell["value"]
                )

    def cells_of(self, row: int) -> list[forms.BoundField]:
        return [self[name] for name, (number, _index, _value) in self.shown.items() if number == str(row)]

    def clean(self) -> dict[str, Any]:
        if how_many(self.corrections()) > MOST:
            message = _("Au plus %(most)d cellules se corrigent ici : corrigez le fichier et envoyez-le de nouveau.")
            raise forms.ValidationError(message % {"most": MOST}, "too_many")
        return self.cleaned_data

    def corrections(self) -> dict[str, dict[str, dict[str, str]]]:
        sheet = self.job.report.get("sheet", "")
        kept = {name: {row: dict(cells) for row, cells in rows.items()} for name, rows in self.job.corrections.items()}
        for name, (row, index, value) in self.shown.items():
            text = self.cleaned_data.get(name, value) if name in self.data else value
            if text != value:
                kept.setdefault(sheet, {}).setdefault(row, {})[index] = text
        return kept
