"""How the columns of a file are understood."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from fixaloop.files.columns import FileColumn
from fixaloop.imports.headings import Headings, by_heading, meaning
from fixaloop.words.text import normalise

Way = Callable[[str], FileColumn | None]


class HeaderError(Exception):
    """Headings that cannot be understood; says which headings and which fields there are."""


@dataclass(frozen=True)
class Layout:
    """The files of another program, known by any of `marks`: meanings of headings that they have together.

    `columns` is heading (normalised, or its meaning) → field, or "" for a column to leave aside. Others are understood
    as in any file.
    """

    name: str
    marks: Sequence[frozenset[str]]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Columns:
    """The columns of one file: index → column for those understood, and the headings of the rest.

    `known` is field → heading, for all fields of the kind. `doubted` are the indexes of columns left aside without
    anybody’s decision, `reasons` says why for some of them.
    """

    read: Mapping[int, FileColumn]
    unread: tuple[str, ...]
    layout: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    doubted: frozenset[int] = frozenset()
    reasons: Mapping[int, str] = field(default_factory=dict)

    def header_of(self, name: str, headers: Sequence[str]) -> str:
        found = (headers[index] for index, field in self.read.items() if field.name == name)
        return next(found, self.known.get(name, name))

    def has(self, *names: str) -> bool:
        return any(field.name in names for field in self.read.values())

    def renamed(self, changes: Mapping[str, FileColumn]) -> Columns:
        read = {index: changes.get(field.name, field) for index, field in self.read.items()}
        return replace(self, read=read)


def match_columns(
    headers: Sequence[str],
    fields: Sequence[FileColumn],
    mapped: Mapping[str, str],
    layouts: Sequence[Layout] = (),
    padding: frozenset[str] = frozenset(),
) -> Columns:
    """Find the column of each heading. `mapped` (heading → field) comes first, then the surest understanding.

    In files with a layout, headings with words of `padding` or a wrong letter are left aside. Raises HeaderError if
    nothing is understood, or if the mapping names what is not there.
    """
    by_name = {field.name: field for field in fields}
    headings = Headings(fields, padding)
    layout = _layout(headers, layouts)
    told = _mapping(headers, fields, mapped)
    read = {index: field for index, field in told.items() if field is not None}
    foreign = {index: layout.columns[key] for index, key in _keys(headers, layout)} if layout else {}
    decided = {*told, *(index for index, name in foreign.items() if not name)}
    ways: list[Way] = [headings.exact, headings.meant, headings.lost]
    if layout:
        ways.insert(0, lambda header: by_name.get(foreign.get(headers.index(header), "")))
    else:
        ways += [headings.padded, headings.likely]
    taken = {field.name for field in read.values()}
    for find in ways:
        for index, header in enumerate(headers):
            if index in read or index in decided or not header:
                continue
            field = find(header)
            while field is not None and field.name in taken:
                field = by_name.get(field.spare)
            if field is not None:
                read[index] = field
                taken.add(field.name)
    if all(field.computed for field in read.values()):
        raise HeaderError(advice(_("Aucune colonne n’est comprise."), headers, fields))
    unread = tuple(index for index, header in enumerate(headers) if header and index not in read)
    known = {field.name: field.header for field in fields}
    return Columns(
        dict(sorted(read.items())),
        tuple(headers[index] for index in unread),
        layout.name if layout else "",
        known,
        frozenset(index for index in unread if index not in decided),
    )


def _layout(headers: Sequence[str], layouts: Sequence[Layout]) -> Layout | None:
    keys = {meaning(header) for header in headers}
    return next((layout for layout in layouts if any(marks <= keys for marks in layout.marks)), None)


def _keys(headers: Sequence[str], layout: Layout) -> Iterator[tuple[int, str]]:
    """The columns that a layout names, each heading by its exact writing before its meaning."""
    for index, header in enumerate(headers):
        for key in (normalise(header), meaning(header)):
            if key in layout.columns:
                yield index, key
                break


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
    named = [header for header in headers if header]
    return "\n".join(
        (
            problem,
            _("Colonnes du fichier : %s.") % ", ".join(named),
            _("Champs possibles : %s.") % ", ".join(str(field.header) for field in fields if field.offered),
            _("À copier et à compléter (rien après = : colonne laissée de côté) : %(options)s")
            % {"options": " ".join(f'--map "{header}="' for header in named)},
        )
    )
