"""First and last names that stand in each other’s column: the file is read as its headings say, and it is told."""

from itertools import islice

from django.utils.translation import gettext as _

from clients.imports.vocabulary import FIRST_NAMES
from fixaloop.imports.columns import Columns
from fixaloop.imports.report import Record
from fixaloop.tables import Table, as_text
from fixaloop.words.text import normalise

LOOKED_AT, FEWEST = 50, 2


def exchanged(table: Table, columns: Columns) -> bool:
    """Whether most of the last names are usual first names, and hardly any of the first names."""
    at = {field.name: index for index, field in columns.read.items()}
    if not {"first_name", "last_name"} <= at.keys():
        return False
    rows = [
        [normalise(as_text(cells[at[name]])).partition(" ")[0] for name in ("first_name", "last_name")]
        for _row, cells in islice(table.rows, LOOKED_AT)
    ]
    filled = [(first, last) for first, last in rows if first and last]
    usual = [sum(name in FIRST_NAMES for name in names) for names in zip(*filled, strict=True)] or [0, 0]
    return len(filled) >= FEWEST and usual[0] * 10 <= len(filled) and usual[1] * 3 >= len(filled) * 2


def tell_exchanged(record: Record) -> None:
    message = _("Des prénoms dans la colonne des noms, et l’inverse : les en-têtes sont peut-être intervertis.")
    record.note("last_name", message)
