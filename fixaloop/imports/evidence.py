"""A column is what its values say: one in which hardly any value can be read means something else than its heading."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from fixaloop.files.columns import FileColumn
from fixaloop.imports.columns import Columns
from fixaloop.imports.headings import meaning
from fixaloop.imports.rows import holds_a_value
from fixaloop.tables import Table, as_text

LOOKED_AT = 200
# One value proves nothing about a column; of many, a few may be read by chance.
_FEWEST, _BY_CHANCE = 2, 0.1


def judge(table: Table, columns: Columns, mapped: Iterable[str]) -> Columns:
    """Leave aside the columns whose first values are something else; those that somebody `mapped` stay."""
    chosen = set(map(meaning, mapped))
    suspects = {
        index: tell
        for index, column in columns.read.items()
        if meaning(table.headers[index]) not in chosen and (tell := _tell(column))
    }
    rows = list(islice(table.rows, LOOKED_AT)) if suspects else []
    wrong = {}
    for index, tell in suspects.items():
        texts = [text for _number, cells in rows if holds_a_value(text := as_text(cells[index]).strip())]
        if len(texts) >= _FEWEST and sum(map(tell, texts)) <= len(texts) * _BY_CHANCE:
            wrong[index] = reason_of(columns.read[index])
    if not wrong:
        return columns
    rest = without(columns, wrong, table.headers)
    return columns if all(column.computed for column in rest.read.values()) else rest


def _tell(column: FileColumn) -> Callable[[str], bool] | None:
    if column.tell:
        return column.tell
    read = column.read
    return (lambda text: can_read(read, text)) if read and column.optional else None


def can_read(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValidationError:
        return False
    return True


def reason_of(column: FileColumn) -> str:
    message = _("Ce n’est pas ce que « %(field)s » contient : colonne laissée de côté, ici et plus bas.")
    return message % {"field": column.header}


def without(columns: Columns, wrong: Mapping[int, str], headers: Sequence[str]) -> Columns:
    """Leave columns aside, each with its reason."""
    read = {index: column for index, column in columns.read.items() if index not in wrong}
    return replace(
        columns,
        read=read,
        unread=tuple(header for index, header in enumerate(headers) if header and index not in read),
        doubted=columns.doubted | wrong.keys(),
        reasons={**columns.reasons, **wrong},
    )
