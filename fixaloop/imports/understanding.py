"""How a file was read, said so that a person can see a misunderstanding at once."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.imports.fields import Columns
from fixaloop.models import ImportBatch
from fixaloop.tables import Table
from fixaloop.words.dates import long_day

DELIMITERS = {"\t": "tabulation", " ": "espace"}


def describe(name: str, fingerprint: str, kind: str, table: Table, columns: Columns) -> list[str]:
    """The lines that open a report: the file, its layout, its columns, and whether it was imported before."""
    separator = table.delimiter and _("séparateur %s") % DELIMITERS.get(table.delimiter, f"« {table.delimiter} »")
    sheet = table.sheet and _("feuille « %s »") % table.sheet
    found: list[Any] = [name, table.format, table.encoding, separator, sheet]
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
    return [*lines, *_seen_before(fingerprint, kind)]


def _seen_before(fingerprint: str, kind: str) -> list[str]:
    batch = ImportBatch.objects.filter(fingerprint=fingerprint, kind=kind, undone_at__isnull=True).first()
    if batch is None:
        return []
    at = timezone.localtime(batch.created_at)
    when = _("%(day)s à %(time)s") % {"day": long_day(at), "time": f"{at:%H:%M}"}
    message = _("Ce fichier a déjà été importé le %(when)s (import n° %(number)s).")
    return [message % {"when": when, "number": batch.pk}]
