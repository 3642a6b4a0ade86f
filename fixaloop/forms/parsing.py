"""Text as people type it, read for forms and imports: numbers, dates, amounts, durations.

Every `parse_…` takes text and returns what to store, None for blank text. If it cannot, it raises ValidationError with
one sentence that quotes the text and says what is expected.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.words.text import clean, may_be_misread, repair

YEARS = range(2000, 2101)
LONGEST_KEY = 18
# A thousands mark stands before three digits each time; people also write “12 € 50” as they say it.
_AMOUNT = re.compile(
    r"(?P<sign>[+-]?) *(?:€ *)?"
    r"(?P<whole>\d{1,3}(?P<mark>[ '.,])\d{3}(?:(?P=mark)\d{3}){0,4}|\d{1,18})"
    r"(?:(?:(?!(?P=mark))[.,](?P<cents>\d{1,2}))?(?: *(?:€|EUR(?:OS?)?))?| *€ *(?P<after>\d{2}))",
    re.IGNORECASE,
)
_MONTHS = re.compile(r"(\d{1,4})\s*(mois|months?|m|ans?|ann[ée]es?|years?)?", re.IGNORECASE)
_LENGTH = re.compile(
    r"(?:(?P<days>\d{1,4}) ?(?:j|d)[a-z]*)? ?(?:(?P<hours>\d{1,5}) ?h[a-z]* ?(?P<after>\d{1,2})?)?"
    r" ?(?:(?P<minutes>\d{1,5}) ?m[a-z]*)?",
    re.IGNORECASE,
)
_DAY = r"(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})[/.-](?P<m2>\d{1,2})[/.-](?P<y2>\d{4}))"
_TIME = r"(?P<hour>\d{1,2})[:hH](?P<minute>\d{2})?(?::(?P<second>\d{2})(?:\.\d+)?)?"
_MOMENT = re.compile(rf"{_DAY}(?:(?:T|,?\s+(?:à\s+)?){_TIME})?")
_LONGEST_QUOTE = 60
_SPREADSHEET_FLOAT = re.compile(r"(\+?\d[\d ]*)[.,]0+")
# A thousand, or one with three decimals.
_AMBIGUOUS = re.compile(r"['\"]?[+-]?[1-9]\d{0,2}[.,]000['\"]?")
_SPREADSHEET_MARKS = re.compile(r"[.,+]")
_SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?\s*E\s*[+-]?\s*\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Value:
    """A value ready to store, notes on what was repaired in it, and the text found beside it."""

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
        for name, reader in readers.items():
            if name in typed:
                self.keep(name, reader, typed[name])

    def keep(self, name: str, reader: Callable[[str], Any], text: str) -> None:
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
        if not self.values.get(name) and name not in self.errors:
            self.refuse(name, ValidationError(str(message), "required"))


def refuse(message: str, code: str, text: str, **params: object) -> NoReturn:
    """Raise a ValidationError whose message quotes the refused text as %(value)s."""
    quoted = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
    raise ValidationError(message, code=code, params={"value": quoted, **params})


def repairs(text: str) -> tuple[str, ...]:
    """Whether `clean` will repair the text, or leave letters that look misread, as notes for people."""
    text = text.strip()
    if repair(text) != text:
        return (_("caractères mal décodés à la source, rétablis"),)
    return (_("caractères sans doute mal décodés à la source, à corriger"),) if may_be_misread(text) else ()


def plain(text: str) -> str:
    """The text of a number with one kind of space, hyphen and digit, without the marks that spreadsheets add.

    A leading apostrophe or quotes around (Excel's way to say “text”) go, and « 123.0 » is « 123 ».
    """
    text = clean(text)
    if not text.isascii():
        text = "".join(map(_plain_character, text))
    text = text.lstrip("'").strip('" ')
    match = _SPREADSHEET_FLOAT.fullmatch(text)
    return match[1] if match else text


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet has shortened the number (4,43E+13): its last digits are lost, so it is never guessed."""
    return _SCIENTIFIC.fullmatch(text) is not None


def refuse_ruined(text: str, message: str) -> None:
    """Refuse a code that a spreadsheet took for a number and shortened; 12E34567 may be a code as it is."""
    if is_scientific(text) and _SPREADSHEET_MARKS.search(text):
        refuse(message, "scientific", text)


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return {"Zs": " ", "Pd": "-"}.get(category, "'" if character in "’‘" else character)


def parse_amount(text: str) -> Decimal | None:
    """`1 234,50 €`, `1234.5`, `1.234,50`: euros to the cent."""
    written = plain(text)
    if not written.strip(" '€"):
        return None
    match = _AMOUNT.fullmatch(written)
    # A dot or comma before three digits may group thousands or begin the cents, unless the other one follows.
    if match is None or (match["mark"] in (".", ",") and not match["cents"]) or _AMBIGUOUS.fullmatch(text.strip()):
        refuse(_("« %(value)s » n’est pas un montant : écrivez par exemple 1 234,50."), "amount", clean(text))
    whole = re.sub(r"\D", "", match["whole"])
    return Decimal(f"{match['sign']}{whole}.{match['cents'] or match['after'] or 0}")


def parse_day(text: str) -> date | None:
    match = _match(text, _("« %(value)s » n’est pas une date : écrivez par exemple 21/11/2026."))
    if match is None:
        return None
    if match["hour"]:
        message = _("« %(value)s » a une heure : écrivez le jour seul, par exemple 21/11/2026.")
        refuse(message, "day", match[0])
    return _day(match)


def parse_moment(text: str, *, default: time | None = None) -> datetime | None:
    """`21/11/2026 14:30`, `21/11/2026 14h30` or `2026-11-21T14:30`, in the firm's time zone.

    Without `default`, the hour that a day alone stands for, the hour must be there.
    """
    match = _match(text, _("« %(value)s » n’est pas une date : écrivez par exemple 21/11/2026 14:30."))
    if match is None:
        return None
    day, hour = _day(match), _hour(match) or default
    if hour is None:
        refuse(_("« %(value)s » n’a pas d’heure : écrivez par exemple 21/11/2026 14:30."), "moment", match[0])
    moment = timezone.make_aware(datetime.combine(day, hour))
    if timezone.make_naive(moment.astimezone(UTC)) != datetime.combine(day, hour):
        refuse(_("« %(value)s » n’existe pas : cette nuit-là, on passe à l’heure d’été."), "moment", match[0])
    return moment


def _match(text: str, otherwise: str) -> re.Match[str] | None:
    written = plain(text)
    if not written:
        return None
    match = _MOMENT.fullmatch(written)
    if match is None:
        refuse(otherwise, "date", written)
    return match


def _day(match: re.Match[str]) -> date:
    year, month, day = (int(match[name] or match[f"{name}2"]) for name in ("y", "m", "d"))
    if year not in YEARS:
        refuse(_("« %(value)s » est trop loin dans le temps : vérifiez l’année."), "date", match[0])
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
        refuse(_("« %(value)s » n’existe pas dans le calendrier."), "date", match[0])
    return date(year, month, day)


def _hour(match: re.Match[str]) -> time | None:
    if match["hour"] is None:
        return None
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:
        refuse(_("« %(value)s » : cette heure n’existe pas."), "moment", match[0])
    return time(hour, minute, second)


def parse_months(text: str) -> int | None:
    """`24`, `24 mois`, `2 ans`: a duration in months."""
    written = plain(text)
    if not written:
        return None
    match = _MONTHS.fullmatch(written)
    if match is None:
        refuse(_("« %(value)s » n’est pas une durée : écrivez par exemple 24 mois."), "months", written)
    unit = (match[2] or "").lower()
    return int(match[1]) * (12 if unit.startswith(("a", "y")) else 1)


def parse_length(text: str) -> timedelta | None:
    """`2 h 30`, `45 min`, `3 j 4 h`, `3 j`: how long something lasts."""
    written = plain(text)
    if not written:
        return None
    match = _LENGTH.fullmatch(written)
    if match is None:
        refuse(_("« %(value)s » n’est pas une durée : écrivez par exemple 2 h 30 ou 3 j."), "length", written)
    days, hours, after, minutes = (int(match[name] or 0) for name in ("days", "hours", "after", "minutes"))
    return timedelta(days=days, hours=hours, minutes=after + minutes)


def parse_key(text: str) -> int | None:
    """The primary key that a field or an address gives; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_KEY else None
