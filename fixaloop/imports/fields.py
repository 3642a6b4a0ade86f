"""Which column of a file is which field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from fixaloop.text import normalise


class HeaderError(Exception):
    """Headers that cannot be understood; says which headers and which fields there are."""


@dataclass(frozen=True)
class Field:
    """A field of an import: its name, the heading exports give it, other headings it is known by.

    A computed field is recognised and not read: it comes back from an export without being anybody's wish.
    """

    name: str
    header: str
    others: tuple[str, ...] = ()
    computed: bool = False

    def names(self) -> Iterable[str]:
        """All headings of the field in the form they are compared in."""
        return (normalise(text) for text in (self.header, self.name, *self.others))


@dataclass(frozen=True)
class Columns:
    """The columns of one file: index → field for those that are read, and the headings of the rest."""

    read: Mapping[int, Field]
    unread: tuple[str, ...]

    def header_of(self, name: str, headers: Sequence[str]) -> str:
        """The file's own heading of a field, for messages; the field's heading when the file has no such column."""
        for index, field in self.read.items():
            if field.name == name:
                return headers[index]
        return name


def match_columns(headers: Sequence[str], fields: Sequence[Field], mapped: Mapping[str, str]) -> Columns:
    """Find the field of each heading; `mapped` (heading → field) overrules what would be understood.

    Raises HeaderError when nothing is understood, or when the mapping names what is not there.
    """
    by_key = {key: field for field in reversed(fields) for key in field.names()}
    wanted = _mapping(headers, fields, mapped)
    read: dict[int, Field] = {}
    taken = {field.name for field in wanted.values()}
    for index, header in enumerate(headers):
        field = wanted.get(index)
        if field is None and (guess := by_key.get(normalise(header))) and guess.name not in taken:
            field = guess
            taken.add(guess.name)
        if field is not None:
            read[index] = field
    if not any(not field.computed for field in read.values()):
        raise HeaderError(_advice(_("Aucune colonne n’est comprise."), headers, fields))
    return Columns(read, tuple(header for index, header in enumerate(headers) if header and index not in read))


def _mapping(headers: Sequence[str], fields: Sequence[Field], mapped: Mapping[str, str]) -> dict[int, Field]:
    positions = {normalise(header): index for index, header in reversed(list(enumerate(headers)))}
    by_key = {key: field for field in reversed(fields) for key in field.names()}
    found = {}
    for header, name in mapped.items():
        index, field = positions.get(normalise(header)), by_key.get(normalise(name))
        if index is None:
            raise HeaderError(_advice(_("Le fichier n’a pas de colonne « %s ».") % header, headers, fields))
        if field is None:
            raise HeaderError(_advice(_("Il n’y a pas de champ « %s ».") % name, headers, fields))
        found[index] = field
    return found


def _advice(problem: str, headers: Sequence[str], fields: Sequence[Field]) -> str:
    """The problem, with everything needed to write the `--map` that solves it."""
    known = ", ".join(f"{field.name} ({field.header})" for field in fields if not field.computed)
    first = next(filter(None, headers), "…")
    return "\n".join(
        (
            problem,
            _("Colonnes du fichier : %s.") % ", ".join(header for header in headers if header),
            _("Champs possibles : %s.") % known,
            _('Dites lequel est lequel, par exemple : --map "%(header)s=%(field)s"')
            % {"header": first, "field": fields[1].name if len(fields) > 1 else "…"},
        )
    )
