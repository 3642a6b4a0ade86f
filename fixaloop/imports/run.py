"""One import from beginning to end: all rows are read and decided first, then written in one transaction.

Nothing is locked while rows are read. What they come to waits in a temporary file, so that memory does not grow with
the file or the number of refused rows. Another import of the kind that was written meanwhile decided about rows that
this one did not see: it writes nothing then. A simulation neither waits for others nor keeps them waiting.

One transaction, so that a killed process leaves nothing. On PostgreSQL it holds up only who changes a client or an
intervention of the file: numbers are put aside before. SQLite has one writer at a time, so others wait while rows are
written: an eighth of a second for a thousand clients, half a second for a thousand interventions. They wait for 20 s,
which is enough for the firms that SQLite is meant for.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from fixaloop.audit.trail import Kind, note
from fixaloop.files.columns import FileColumn
from fixaloop.files.disk import Spool
from fixaloop.imports.columns import Columns, HeaderError, advice
from fixaloop.imports.corrections import how_many
from fixaloop.imports.importer import BadOption, Importer, Overtaken, remember, signature
from fixaloop.imports.preview import Preview
from fixaloop.imports.report import Action, Issue, Record, Report
from fixaloop.imports.rows import CHUNK, Rows
from fixaloop.imports.turns import take_turn, written_so_far
from fixaloop.models import ImportBatch
from fixaloop.records import refusal
from fixaloop.records.bulk import measure
from fixaloop.tables import Cell, Table, TableError
from fixaloop.words.dates import long_day, say_clock

logger = logging.getLogger("fixaloop.imports")
DELIMITERS = {"\t": "tabulation", " ": "espace"}
Progress = Callable[[int, int], None]


class ImportFailed(Exception):
    """Rows that could not be written as they were checked: nothing is kept. Says what to do."""


# What is raised where rows are written that somebody changed, merged or deleted since they were read.
MEANWHILE = (IntegrityError, ObjectDoesNotExist, Overtaken, ValidationError, refusal.Refused, refusal.Stale)
# Why a file cannot be imported at all: nothing is written then.
FAILURES = (BadOption, TableError, HeaderError, ImportFailed)


class Refused(NamedTuple):
    record: Record
    cells: Sequence[Cell]


class Begun(NamedTuple):
    """An import whose rows are read: its file, and what was written of its kind before."""

    file_name: str
    fingerprint: str
    before: Mapping[str, Any]


@dataclass
class Outcome:
    report: Report
    refused: Spool[Refused]
    table: Table


def run_import(
    importer: Importer, path: Path, at: datetime, progress: Progress = lambda done, total: None, name: str = ""
) -> Outcome:
    """Import a file. `name` is what people call it, if it differs from the path. Raises one of FAILURES."""
    options = importer.options
    before = written_so_far(importer.kind)
    table = importer.open(path)
    columns = importer.understand(table)
    begun = Begun(name or path.name, fingerprint(path), before)
    report = Report(dry_run=options.dry_run, sheet=table.sheet)
    report.understood = describe(begun, importer.kind, table, columns)
    if number := how_many(options.corrections):
        report.understood.append(_("Cellules corrigées sur la page : %(count)d") % {"count": number})
    refused: Spool[Refused] = Spool()
    preview = Preview(importer.shown, importer.proposed)
    with Spool[list[Record]]() as spool:
        for records, cells in Rows(table, columns, report, importer.things).chunks():
            _settle(importer, records)
            records.extend(importer.brought())
            _tell(report, columns, table.headers, records)
            for record in records:
                preview.add(record, columns, table.headers, cells.get(record.number, ()))
            refused.extend(
                Refused(record, cells[record.number]) for record in records if record.action is Action.REFUSE
            )
            spool.append([record for record in records if _matters(record)])
            progress(report.read, table.last_row - 1)
        progress(report.read, report.read)
        if report.refused and not report.taken and columns.unread:
            problem = _("Aucune ligne n’est prise : une colonne laissée de côté est peut-être celle qui manque.")
            report.advice = advice(problem, table.headers, importer.columns)
        elif columns.doubted:
            report.advice = _how_to_map(table.headers, columns, importer.columns)
        report.rows = preview.as_json()
        _conclude(importer, spool, report, at, begun)
    return Outcome(report, refused, table)


def fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle(importer: Importer, records: list[Record]) -> None:
    for record in records:
        importer.read(record)
        importer.forgive(record)
    importer.settle([record for record in records if not record.errors])
    for record in records:
        if record.errors:
            record.action = Action.REFUSE
            importer.give_up(record)
        record.claims = []


def _tell(report: Report, columns: Columns, headers: Sequence[str], records: Sequence[Record]) -> None:
    unnamed = _("Valeur sans en-tête au-dessus d’elle : elle n’est pas lue.")
    for record in records:
        report.counts[record.action] += 1
        for said, issues in ((record.errors, report.errors), (record.notes, report.warnings)):
            for name, messages in said.items():
                column = columns.header_of(record.sources.get(name, name), headers)
                issues += [Issue(record.number, column, record.quote(name), message) for message in messages]
        report.warnings += [Issue(record.number, column, value, unnamed) for column, value in record.strays]
        if report.dry_run and record.action is Action.UPDATE:
            changes = {columns.header_of(name, headers): pair for name, pair in record.changes.items()}
            report.differences.append((record.number, changes))


def _matters(record: Record) -> bool:
    """Whether a row is to be written, or to be known again though it changes nothing."""
    return record.action in (Action.CREATE, Action.UPDATE) or (record.action is Action.UNCHANGED and bool(record.trace))


def _conclude(importer: Importer, spool: Spool[list[Record]], report: Report, at: datetime, begun: Begun) -> None:
    if report.refused and not importer.options.skip:
        report.abort()
        return
    try:
        _keep(importer, spool, report, at, begun)
    except MEANWHILE as error:
        logger.info("import of %s: %s", importer.kind, type(error).__name__)
        raise ImportFailed(
            _("Quelqu’un a enregistré la même chose pendant l’import : rien n’est écrit, relancez-le.")
        ) from error


def _keep(importer: Importer, spool: Spool[list[Record]], report: Report, at: datetime, begun: Begun) -> None:
    options = importer.options
    creations = report.counts[Action.CREATE]
    if not (creations or report.counts[Action.UPDATE]):
        if not options.dry_run:
            for records in spool:
                importer.know_again(records, None)
        return
    # A number that is kept is taken with its row, or not at all.
    if not (options.keep_references or options.dry_run):
        # Before the transaction, which would keep everybody else waiting for the counter until its end.
        importer.put_aside(creations)
    with transaction.atomic():
        if not options.dry_run:
            _take_turn(importer.kind, begun)
        importer.hold(creations)
        batch = _open_batch(importer, begun, report, at)
        _write(importer, spool, batch, at)
        changes, remarks = importer.late()
        if changes:
            remember(batch, {}, importer.change(changes, signature(batch, at)))
        report.warnings += remarks
        importer.finish(signature(batch, at))
        if options.dry_run:
            transaction.set_rollback(True)
            return
        counts = {name: getattr(batch, name) for name in ("created", "updated", "refused")}
        note(Kind.IMPORT, batch.pk, by=options.by, what=batch.kind, **counts)
    report.batch = batch.pk
    report.written = True


def _take_turn(kind: str, begun: Begun) -> None:
    """Raise Overtaken if an import of the kind was written, or undone, since the rows were read."""
    take_turn(kind)
    if written_so_far(kind) != begun.before:
        raise Overtaken


def _write(importer: Importer, spool: Spool[list[Record]], batch: ImportBatch, at: datetime) -> None:
    for written, records in enumerate(spool):
        # Before the second chunk, the third, the fifth, the ninth…: whenever the table may have doubled.
        if written and written & (written - 1) == 0:
            measure(importer.model, written * CHUNK)
        importer.write([record for record in records if record.action is not Action.UNCHANGED], batch, at)
        importer.know_again([record for record in records if record.action is Action.UNCHANGED], batch)


def _open_batch(importer: Importer, begun: Begun, report: Report, at: datetime) -> ImportBatch:
    return ImportBatch.objects.create(
        kind=importer.kind,
        file_name=begun.file_name[-255:],
        fingerprint=begun.fingerprint,
        created_at=at,
        by=importer.options.by,
        options=importer.options.record(),
        read=report.read,
        created=report.counts[Action.CREATE],
        updated=report.counts[Action.UPDATE],
        unchanged=report.counts[Action.UNCHANGED],
        refused=report.refused,
    )


def describe(begun: Begun, kind: str, table: Table, columns: Columns) -> list[str]:
    """The first lines of a report: the file, its layout, its columns, whether it was imported before."""
    separator = table.delimiter and _("séparateur %s") % DELIMITERS.get(table.delimiter, f"« {table.delimiter} »")
    sheet = table.sheet and _("feuille « %s »") % table.sheet
    found: list[Any] = [begun.file_name, table.format, table.encoding, separator, sheet]
    lines = [" · ".join(str(part) for part in found if part)]
    if columns.layout:
        lines.append(_("Fichier reconnu : %s") % columns.layout)
    lines.append(_("En-têtes à la ligne %s") % table.header_row)
    read = [(table.headers[index], field) for index, field in columns.read.items()]
    told = (
        header if header == field.header else f"{header} → {field.header}"
        for header, field in read
        if not field.computed
    )
    lines.append(_("Colonnes lues : %s") % ", ".join(told))
    if computed := [header for header, field in read if field.computed]:
        lines.append(_("Colonnes calculées par Fixaloop, non lues : %s") % ", ".join(computed))
    if columns.unread:
        lines.append(_("Colonnes laissées de côté : %s") % ", ".join(columns.unread))
    if table.others:
        lines.append(_("Autres feuilles, non lues : %s") % ", ".join(told_sheets(table)))
    return [*lines, *_seen_before(begun.fingerprint, kind)]


def _how_to_map(headers: Sequence[str], columns: Columns, fields: Sequence[FileColumn]) -> str:
    """How to have a column read that was left aside, with the fields that no column has yet."""
    read = {field.name for field in columns.read.values()}
    free = ", ".join(str(field.header) for field in fields if field.offered and field.name not in read)
    if not free:
        return ""
    message = _('Pour en lire une : --map "%(header)s=…", avec un de ces champs : %(free)s.')
    return message % {"header": headers[min(columns.doubted)], "free": free}


def told_sheets(table: Table) -> list[str]:
    """The other sheets with how many rows they hold, as a sentence lists them."""
    told = []
    for sheet in table.others:
        counted = ngettext("%(count)s ligne", "%(count)s lignes", sheet.rows) % {"count": number_format(sheet.rows)}
        said = _("« %(sheet)s » (masquée, %(count)s)") if sheet.is_hidden else _("« %(sheet)s » (%(count)s)")
        told.append(said % {"sheet": sheet.name, "count": counted})
    return told


def _seen_before(fingerprint: str, kind: str) -> list[str]:
    batch = ImportBatch.objects.filter(fingerprint=fingerprint, kind=kind, undone_at__isnull=True).first()
    if batch is None:
        return []
    at = timezone.localtime(batch.created_at)
    when = _("%(day)s à %(time)s") % {"day": long_day(at), "time": say_clock(at)}
    message = _("Ce fichier a déjà été importé le %(when)s (import n° %(number)s).")
    return [message % {"when": when, "number": batch.pk}]
