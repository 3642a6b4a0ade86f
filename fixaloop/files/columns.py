"""The columns of files, declared once: what an export writes under a heading, an import reads there."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any


def attribute(row: Any, at: datetime) -> Any:
    raise NotImplementedError


@dataclass(frozen=True)
class FileColumn:
    """One column of a file.

    Exports write `value` of a row, by default its attribute `name`. `text` is for digits that are no number (phone,
    SIRET, postal code): spreadsheets then keep their zeros. `seen_with` names the column on screen whose permission
    this one takes, by default `name`.

    Imports know the column by `header`, `name` and `others`. `help`, `example` and `choices` go into the blank
    spreadsheet. `read` turns the text of a cell into a value, or raises ValidationError. `required` is the message for
    a row without a value. With --lenient, a wrong value of an `optional` column is left empty: none is whose blank
    opens a gate wider or changes who owes what. A `computed` column is recognised but not read. `spare` names the field
    that takes a second column of the same meaning. `tell` says whether a text may be one of its values, by default what
    `read` of an optional column can read: a column with hardly any such text means something else. A `blankable` column
    takes a dash for no value, as optional and foreign ones do. A `foreign` column exists in files of other programs
    only: exports, advice and the blank spreadsheet leave it out.
    """

    header: Any
    value: Callable[[Any, datetime], Any] = attribute
    width: int = 18
    name: str = ""
    text: bool = False
    seen_with: str = ""
    exported: bool = True
    others: Sequence[str] = ()
    help: Any = ""
    example: Any = ""
    choices: Callable[[], Sequence[str]] | None = None
    read: Callable[[str], Any] | None = None
    required: Any = ""
    optional: bool = False
    blankable: bool = False
    computed: bool = False
    spare: str = ""
    tell: Callable[[str], bool] | None = None
    foreign: bool = False

    def __post_init__(self) -> None:
        if self.value is attribute:
            read = attrgetter(self.name)
            object.__setattr__(self, "value", lambda row, at: read(row))

    @property
    def offered(self) -> bool:
        return not (self.computed or self.foreign)


def exported(columns: Iterable[FileColumn]) -> tuple[FileColumn, ...]:
    return tuple(column for column in columns if column.exported and not column.foreign)
