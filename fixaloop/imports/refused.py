"""The refused rows as a spreadsheet: one corrects them and loads it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from fixaloop.exports import write_workbook
from fixaloop.files.columns import FileColumn
from fixaloop.files.private import create_private
from fixaloop.imports.runner import Outcome
from fixaloop.tables import as_text


def write_refused(path: Path, outcome: Outcome) -> None:
    """Write the refused rows as they were, each with what is wrong; nothing is left of a file that fails."""
    headers = [*outcome.table.headers, _("À corriger")]
    columns = [FileColumn(header or " ", lambda row, at: row) for header in headers]
    part = _part(path)
    part.unlink(missing_ok=True)
    try:
        with create_private(part) as file:
            write_workbook(
                file,
                _("Lignes refusées"),
                columns,
                _rows(outcome),
                [(_("Lignes refusées de"), outcome.report.understood[0])],
            )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Raises OSError where no file could be written, which is better known before anything is imported."""
    with _part(path).open("wb"):
        pass
    _part(path).unlink()


def unwritten(error: OSError) -> str:
    """That the refused rows are in no file: what was imported is."""
    message = _("Le fichier des lignes refusées n’a pas pu être écrit (%(reason)s) : vérifiez la place du disque.")
    return message % {"reason": error.strerror or error}


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _rows(outcome: Outcome) -> Iterator[list[Any]]:
    width = len(outcome.table.headers)
    for record, cells in outcome.refused:
        kept = [*map(as_text, cells[:width]), *[""] * (width - len(cells))]
        said = " ".join(message for messages in record.errors.values() for message in messages)
        yield [*kept, said]
