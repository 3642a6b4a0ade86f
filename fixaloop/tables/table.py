"""A file of rows: its kind, told by its first bytes and not by its name, and how its header row is found."""

import zipfile
import zlib
from bisect import bisect
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise, zip_longest
from pathlib import Path
from statistics import median
from typing import NamedTuple

from django.utils.translation import gettext as _

from fixaloop.words.text import repair

Cell = str | int | float | bool | date | datetime | time | timedelta
Row = tuple[int, list[Cell]]
# The number of the header’s row, and the name of each column: '' for none, « Titre (2) » for a repeated one.
Header = tuple[int, tuple[str, ...]]

_LOOKED_AT = 50
_LONGEST_LABEL = 120
# The largest exports of other programs have several hundreds.
_MOST_COLUMNS = 2_000
# Above a header in two rows there are no more rows than this.
_TITLES = 20
# Spreadsheets keep 15 digits: the others of this number or a larger one are lost.
_SHORTENED = 10**15
# Two known headings make a header: one may be a word in a title.
_ENOUGH = 2


class TableError(Exception):
    """A file that cannot be read: a French sentence with the cure, and a code for each case."""

    def __init__(self, code: str, message: str, **params: object) -> None:
        super().__init__(message % params if params else message)
        self.code = code


class OtherSheet(NamedTuple):
    """A sheet that is not read and holds rows, so many."""

    name: str
    rows: int
    is_hidden: bool


class Merged(NamedTuple):
    """Rows that a workbook shows with the value of a merged cell above them."""

    rows: range
    value: Cell


@dataclass(frozen=True)
class Table:
    """An opened file. The rows above the header are titles, never data."""

    format: str
    header_row: int
    headers: tuple[str, ...]
    last_row: int
    read: Callable[[], Iterable[Row]]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    others: tuple[OtherSheet, ...] = ()
    # What its owner does not see and is read all the same: how many rows from which on, and columns.
    hidden_rows: int = 0
    first_hidden: int = 0
    hidden_columns: tuple[str, ...] = ()
    # Index → what rows of the column show of a merged cell above them, in order.
    merged: Mapping[int, Sequence[Merged]] = field(default_factory=dict)

    @property
    def rows(self) -> Iterator[Row]:
        """The numbered records below the header, blank ones included; each call starts from the first.

        A record has a cell for each column, and more only where cells beyond the last column are filled.
        """
        width = len(self.headers)
        for number, cells in self.read():
            if number > self.header_row:
                yield number, _fit(cells, width)

    def is_merged(self, number: int, index: int, cell: Cell) -> bool:
        """Whether a cell has its value from a merged one above it, and was not corrected since."""
        found = self.merged.get(index, ())
        at = bisect(found, number, key=lambda merged: merged.rows.start)
        return at > 0 and number in found[at - 1].rows and cell == found[at - 1].value


def find_header(rows: Iterable[Row], known: Container[str] = frozenset()) -> Header:
    """The header among the first rows: the one with the most `known` headings, if it has at least two.

    Two rows that name more columns together (« Tél » above « portable ») are one header. Without known headings, it is
    the first row that could name columns, whose names cover the columns used below it, with only titles above.
    Raises TableError (codes "empty", "wide", "no_header", "header_only").
    """
    first = list(islice((row for row in rows if not is_blank(row[1])), _LOOKED_AT))
    if not first:
        raise TableError("empty", _("Le fichier est vide : vérifiez que vous avez choisi le bon."))
    if (widest := max(_filled(row) for _number, row in first)) > _MOST_COLUMNS:
        message = _("Ce fichier a %(count)d colonnes, %(most)d au plus : vérifiez le séparateur, ou retirez-en.")
        raise TableError("wide", message, count=widest, most=_MOST_COLUMNS)
    if len(first) == 1 and _labels(first[0][1]):
        raise TableError("header_only", _("Le fichier n’a que ses en-têtes : aucune ligne à lire en dessous."))
    cells = [cells for _number, cells in first]
    if found := _known_header(cells, known):
        return first[found[0]][0], _distinct(found[1])
    usual = median(map(_filled, cells))
    covered = {at: _covered(cells[at:]) for at in range(len(cells)) if _labels(cells[at]) * 2 >= usual}
    most = max(covered.values(), default=0)
    # Rows of data may cover as much as the header, never much more: the first wins.
    at = next((at for at, share in covered.items() if share and share >= most * 0.95), None)
    if at is None or any(_filled(above) >= _labels(cells[at]) for above in cells[:at]):
        message = _(
            "Aucune ligne d’en-têtes trouvée : écrivez le nom de chaque colonne (Nom, E-mail…) au-dessus des données."
        )
        raise TableError("no_header", message)
    return first[at][0], _distinct(cells[at])


def _known_header(cells: Sequence[Sequence[Cell]], known: Container[str]) -> tuple[int, Sequence[Cell]] | None:
    familiar = [_familiar(row, known) for row in cells]
    most = max(familiar)
    for lower, pair in enumerate(pairwise(cells[:_TITLES]), start=1):
        both = _joined(*pair, known)
        count = _familiar(both, known)
        if count > max(most, _ENOUGH - 1) or (count == most >= _ENOUGH and _goes_on(*pair, both, known)):
            return lower, both
    at = familiar.index(most)
    return (at, cells[at]) if most >= _ENOUGH else None


def is_blank(cells: Sequence[Cell]) -> bool:
    return not any(not isinstance(cell, str) or cell.strip() for cell in cells)


def as_text(cell: Cell) -> str:
    """A cell as spreadsheets show it: 1600 and not 1600.0, 31/12/2025, VRAI, 1,23456789012345E+15."""
    match cell:
        case str():
            return cell
        case bool():
            return "VRAI" if cell else "FAUX"
        case datetime() if cell.time() != time.min:
            return cell.strftime("%d/%m/%Y %H:%M:%S" if cell.second else "%d/%m/%Y %H:%M")
        case date():
            return cell.strftime("%d/%m/%Y")
        case int() | float():
            return _number(cell)
    return str(cell)


def _number(number: float) -> str:
    """The 15 digits that spreadsheets show: 33.1 × 3 is 99.3."""
    number = float(f"{number:.15g}")
    if abs(number) >= _SHORTENED:
        return f"{number:.14E}".replace(".", ",")
    return str(int(number)) if number.is_integer() else str(number)


def _fit(cells: list[Cell], width: int) -> list[Cell]:
    if len(cells) < width:
        return cells + [""] * (width - len(cells))
    while len(cells) > width and is_blank(cells[-1:]):
        cells = cells[:-1]
    return cells


def _filled(cells: Sequence[Cell]) -> int:
    return sum(not is_blank([cell]) for cell in cells)


def _familiar(cells: Sequence[Cell], known: Container[str]) -> int:
    return sum(isinstance(cell, str) and cell[:_LONGEST_LABEL] in known for cell in cells)


def _goes_on(upper: Sequence[Cell], lower: Sequence[Cell], both: Sequence[Cell], known: Container[str]) -> bool:
    """Whether each text of the lower row makes another known heading of the one above it: “A” begins an alphabet."""
    filled = [
        (over, as_text(under).strip(), as_text(text)) for over, under, text in zip(upper, lower, both, strict=False)
    ]
    pairs = [(over, under, text) for over, under, text in filled if under]
    return bool(pairs) and all(not is_blank([over]) and len(under) > 1 and text in known for over, under, text in pairs)


def _joined(upper: Sequence[Cell], lower: Sequence[Cell], known: Container[str]) -> list[Cell]:
    """Two rows as one header. A text of the upper one stands above all columns up to the next (merged cells)."""
    joined: list[Cell] = []
    above = ""
    for over, under in zip_longest(upper, lower, fillvalue=""):
        own = as_text(over).strip()
        above = own or above
        both = f"{above} {as_text(under).strip()}".strip()
        joined.append(both if not is_blank([under]) and (own or both in known) else own or under)
    return joined


def _labels(cells: Sequence[Cell]) -> int:
    """How many cells may name a column; 0 if more than a fifth of them cannot."""
    labels = sum(isinstance(cell, str) and _may_name_a_column(cell) for cell in cells)
    return labels if labels * 5 >= _filled(cells) * 4 else 0


def _covered(rows: Sequence[Sequence[Cell]]) -> float:
    named = {column for column, cell in enumerate(rows[0]) if not is_blank([cell])}
    used = [column for row in rows[1:] for column, cell in enumerate(row) if not is_blank([cell])]
    return sum(column in named for column in used) / len(used) if used else 0


def _may_name_a_column(text: str) -> bool:
    text = text.strip()
    return len(text) <= _LONGEST_LABEL and "@" not in text and any(map(str.isalpha, text))


def _distinct(cells: Sequence[Cell]) -> tuple[str, ...]:
    names: list[str] = []
    for cell in _fit(list(cells), 0):
        name = base = " ".join(repair(as_text(cell)).split())
        rank = 1
        while name and name in names:
            rank += 1
            name = f"{base} ({rank})"
        names.append(name)
    return tuple(names)


_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WEB = (b"<!doctype html", b"<html", b"<table", b"<?xml", b"<head", b"<meta", b"<style")
_WORKBOOKS = (".xlsx", ".xlsm")
_BEGINNING = 4096
# Everything that zipfile raises for a damaged or forged archive.
BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)


def check_readable(path: Path) -> None:
    """Raises TableError for a file that is missing, empty, or neither text nor .xlsx."""
    name, start = path.name, _start(path)
    if not start.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise TableError("empty", _("« %(file)s » est vide : vérifiez que vous avez choisi le bon fichier."), file=name)
    if start.startswith(_OLE):
        raise _old_office(path)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_WEB):
        message = _(
            "« %(file)s » est une page web, pas un tableau : ouvrez-la dans le tableur et enregistrez en .xlsx ou .csv."
        )
        raise TableError("html", message, file=name)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").upper().startswith(b"BEGIN:VCARD"):
        message = _("« %(file)s » est un carnet d’adresses (vCard) : exportez-le en CSV.")
        raise TableError("vcard", message, file=name)
    if start.startswith(b"%PDF"):
        message = _("« %(file)s » est un PDF : demandez le tableau d’origine en .xlsx ou .csv.")
        raise TableError("pdf", message, file=name)
    if name.lower().endswith(_WORKBOOKS) and not start.startswith(_ZIP):
        message = _(
            "« %(file)s » n’est pas un classeur Excel malgré son nom : si c’est du texte, renommez-le en .csv, sinon"
            " enregistrez-le de nouveau depuis le tableur."
        )
        raise TableError("not_a_workbook", message, file=name)


def is_workbook(path: Path) -> bool:
    """Whether the file is an .xlsx. Raises TableError for a damaged one and for other kinds of archive."""
    if not _start(path).startswith(_ZIP):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.namelist()
    except BROKEN_ARCHIVE as error:
        raise damaged(path) from error
    if not any(part.startswith("xl/workbook") and part.endswith(".xml") for part in parts):
        message = _("« %(file)s » n’est pas un classeur .xlsx : ouvrez-le dans le tableur et enregistrez-le en .xlsx.")
        raise TableError("not_a_workbook", message, file=path.name)
    return True


def damaged(path: Path) -> TableError:
    message = _("« %(file)s » est incomplet ou abîmé : copiez-le ou téléchargez-le de nouveau.")
    return TableError("damaged", message, file=path.name)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_BEGINNING)
    except OSError as error:
        message = _("« %(file)s » est introuvable ou illisible : vérifiez son nom et ses droits.")
        raise TableError("missing", message, file=path) from error


def _old_office(path: Path) -> TableError:
    # An encrypted .xlsx is an old Office container that names its parts in UTF-16.
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        message = _(
            "« %(file)s » est protégé par un mot de passe : retirez-le (Fichier, Informations, Protéger le classeur)"
            " puis enregistrez."
        )
        return TableError("encrypted", message, file=path.name)
    message = _("« %(file)s » est à l’ancien format Excel (.xls) : ouvrez-le et enregistrez-le en .xlsx.")
    return TableError("old_xls", message, file=path.name)
