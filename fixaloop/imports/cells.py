"""The cells of a file: dates, choices, yes and no."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone as datetime_zone, tzinfo
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _, override

from fixaloop.words.text import normalise

_DAY_FIRST = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
# « 12-janv-20 », « lundi 1er mars 2019 », “March 1st, 2019”.
_NAMED_DAY_FIRST = re.compile(r"(\d{1,2})(?:er|st|nd|rd|th)? ?([a-z]{3,9}) ?(\d{4}|\d{2})")
_NAMED_MONTH_FIRST = re.compile(r"([a-z]{3,9}) (\d{1,2})(?:st|nd|rd|th)? (\d{4})")
_WEEKDAYS = (
    ("lundi", "monday"), ("mardi", "tuesday"), ("mercredi", "wednesday"), ("jeudi", "thursday"),
    ("vendredi", "friday"), ("samedi", "saturday"), ("dimanche", "sunday"),
)  # fmt: skip
_MONTHS = (
    ("janvier", "january"), ("fevrier", "february"), ("mars", "march"), ("avril", "april"), ("mai", "may"),
    ("juin", "june"), ("juillet", "july"), ("aout", "august"), ("septembre", "september"), ("octobre", "october"),
    ("novembre", "november"), ("decembre", "december"),
)  # fmt: skip
_TIME = re.compile(
    r"(?:T|,?\s+(?:à\s+)?)(\d{1,2})[:hH](\d{2})?(?::(\d{2})(?:\.\d+)?)?(?:\s?([ap])\.?m\.?)?\s?(Z|UTC|[+-]\d\d:?\d\d)?$",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
# Day 0 of Excel: its year 1900 has a 29 February, so real dates count from the day before.
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - made aware once the day is known
_FIRST_YEAR = 1900
YES = frozenset(("oui", "yes", "vrai", "true", "1", "x", "o"))
NO = frozenset(("non", "no", "faux", "false", "0", "n"))


def parse_date(text: str, *, is_end: bool = False) -> datetime | None:
    """Read 31/12/2025, 31/12/25, 31 déc. 2025, 2025-12-31 10:15:00 or a spreadsheet’s serial number, in local time.

    2025-12-31T10:15:00Z says its own time zone. Two digits of a year are of this century where it `is_end`. None for
    blank text. Raises ValidationError (code "date"), also for an hour that the clock skips.
    """
    text = text.strip().lstrip("'")
    if not text:
        return None
    try:
        moment = _counted(text) if _SERIAL.fullmatch(text) else _written(text, is_end=is_end)
        if moment.year < _FIRST_YEAR:
            raise ValueError(text)
        aware = moment if moment.tzinfo else timezone.make_aware(moment)
    except (ValueError, OverflowError):
        message = _("« %(value)s » n’est pas une date : écrivez-la 31/12/2025, ou laissez vide.")
        if is_month_first(text):
            message = _("« %(value)s » met le mois avant le jour : vérifiez toute la colonne, et écrivez 31/12/2025.")
        raise ValidationError(message, "date", {"value": text[:40]}) from None
    if aware is not moment and timezone.make_naive(aware.astimezone(UTC)) != moment:
        message = _("« %(value)s » n’existe pas : cette nuit-là, on passe à l’heure d’été.")
        raise ValidationError(message, "date", {"value": text[:40]})
    return timezone.localtime(aware)


def is_month_first(text: str) -> bool:
    """Whether only an American reads this: 04/13/2021. Other days of the column may be read wrongly."""
    found = _DAY_FIRST.match(text)
    return found is not None and int(found[1]) <= 12 < int(found[2]) <= 31


def comes_twice(moment: datetime) -> bool:
    """Whether the clock shows this hour twice, the night when winter time begins."""
    local = timezone.localtime(moment)
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _counted(text: str) -> datetime:
    """A serial number, to the second: its decimals are rounded."""
    return _EPOCH + timedelta(seconds=round(float(text.replace(",", ".")) * 86_400))


def _written(text: str, *, is_end: bool) -> datetime:
    clock = _TIME.search(text)
    weekday, day = _weekday(text[: clock.start()] if clock else text)
    if found := _YEAR_FIRST.fullmatch(day):
        year, month, date = map(int, found.groups())
    elif found := _DAY_FIRST.fullmatch(day):
        date, month, year = int(found[1]), int(found[2]), _year(found[3], is_end=is_end)
    else:
        year, month, date = _named(normalise(day), is_end=is_end)
    if weekday is not None and datetime(year, month, date).weekday() != weekday:  # noqa: DTZ001
        raise ValueError(text)
    hour, minute, second, zone = _clock(clock) if clock else (0, 0, 0, None)
    return datetime(year, month, date, hour, minute, second, tzinfo=zone)


def _weekday(day: str) -> tuple[int | None, str]:
    """The weekday that a day begins with, from Monday on, and the rest: « lundi 3 mars », « lun. 03/03/2025 »."""
    word, _space, rest = day.partition(" ")
    name = normalise(word)
    if name == "le":
        return _weekday(rest)
    found = [
        number for number, names in enumerate(_WEEKDAYS) if len(name) > 2 and any(w.startswith(name) for w in names)
    ]
    return (found[0], rest.strip()) if len(found) == 1 else (None, day)


def _clock(found: re.Match[str]) -> tuple[int, int, int, tzinfo | None]:
    """Hour, minute, second and, where it is said, the time zone: “8:15 PM” is 20:15."""
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    half, zone = (found[4] or "").lower(), found[5] or ""
    if half and not 1 <= hour <= 12:
        raise ValueError(found[0])
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if not zone:
        return hour, minute, second, None
    sign, digits = zone[0], zone[1:].replace(":", "")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) if sign in "+-" else timedelta()
    return hour, minute, second, datetime_zone(-away if sign == "-" else away)


def _year(year: str, *, is_end: bool) -> int:
    """Two digits are read as spreadsheets do, up to 29 of this century; of an end, all are."""
    if len(year) > 2:
        return int(year)
    return int(year) + (2000 if is_end or int(year) < 30 else 1900)


def _named(day: str, *, is_end: bool) -> tuple[int, int, int]:
    if found := _NAMED_DAY_FIRST.fullmatch(day):
        return _year(found[3], is_end=is_end), _month(found[2]), int(found[1])
    if found := _NAMED_MONTH_FIRST.fullmatch(day):
        return int(found[3]), _month(found[1]), int(found[2])
    raise ValueError(day)


def _month(name: str) -> int:
    """The number of a month by its name or the beginning of it. Raises ValueError for what may be two months."""
    found = [number for number, names in enumerate(_MONTHS, start=1) if any(known.startswith(name) for known in names)]
    if len(found) != 1:
        raise ValueError(name)
    return found[0]


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
