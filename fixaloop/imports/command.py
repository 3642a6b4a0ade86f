"""The command line of imports: the same options and exit codes for every kind (contract.md)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.exports import ExportColumn, write_workbook
from fixaloop.imports.fields import HeaderError
from fixaloop.imports.records import Record
from fixaloop.imports.runner import Importer, Options, run_import
from fixaloop.tables import Cell, Table, TableError, as_text


class ImportCommand(BaseCommand):
    """Import a file of one kind. Exit 0: all rows taken; 1: some refused; 2: nothing written."""

    importer_class: type[Importer]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=_("le fichier .xlsx ou .csv"))
        parser.add_argument("--mode", choices=("create", "update", "upsert"), default="upsert")
        parser.add_argument("--key", choices=self.importer_class.keys, default="")
        parser.add_argument("--dry-run", action="store_true", help=_("tout faire, puis tout défaire"))
        parser.add_argument("--on-error", choices=("abort", "skip"), default="abort")
        parser.add_argument("--lenient", action="store_true", help=_("laisser vide une valeur facultative fausse"))
        parser.add_argument("--report", type=Path, metavar="FICHIER.xlsx", help=_("les lignes refusées, à corriger"))
        parser.add_argument("--sheet", help=_("la feuille du classeur"))
        parser.add_argument("--encoding")
        parser.add_argument("--delimiter")
        parser.add_argument("--map", action="append", default=[], type=_pair, metavar='"Colonne=champ"', dest="mapped")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        importer = self.importer_class(
            Options(
                mode=options["mode"],
                key=options["key"],
                dry_run=options["dry_run"],
                skip=options["on_error"] == "skip",
                lenient=options["lenient"],
                sheet=options["sheet"],
                encoding=options["encoding"],
                delimiter=options["delimiter"],
                mapped=dict(options["mapped"]),
            )
        )
        try:
            report, refused, table = run_import(importer, options["file"], timezone.now(), self._progress)
        except (TableError, HeaderError) as error:
            raise CommandError(str(error), returncode=2) from error
        if options["report"] and refused:
            _write_refused(options["report"], table, refused)
        self.stdout.write(report.as_json() if options["format"] == "json" else report.as_text())
        if report.exit_code:
            sys.exit(report.exit_code)

    def _progress(self, rows: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(_("%(rows)s lignes lues…") % {"rows": rows}, ending="\r")


def _pair(text: str) -> tuple[str, str]:
    header, separator, name = text.rpartition("=")
    if not separator:
        raise argparse.ArgumentTypeError(_('« %s » : écrivez "Colonne=champ".') % text)
    return header, name


def _write_refused(path: Path, table: Table, refused: Sequence[tuple[Record, Sequence[Cell]]]) -> None:
    """The refused rows as they were, with what is wrong: corrected, the file loads again."""
    headers = [*table.headers, _("À corriger")]
    columns = [ExportColumn(header or " ", lambda row, at: row) for header in headers]
    rows = (
        [*map(as_text, cells), " ".join(message for messages in record.errors.values() for message in messages)]
        for record, cells in refused
    )
    with path.open("wb") as file:
        write_workbook(file, _("Lignes refusées"), columns, rows, [(_("Lignes refusées de"), path.stem)])
