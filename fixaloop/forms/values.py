"""What reading a value gives, and what all readers share."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from fixaloop.words.text import clean, repair

_LONGEST_QUOTE = 60
_SPREADSHEET_FLOAT = re.compile(r"(\+?\d[\d ]*)[.,]0+")
_SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?\s*E\s*[+-]?\s*\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Value:
    """A value ready to store, what was repaired in it, and the text found beside it."""

    value: str
    notes: tuple[str, ...] = ()
    comment: str = ""


BLANK = Value("")


@dataclass
class Reading:
    """The typed values of a row or form, read: by field, what to store, the errors, notes on repairs, texts beside."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[ValidationError]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)

    def read(self, readers: Mapping[str, Callable[[str], Any]], typed: Mapping[str, str]) -> None:
        """Read the fields that are there, each with its own reader."""
        for name, reader in readers.items():
            if name in typed:
                self.keep(name, reader, typed[name])

    def keep(self, name: str, reader: Callable[[str], Any], text: str) -> None:
        """Store what a reader makes of a field, or the error it raises."""
        try:
            value = reader(text)
        except ValidationError as error:
            self.refuse(name, error)
            return
        if isinstance(value, Value):
            if value.notes:
                self.notes.setdefault(name, []).extend(value.notes)
            if value.comment:
                self.comments[name] = value.comment
            value = value.value
        self.values[name] = value

    def refuse(self, name: str, error: ValidationError) -> None:
        self.errors.setdefault(name, []).append(error)

    def require(self, name: str, message: Any) -> None:
        """Refuse a field that is blank, unless it has been refused already."""
        if not self.values.get(name) and name not in self.errors:
            self.refuse(name, ValidationError(str(message), "required"))


def refuse(message: str, code: str, text: str, **params: object) -> NoReturn:
    """Raises the ValidationError whose message quotes the refused text as %(value)s."""
    quoted = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
    raise ValidationError(message, code=code, params={"value": quoted, **params})


def repairs(text: str) -> tuple[str, ...]:
    """The note to add to a value whose text was decoded with the wrong table and has been repaired."""
    return (_("caractères mal décodés à la source, rétablis"),) if repair(text) != text else ()


def plain(text: str) -> str:
    """Text of a number made plain: one kind of space, hyphen and digit, without the marks spreadsheets add.

    A leading apostrophe or quotes around (Excel's way to say “text”) go, and « 123.0 » is « 123 ».
    """
    text = clean(text)
    if not text.isascii():
        text = "".join(map(_plain_character, text))
    text = text.lstrip("'").strip('" ')
    match = _SPREADSHEET_FLOAT.fullmatch(text)
    return match[1] if match else text


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet has shortened this number (4,43E+13): its last digits are lost, so it is never guessed."""
    return _SCIENTIFIC.fullmatch(text) is not None


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return {"Zs": " ", "Pd": "-"}.get(category, "'" if character in "’‘" else character)
