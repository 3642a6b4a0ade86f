"""Delimited text: the whole file is read once to find its encoding and separator, then record by record."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Container, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from fixaloop.tables.quotes import Watched, swallows
from fixaloop.tables.table import Row, Table, TableError, find_header, is_blank
from fixaloop.words.text import repair

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What French software has written: Windows, then DOS and old Macs. They are tried before charset-normalizer, which
# takes French cp1252 for cp1250 and cp850 for cp775.
_OLD_ENCODINGS = ("cp1252", "cp850", "mac_roman")
# Where latin-9 has œ and €, cp1252 has ½ and ¤, which never touch a letter or follow an amount.
# After Â, Ã and Å they are the second half of a letter in UTF-8.
_LATIN9 = re.compile(r"[^\W\d_ÂÃÅ][½¨]|(?<![ÂÃÅ])[½¼][^\W\d_]|\d ?¤")
_C1 = re.compile("[\x80-\x9f]")
# A quote inside quotes as MySQL and programs in C write it: \". Elsewhere it is doubled.
_BACKSLASHED = re.compile(r'(?<=[^\\;,\t|])(?:\\\\)*\\"(?=[^";,\t|\r\n])|(?<=[;,\t|]")\\"')
_ESCAPED_QUOTE = re.compile(r'(?<!\\)((?:\\\\)*)\\"')
# How Office writes into XML, and from there into text, what XML has not: _x000D_ is a carriage return.
_ESCAPED = re.compile(r"_x(000[9ADad])_")
_FRENCH = frozenset("àâäæçéèêëîïôœöùûüÿÀÂÄÆÇÉÈÊËÎÏÔŒÖÙÛÜŸ’«»°€–\xa0")
_DELIMITERS = ";\t,|"
# ="01000", which makes Excel keep a text as it is.
_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_SEPARATOR_LINE = re.compile(r"""["']?sep=(.)["']?\s*""", re.IGNORECASE)
_CHUNK = 1 << 20
_SAMPLE = 1 << 18
_SNIFFED = 50
# Given to the csv reader after the last line. It comes back alone, unless a quote was never closed.
_END = "\ue000end\ue000"


def open_delimited(
    path: Path, encoding: str | None = None, delimiter: str | None = None, known: Container[str] = frozenset()
) -> Table:
    """The records of a text file. Raises TableError (codes "binary", "encoding", "quote", "long", …)."""
    encoding = _named_encoding(path, encoding) if encoding else _find_encoding(path)
    if delimiter:
        delimiter = _named_delimiter(delimiter)
    else:
        delimiter = _declared_delimiter(path, encoding) or _find_delimiter(path, encoding)

    quote = _find_quote(path, encoding, delimiter)
    read = partial(_records, path, encoding, delimiter, quote, backslashed=_is_backslashed(path, encoding))

    last_row = sum(1 for _record in read())
    return Table("csv", *find_header(read(), known), last_row, read, encoding=encoding, delimiter=delimiter)


def _records(
    path: Path, encoding: str, delimiter: str, quote: str = '"', *, backslashed: bool = False
) -> Iterator[Row]:
    number, widths = 0, set[int]()
    lines = _lines(path, encoding)
    if backslashed:
        lines = (_ESCAPED_QUOTE.sub(r'\1""', line) for line in lines)
    watched = Watched(lines)
    try:
        for number, cells in enumerate(csv.reader(watched, delimiter=delimiter, quotechar=quote), start=1):
            if cells and cells[-1].endswith(_END):
                if cells == [_END]:
                    return
                raise _unclosed(number)
            if len(watched.taken) == 1:
                widths.add(len(cells))
            elif swallows(watched.taken, delimiter, quote, widths):
                raise _swallowing(number)
            watched.taken.clear()
            yield number, [_without_formula(cell) for cell in cells]
    except csv.Error as error:
        message = _(
            "Cellule trop longue à l’enregistrement %(row)d (plus de %(max)d caractères) : un guillemet ouvert avant"
            " n’est sans doute pas refermé."
        )
        raise TableError("long", message, row=number + 1, max=csv.field_size_limit()) from error


def _without_formula(cell: str) -> str:
    found = _TEXT_FORMULA.fullmatch(cell) if cell.startswith('="') else None
    return found[1].replace('""', '"') if found else cell


def _unclosed(number: int) -> TableError:
    message = _("Guillemet jamais refermé, à partir de l’enregistrement %(row)d : fermez-le ou supprimez-le.")
    return TableError("quote", message, row=number)


def _swallowing(number: int) -> TableError:
    message = _(
        "Guillemet jamais refermé à l’enregistrement %(row)d : il prend les lignes suivantes dans sa cellule."
        " Fermez-le ou supprimez-le ; si c’est bien un texte de plusieurs lignes, enregistrez le fichier en .xlsx."
    )
    return TableError("quote", message, row=number)


def _lines(path: Path, encoding: str) -> Iterator[str]:
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
        if not _SEPARATOR_LINE.fullmatch(first):
            yield first
        for line in file:
            yield _ESCAPED.sub(_unescaped, line) if "_x000" in line else line
    yield _END


def _unescaped(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return "" if character == "\r" else character


def _is_backslashed(path: Path, encoding: str) -> bool:
    return any('\\"' in line and _BACKSLASHED.search(line) for line in _lines(path, encoding))


def _find_encoding(path: Path) -> str:
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    for bom, encoding in _BOMS:
        if sample.startswith(bom):
            return _checked(path, encoding)
    if b"\0" in sample:
        encoding = _utf16_without_bom(sample)
        if not _decodes(path, encoding):
            raise _binary()
        return encoding
    if _decodes(path, "utf-8"):
        return "utf-8"
    decoded = {name: sample.decode(name) for name in _OLD_ENCODINGS if _decodes(path, name)}
    french = {name: _part_in_french(text) for name, text in decoded.items()}
    if _is_latin9(sample):
        return "iso8859-15"
    if french and max(french.values()) >= 0.5:
        return max(french, key=lambda name: french[name])
    best = from_bytes(sample, cp_isolation=list(_OLD_ENCODINGS)).best()
    return _checked(path, best.encoding if best else "cp1252")


def _is_latin9(sample: bytes) -> bool:
    text = sample.decode("latin-1")
    return not _C1.search(text) and _LATIN9.search(text) is not None


def _named_encoding(path: Path, encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        return _checked(path, "utf-8-sig" if name == "utf-8" else name)
    except LookupError:
        raise TableError("encoding", _("Encodage « %s » inconnu : essayez utf-8 ou cp1252.") % encoding) from None


def _named_delimiter(delimiter: str) -> str:
    delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        message = _("Séparateur « %s » impossible : un seul caractère, par exemple « ; », « , » ou « tab ».")
        raise TableError("delimiter", message % delimiter)
    return delimiter


def _checked(path: Path, encoding: str) -> str:
    if not _decodes(path, encoding):
        message = _("Le fichier n’est pas en %s : enregistrez-le en « CSV UTF-8 » depuis le tableur.")
        raise TableError("encoding", message % encoding)
    return encoding


def _decodes(path: Path, encoding: str) -> bool:
    """Whether the whole file is text in this encoding. Raises TableError for a NUL, which no text contains."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            for chunk in iter(lambda: file.read(_CHUNK), ""):
                if "\0" in chunk:
                    raise _binary()
    except UnicodeError:
        return False
    return True


def _utf16_without_bom(sample: bytes) -> str:
    for encoding, high_bytes in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if high_bytes.count(0) > len(high_bytes) * 0.6:
            return encoding
    raise _binary()


def _binary() -> TableError:
    message = _("Le fichier contient des octets nuls, ce n’est pas du texte : enregistrez-le en .xlsx ou .csv.")
    return TableError("binary", message)


def _part_in_french(text: str) -> float:
    """The part of the letters outside ASCII that are French and in their place, once lost UTF-8 is repaired.

    “PRêNOM” and “LÄa” have French letters out of place.
    """
    repaired = "\n".join(map(repair, text.splitlines()))
    places = [at for at, character in enumerate(repaired) if character > "\x7f"]
    french = [at for at in places if repaired[at] in _FRENCH and _in_place(repaired, at)]
    return len(french) / len(places) if places else 1.0


def _in_place(text: str, at: int) -> bool:
    before, letter, after = text[at - 1 : at], text[at], text[at + 1 : at + 2]
    if letter.isupper():
        return not (before.islower() or (before.isalpha() and after.islower()))
    return not (letter.islower() and after.isupper())


def _declared_delimiter(path: Path, encoding: str) -> str | None:
    """The separator of a first line « sep=; », which Excel writes and hides."""
    with path.open(encoding=encoding, newline="") as file:
        match = _SEPARATOR_LINE.fullmatch(file.readline(20))
    return match[1] if match else None


def _find_delimiter(path: Path, encoding: str) -> str:
    """The separator that gives the most columns, the same number in nearly all of the first records.

    csv.Sniffer does not: it gives up on a file of one column.
    """
    return max(_DELIMITERS, key=lambda delimiter: _columns(path, encoding, delimiter))


def _find_quote(path: Path, encoding: str, delimiter: str) -> str:
    """The apostrophe where most of the first lines have it around every cell, else the quotation mark."""
    lines = list(islice((line.strip() for line in _lines(path, encoding) if line.strip(" \r\n;,\t|")), _SNIFFED))
    between = f"'{delimiter}'"
    quoted = sum(line[0] == line[-1] == "'" and between in line for line in lines)
    return "'" if quoted * 2 > len(lines) - lines.count(_END) else '"'


def _columns(path: Path, encoding: str, delimiter: str) -> float:
    widths: Counter[int] = Counter()
    with suppress(TableError):
        for _number, cells in islice(_records(path, encoding, delimiter), _SNIFFED):
            if not is_blank(cells):
                widths[len(cells)] += 1
    if not widths:
        return 0
    width, times = widths.most_common(1)[0]
    return float((width - 1) * (times / widths.total()) ** 4)
