"""How the headings of a file are understood, and its cells: dates, choices, yes and no."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _, override

from fixaloop.files.columns import FileColumn
from fixaloop.words.text import normalise

RANK = re.compile(r" \(\d+\)$")


class HeaderError(Exception):
    """Headings that cannot be understood; says which headings and which fields there are."""


@dataclass(frozen=True)
class Layout:
    """The files of another program, known by `marks`, headings that all of them have.

    `columns` is heading → field, or "" for a column to leave aside. Headings are normalised. Others are understood as
    in any file.
    """

    name: str
    marks: frozenset[str]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Columns:
    """The columns of one file: index → column for those understood, and the headings of the rest.

    `known` is field → heading, for all fields of the kind.
    """

    read: Mapping[int, FileColumn]
    unread: tuple[str, ...]
    layout: str = ""
    known: Mapping[str, str] = field(default_factory=dict)

    def header_of(self, name: str, headers: Sequence[str]) -> str:
        found = (headers[index] for index, field in self.read.items() if field.name == name)
        return next(found, self.known.get(name, name))

    def has(self, *names: str) -> bool:
        return any(field.name in names for field in self.read.values())

    def renamed(self, changes: Mapping[str, FileColumn]) -> Columns:
        read = {index: changes.get(field.name, field) for index, field in self.read.items()}
        return replace(self, read=read)


def by_heading(columns: Sequence[FileColumn]) -> dict[str, FileColumn]:
    """The column of each heading that is known, normalised. The first one of several has it."""
    return {
        normalise(text): column
        for column in reversed(columns)
        for text in (str(column.header), column.name, *column.others)
    }


def match_columns(
    headers: Sequence[str],
    fields: Sequence[FileColumn],
    mapped: Mapping[str, str],
    layouts: Sequence[Layout] = (),
    padding: Container[str] = frozenset(),
) -> Columns:
    """Find the column of each heading. `mapped` (heading → field) comes first.

    Headings that are not known are tried again without the words of `padding`, except in files with a layout. Raises
    HeaderError if nothing is understood, or if the mapping names what is not there.
    """
    by_name = {field.name: field for field in fields}
    by_key = by_heading(fields)
    layout = _layout(headers, layouts)
    read = _mapping(headers, fields, mapped)
    aside = {index for index, field in read.items() if field is None}
    columns = {index: field for index, field in read.items() if field is not None}
    taken = {field.name for field in columns.values()}
    for loosely in (False,) if layout else (False, True):
        for index, header in enumerate(headers):
            if index in columns or index in aside or not header:
                continue
            key = normalise(header)
            if layout and key in layout.columns:
                field = by_name.get(layout.columns[key])
            elif loosely:
                field = by_key.get(" ".join(word for word in key.split() if word not in padding))
            else:
                field = by_key.get(key) or by_key.get(normalise(RANK.sub("", header)))
            while field is not None and field.name in taken:
                field = by_name.get(field.spare)
            if field is not None:
                columns[index] = field
                taken.add(field.name)
    if all(field.computed for field in columns.values()):
        raise HeaderError(advice(_("Aucune colonne n’est comprise."), headers, fields))
    unread = tuple(header for index, header in enumerate(headers) if header and index not in columns)
    known = {field.name: field.header for field in fields}
    return Columns(dict(sorted(columns.items())), unread, layout.name if layout else "", known)


def _layout(headers: Sequence[str], layouts: Sequence[Layout]) -> Layout | None:
    keys = {normalise(header) for header in headers}
    return next((layout for layout in layouts if layout.marks <= keys), None)


def _mapping(
    headers: Sequence[str], fields: Sequence[FileColumn], mapped: Mapping[str, str]
) -> dict[int, FileColumn | None]:
    """Index → column as mapped; None for a column to leave aside."""
    positions = {normalise(header): index for index, header in reversed(list(enumerate(headers)))}
    by_key = by_heading(fields)
    found: dict[int, FileColumn | None] = {}
    for header, name in mapped.items():
        index, field = positions.get(normalise(header)), by_key.get(normalise(name))
        if index is None:
            raise HeaderError(advice(_("Le fichier n’a pas de colonne « %s ».") % header, headers, fields))
        if field is None and name.strip():
            raise HeaderError(advice(_("Il n’y a pas de champ « %s ».") % name, headers, fields))
        found[index] = field
    return found


def advice(problem: str, headers: Sequence[str], fields: Sequence[FileColumn]) -> str:
    """The problem, with all that is needed to write the `--map` that solves it."""
    choices = [field for field in fields if field.offered]
    named = [header for header in headers if header]
    choice = choices[min(1, len(choices) - 1)].name
    return "\n".join(
        (
            problem,
            _("Colonnes du fichier : %s.") % ", ".join(named),
            _("Champs possibles : %s.") % ", ".join(f"{field.name} ({field.header})" for field in choices),
            _('Dites lequel est lequel, par exemple : --map "%(header)s=%(field)s"')
            % {"header": named[0] if named else "…", "field": choice},
            _("À copier et à compléter (rien après = : colonne laissée de côté) : %(options)s")
            % {"options": " ".join(f'--map "{header}="' for header in named)},
        )
    )


_DAY_FIRST = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_TIME = re.compile(r"(?:T|,?\s+(?:à\s+)?)(\d{1,2})[:hH](\d{2})?(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$")
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
# Day 0 of Excel: its year 1900 has a 29 February, so real dates count from the day before.
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - made aware once the day is known
_FIRST_YEAR = 1900
YES = frozenset(("oui", "yes", "vrai", "true", "1", "x", "o"))
NO = frozenset(("non", "no", "faux", "false", "0", "n"))


def parse_date(text: str) -> datetime | None:
    """Read 31/12/2025, 31/12/25, 2025-12-31 10:15:00 or a spreadsheet’s serial number, in local time.

    None for blank text. Raises ValidationError (code "date").
    """
    text = text.strip().lstrip("'")
    if not text:
        return None
    try:
        moment = _counted(text) if _SERIAL.fullmatch(text) else _written(text)
        if moment.year < _FIRST_YEAR:
            raise ValueError(text)
        return timezone.make_aware(moment)
    except (ValueError, OverflowError):
        message = _("« %(value)s » n’est pas une date : écrivez-la 31/12/2025, ou laissez vide.")
        raise ValidationError(message, "date", {"value": text[:40]}) from None


def _counted(text: str) -> datetime:
    """A serial number, to the second: its decimals are rounded."""
    return _EPOCH + timedelta(seconds=round(float(text.replace(",", ".")) * 86_400))


def _written(text: str) -> datetime:
    clock = _TIME.search(text)
    day = text[: clock.start()] if clock else text
    hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
    if found := _YEAR_FIRST.fullmatch(day):
        year, month, date = map(int, found.groups())
    elif found := _DAY_FIRST.fullmatch(day):
        date, month, year = map(int, found.groups())
        # Two digits: as spreadsheets do, up to 29 is of this century.
        year += 0 if year > 99 else 2000 if year < 30 else 1900
    else:
        raise ValueError(text)
    return datetime(year, month, date, hour, minute, second)  # noqa: DTZ001


def spellings(choices: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """The code of each choice by its code and its labels in every language, normalised."""
    return {normalise(text): code for code, label in choices for text in (*_said(label), code)}


def _said(label: Any) -> Iterator[str]:
    for language, _name in settings.LANGUAGES:
        with override(language):
            yield str(label)


def parse_yes_no(text: str) -> bool | None:
    said = normalise(text)
    if said and said not in YES | NO:
        raise ValidationError(_("Écrivez oui ou non."))
    return said in YES if said else None
