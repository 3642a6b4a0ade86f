"""Text as people paste it: `clean` makes what is stored, `normalise` what searches compare; and references."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Bytes 80–9F of Windows-1252 that were decoded as latin-1: U+0092 was an apostrophe, U+009C was œ.
_C1 = {code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_MISREAD_C1 = re.compile("[\x80-\x9f]")
# UTF-8 decoded as Windows-1252: « Ã© » was é, « â€™ » was an apostrophe.
_MISREAD_UTF8 = re.compile(
    "[\xc2-\xf4][\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
# The same of one character of French.
_MISREAD_LETTER = re.compile(
    "[\xc2\xc3][\x80-\xbf\u0152-\u0192\u02c6\u02dc\u2013-\u2122]|\xc5[\u2019\u201c\xb8]|\xe2\u20ac."
)
_FRENCH_SIGNS = frozenset("ŒœŸ‘’“”–—…•")

_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\u2028\u2029]")
# What no database, spreadsheet or XML file takes: control characters, lone surrogates, U+FFFE and U+FFFF.
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Unseen characters that make two equal texts differ or show text backwards. U+200D is kept where it joins emoji.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d"
)

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"})
# “S.N.C.F.”, “S.N.C.F”, “S N C F”; two single letters with a space between are two names.
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}(?:[^\W\d_]\b(?!['’]))?|\b[^\W\d_](?:\s[^\W\d_]){2,}\b(?!['’])")
_ASCII_SEPARATORS = re.compile(r"[\W_]+", re.ASCII)
_FIRST_EMOJI = "\u2190"


def repair(text: str) -> str:
    """The text as it was before it was decoded with the wrong table; the same text where nothing shows that it was.

    `repair(text) != text` is how an import knows that it has a repair to report.
    """
    text = text.translate(_C1) if _MISREAD_C1.search(text) else text
    while _MISREAD_UTF8.search(text):
        try:
            text = text.encode("cp1252").decode("utf-8")
        except UnicodeError:
            break  # not the whole of it is UTF-8: better left as it is than half repaired
    return text


def may_be_misread(text: str) -> bool:
    """Whether a text that is left as it is shows signs for a letter: « l’Ã‰glise », partly decoded twice."""
    return any(map(_is_letter, _MISREAD_LETTER.findall(text)))


def _is_letter(signs: str) -> bool:
    try:
        found = signs.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return "\xa0" <= found <= "\xff" or found in _FRENCH_SIGNS


def clean(text: str, *, multiline: bool = False) -> str:
    """The text to store: repaired, composed (NFC), without spaces around it nor invisible characters.

    Tabs and, unless `multiline`, line breaks become a space. Inner spaces, no-break ones included, stay as typed.
    Raises ValidationError (code "control") on a character that cannot be stored.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", repair(text)))
    text = _LINE_BREAKS.sub("\n", text).replace("\t", " ")
    if not multiline:
        text = re.sub(r" *\n\s*", " ", text.strip())
    if found := _FORBIDDEN.search(text):
        raise ValidationError(
            _("Ce texte contient un caractère de contrôle invisible (%(code)s) : effacez-le ou retapez le texte."),
            code="control",
            params={"code": f"U+{ord(found[0]):04X}"},
        )
    text = text.strip()
    # What was removed around a misread text may have hidden it.
    return text if repair(text) == text else clean(text, multiline=multiline)


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """The text as searches compare it: lower case, no accent, no ligature, punctuation as single spaces.

    Look-alike letters of other alphabets are other letters and stay so.
    """
    if text.isascii():
        return _ASCII_SEPARATORS.sub(" ", text.lower()).strip()
    folded = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(_LETTERS)
    return " ".join("".join(map(_searchable, folded)).split())


def name_words(text: str, fewest: int = 2) -> list[str]:
    """The words of a name as names are searched and compared: initials (`fewest` or more) as one word, “&” as “et”."""

    def joined(initials: re.Match[str]) -> str:
        letters = "".join(filter(str.isalpha, initials[0]))
        return f" {letters} " if len(letters) >= fewest else initials[0]

    if "." in text or " " in text:
        text = _INITIALS.sub(joined, text)
    return normalise(text.replace("&", " et ")).split()


def words(query: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(normalise(query).split()))


def person_name(user: Any) -> str:
    return str(user.get_full_name() or user.get_username())


@lru_cache(maxsize=2048)
def _searchable(character: str) -> str:
    if character.isalnum():
        return character
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return ""
    return character if category == "So" and character >= _FIRST_EMOJI else " "


@dataclass(frozen=True)
class Reference:
    """One kind of reference, told from the others by its letters."""

    letters: str

    @property
    def prefix(self) -> str:
        return f"{self.letters}-"

    def show(self, number: int) -> str:
        """`CLT-001`, `CLT-1000`."""
        return f"{self.prefix}{number:03d}"

    def parse(self, text: str) -> int | None:
        """Return the number in `CLT-042`, `clt 42` or `CLT42`; None where the text is no such reference."""
        match = re.fullmatch(rf"\s*{self.letters}[\s-]*0*([0-9]{{1,9}})\s*", text, re.IGNORECASE)
        return int(match[1]) if match else None


class ReferenceConverter:
    """The part of an address that names one thing, given to views as a number."""

    reference: Reference
    regex: str

    def __init_subclass__(cls) -> None:
        letters = "".join(f"[{letter.upper()}{letter.lower()}]" for letter in cls.reference.letters)
        cls.regex = rf"{letters}-?\d{{1,9}}"

    def to_python(self, value: str) -> int:
        number = self.reference.parse(value)
        if number is None:
            raise ValueError(value)
        return number

    def to_url(self, value: int | str) -> str:
        return value if isinstance(value, str) else self.reference.show(value)
