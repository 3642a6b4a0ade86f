"""The work of an import: read and settle every row first, then write all in one transaction.

Nothing is locked while rows are read and checked; what they come to waits in a temporary file, so that neither the
size of the file nor the number of refused rows weighs on memory or on the people at work.
"""

from __future__ import annotations

import hashlib
import pickle
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from fixaloop.imports.fields import Columns, Field, match_columns
from fixaloop.imports.records import Action, Issue, Record
from fixaloop.imports.report import Report
from fixaloop.models import ImportBatch
from fixaloop.tables import Cell, Table, as_text, open_table
from fixaloop.tables.table import is_blank

CHUNK = 1000
TOTALS = ("total", "totaux", "total general", "sous total")


@dataclass
class Options:
    """What was asked on the command line or in the browser."""

    mode: str = "upsert"
    key: str = ""
    dry_run: bool = False
    skip: bool = False
    lenient: bool = False
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    mapped: dict[str, str] = field(default_factory=dict)


class Importer(ABC):
    """How one kind of thing is imported. An instance serves one file: it remembers what the file has held so far."""

    kind: str
    fields: Sequence[Field]
    optional: frozenset[str]
    keys: Sequence[str]

    def __init__(self, options: Options) -> None:
        self.options = options

    def forgive(self, record: Record) -> None:
        """Where asked to be lenient, leave wrong optional values empty rather than refuse the row."""
        if self.options.lenient:
            record.forgive(self.optional)

    @abstractmethod
    def read(self, record: Record) -> None:
        """Fill the values of a record from what was typed, by the rules of the forms."""

    @abstractmethod
    def settle(self, records: Sequence[Record]) -> None:
        """Find what a chunk's rows already are in the database and set their actions, in a few queries."""

    @abstractmethod
    def write(self, records: Sequence[Record], batch: ImportBatch, at: datetime) -> None:
        """Create and update what a chunk's rows come to, in bulk."""


def run_import(
    importer: Importer, path: Path, at: datetime, progress: Callable[[int], None] = lambda rows: None
) -> tuple[Report, list[tuple[Record, Sequence[Cell]]], Table]:
    """Import a file. Returns the report, the refused rows with their cells, and the table as understood.

    Raises TableError for a file that cannot be read and HeaderError for headers that cannot be understood; nothing is
    written then.
    """
    options = importer.options
    table = open_table(path, options.sheet, options.encoding, options.delimiter)
    columns = match_columns(table.headers, importer.fields, options.mapped)
    report = Report(dry_run=options.dry_run, understood=_understood(path, table, columns))
    refused: list[tuple[Record, Sequence[Cell]]] = []
    with tempfile.TemporaryFile() as spool:
        for records, cells in _chunks(importer, table, columns, report):
            _settle(importer, records)
            _tell(report, columns, table.headers, records)
            refused += [(record, cells[record.number]) for record in records if record.action is Action.REFUSE]
            accepted = [record for record in records if record.action in (Action.CREATE, Action.UPDATE)]
            pickle.dump(accepted, spool)
            progress(report.read)
        _conclude(importer, path, spool, report, at)
    return report, refused, table


def _chunks(
    importer: Importer, table: Table, columns: Columns, report: Report
) -> Iterator[tuple[list[Record], dict[int, Sequence[Cell]]]]:
    rows = table.rows
    report.counts[Action.IGNORE] += table.header_row - 1
    while chunk := list(islice(rows, CHUNK)):
        records = []
        for number, cells in chunk:
            report.read += 1
            if is_blank(cells) or _is_total(cells):
                report.counts[Action.IGNORE] += 1
                continue
            typed = {field.name: as_text(cells[index]) for index, field in columns.read.items() if not field.computed}
            records.append(Record(number, typed))
        yield records, dict(chunk)


def _is_total(cells: Iterable[Cell]) -> bool:
    """A line that sums up the ones above: its first words say so, and it names nobody."""
    texts = [as_text(cell).strip() for cell in cells if not is_blank([cell])]
    return len(texts) <= 3 and texts[0].lower().rstrip(" :0123456789").removesuffix(" clients") in TOTALS


def _settle(importer: Importer, records: list[Record]) -> None:
    for record in records:
        importer.read(record)
        importer.forgive(record)
    importer.settle([record for record in records if not record.errors])
    for record in records:
        if record.errors:
            record.action = Action.REFUSE


def _tell(report: Report, columns: Columns, headers: Sequence[str], records: Sequence[Record]) -> None:
    for record in records:
        report.counts[record.action] += 1
        for said, issues in ((record.errors, report.errors), (record.notes, report.warnings)):
            issues += [
                Issue(record.number, columns.header_of(name, headers), record.typed.get(name, ""), message)
                for name, messages in said.items()
                for message in messages
            ]


def _conclude(importer: Importer, path: Path, spool: IO[bytes], report: Report, at: datetime) -> None:
    options = importer.options
    if report.refused and not options.skip:
        report.abort()
        return
    if not (report.counts[Action.CREATE] or report.counts[Action.UPDATE]):
        return
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            kind=importer.kind, file_name=path.name, fingerprint=_fingerprint(path), created_at=at
        )
        spool.seek(0)
        for records in _spooled(spool):
            importer.write(records, batch, at)
        batch.created = report.counts[Action.CREATE]
        batch.updated = report.counts[Action.UPDATE]
        batch.refused = report.refused
        batch.save()
        if options.dry_run:
            transaction.set_rollback(True)
            return
    report.batch = batch.pk
    report.written = True


def _spooled(spool: IO[bytes]) -> Iterator[list[Record]]:
    while True:
        try:
            yield pickle.load(spool)  # noqa: S301 - written by this very function a moment ago
        except EOFError:
            return


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _understood(path: Path, table: Table, columns: Columns) -> list[str]:
    """How the file was read, so that a person can see a misunderstanding at once."""
    found: list[Any] = [path.name, table.format, table.encoding, table.sheet and _("feuille « %s »") % table.sheet]
    lines = [
        " · ".join(str(part) for part in found if part),
        _("en-têtes à la ligne %s") % table.header_row,
        _("colonnes lues : %s")
        % ", ".join(f"{table.headers[index]} → {field.header}" for index, field in columns.read.items()),
    ]
    if columns.unread:
        lines.append(_("colonnes laissées de côté : %s") % ", ".join(columns.unread))
    return lines
