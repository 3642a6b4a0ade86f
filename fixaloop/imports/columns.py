"""Which column of a file is which field."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from fixaloop.files.columns import FileColumn
from fixaloop.words.text import normalise

RANK = re.compile(r" \(\d+\)$")


class HeaderError(Exception):
    """Headers that cannot be understood; says which headers and which fields there are."""


def Field(  # noqa: N802 - until every kind declares its columns itself
    name: str, header: str, others: Sequence[str] = (), computed: bool = False, spare: str = "", shown: bool = True
) -> FileColumn:
    return FileColumn(header, name=name, others=others, computed=computed, spare=spare, foreign=not shown)


@dataclass(frozen=True)
class Layout:
    """The headings of one program's files: known by `marks`, all of which it writes; heading → field, "" for unwanted.

    Headings are in the form they are compared in. Those it does not name are understood as in any other file.
    """

    name: str
    marks: frozenset[str]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Columns:
    """The columns of one file: index → field for those that are read, and the headings of the rest.

    `known` is how people call the fields that the file may lack.
    """

    read: Mapping[int, FileColumn]
    unread: tuple[str, ...]
    layout: str = ""
    known: Mapping[str, str] = field(default_factory=dict)

    def header_of(self, name: str, headers: Sequence[str]) -> str:
        """The file's own heading of a field, for messages; ours when the file has no such column."""
        found = (headers[index] for index, field in self.read.items() if field.name == name)
        return next(found, self.known.get(name, name))

    def has(self, *names: str) -> bool:
        """Whether the file has a column for any of these fields."""
        return any(field.name in names for field in self.read.values())

    def renamed(self, changes: Mapping[str, FileColumn]) -> Columns:
        """The same columns, some of them read as other fields."""
        read = {index: changes.get(field.name, field) for index, field in self.read.items()}
        return replace(self, read=read)


def match_columns(
    headers: Sequence[str],
    fields: Sequence[FileColumn],
    mapped: Mapping[str, str],
    layouts: Sequence[Layout] = (),
    padding: Container[str] = frozenset(),
) -> Columns:
    """Find the field of each heading; `mapped` (heading → field) overrules what would be understood.

    Headings that nobody knows are understood without the words of `padding`, once all others have found theirs; not
    in the files of a known program, of which more is known than that.
    Raises HeaderError when nothing is understood, or when the mapping names what is not there.
    """
    by_name = {field.name: field for field in fields}
    by_key = {key: field for field in reversed(fields) for key in field.headings()}
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
    """The fields that were told; None for a column told to be left aside."""
    positions = {normalise(header): index for index, header in reversed(list(enumerate(headers)))}
    by_key = {key: field for field in reversed(fields) for key in field.headings()}
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
    """The problem, with everything needed to write the `--map` that solves it."""
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
