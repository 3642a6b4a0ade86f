"""Cells as files write them: dates, choices, yes and no."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _, override

from fixaloop.words.text import normalise

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
