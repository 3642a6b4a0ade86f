"""Vehicles and cards as typed or imported, read by the rules that forms and imports share (product.md §3, §4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate.plates import FIRST_YEAR, parse_plate
from access.hours import parse_hours
from access.models import AccessCard
from access.values import parse_badge, parse_username
from clients.values import Value, parse_country, parse_name
from fixaloop.forms.parsing import parse_day
from fixaloop.forms.values import plain, refuse
from fixaloop.imports.cells import spellings
from fixaloop.words.text import normalise

# 9-3 that a spreadsheet took for the 9th of March.
_DATE_LIKE = re.compile(
    r"\d{1,2}[-./ ](?:janv?|f[ée]vr?|mars?|avr|mai|juin|juil|ao[ûu]t?|sept?|oct|nov|d[ée]c|feb|apr|may|jun|jul|aug)"
    r"\.?(?:[-./ ]\d{2,4})?|\d{1,2}/\d{1,2}/\d{4}(?: \d\d:\d\d)?",
    re.IGNORECASE,
)
# Days since the eve of 1900 as spreadsheets count them: 1954 to 2119.
_SERIAL = range(20_000, 80_000)
_DAY_ZERO = date(1899, 12, 30)
ENDLESS = 9999
_KINDS = spellings(AccessCard.Kind.choices) | {
    **dict.fromkeys(("qr", "qr statique", "code qr", "qr code"), "qr"),
    **dict.fromkeys(("badge", "badge rfid", "rfid", "carte", "nfc", "mifare"), "badge"),
}


@dataclass
class Reading:
    """What typed values come to: what to store, what is refused, what was remarked on the way."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[ValidationError]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, name: str, error: ValidationError) -> None:
        self.errors.setdefault(name, []).append(error)

    def keep(self, name: str, read: Callable[[], Any]) -> None:
        """Store what a reader makes of a field, or its refusal."""
        try:
            value = read()
        except ValidationError as error:
            self.refuse(name, error)
            return
        if isinstance(value, Value):
            if value.notes:
                self.notes.setdefault(name, []).extend(value.notes)
            value = value.value
        self.values[name] = value


def read_vehicle(typed: Mapping[str, str], today: date | None = None) -> Reading:
    """Read the typed fields of a vehicle; a field that is not there is not read, a plate must be."""
    reading = Reading()
    reading.keep("country", lambda: parse_country(typed.get("country", "")))
    readers: dict[str, Callable[[str], Any]] = {
        "plate": lambda text: parse_plate(text, reading.values.get("country", "FR")),
        "make": lambda text: parse_name(text, 60),
        "model": parse_model,
        "color": lambda text: parse_name(text, 40),
        "year": lambda text: parse_year(text, today or timezone.localdate()),
    }
    _read(reading, readers, typed)
    if not reading.values.get("plate") and "plate" not in reading.errors:
        reading.refuse("plate", ValidationError(_("Indiquez l’immatriculation."), "required"))
    return reading


def read_card(typed: Mapping[str, str]) -> Reading:
    """Read the typed fields of a card: a username always, a number for a badge, an end after the beginning."""
    reading = Reading()
    readers: dict[str, Callable[[str], Any]] = {
        "username": parse_username,
        "badge_number": parse_badge,
        "valid_from": parse_first_day,
        "valid_until": parse_last_day,
        "hours": parse_hours,
    }
    _read(reading, readers, typed)
    if not reading.values.get("username") and "username" not in reading.errors:
        message = _("Indiquez un nom d’utilisateur : c’est ce qui désigne la carte au comptoir.")
        reading.refuse("username", ValidationError(message, "required"))
    badge = typed.get("kind") == AccessCard.Kind.BADGE
    if badge and not reading.values.get("badge_number") and "badge_number" not in reading.errors:
        reading.refuse("badge_number", ValidationError(_("Indiquez le numéro du badge."), "required"))
    first, last = reading.values.get("valid_from"), reading.values.get("valid_until")
    if first and last and last < first:
        reading.refuse("valid_until", ValidationError(wrong_order(first, last), "order"))
    return reading


def wrong_order(first: date, last: date) -> str:
    """What is said of a card that would end before it begins."""
    message = _("Le dernier jour (%(last)s) est avant le premier (%(first)s).")
    return message % {"last": f"{last:%d/%m/%Y}", "first": f"{first:%d/%m/%Y}"}


def _read(reading: Reading, readers: Mapping[str, Callable[[str], Any]], typed: Mapping[str, str]) -> None:
    for name, reader in readers.items():
        if name in typed:
            reading.keep(name, partial(reader, typed[name]))


def parse_model(text: str) -> Value:
    """The model of a vehicle. Code: date, for one that a spreadsheet changed."""
    model = parse_name(text, 60)
    if _DATE_LIKE.fullmatch(model.value):
        message = _("« %(value)s » est un modèle que le tableur a pris pour une date : retapez-le (9-3 par exemple).")
        refuse(message, "date", model.value)
    return model


def parse_year(text: str, today: date) -> int | None:
    """The year of a vehicle, in four digits. Code: year."""
    year = plain(text)
    if not year:
        return None
    if not year.isascii() or not year.isdigit() or not FIRST_YEAR <= int(year) <= today.year + 1:
        message = _("« %(value)s » n’est pas une année possible : quatre chiffres, de 1885 à l’an prochain.")
        refuse(message, "year", year)
    return int(year)


def parse_first_day(text: str) -> date | None:
    """The first day of validity; blank is none said."""
    return _serial(text) or parse_day(text)


def parse_last_day(text: str) -> date | None:
    """The last day of validity, that day included; blank, and the year 9999 of software without blanks, is no end."""
    if re.search(rf"\b{ENDLESS}\b", text):
        return None
    return _serial(text) or parse_day(text)


def _serial(text: str) -> date | None:
    """The day a spreadsheet's bare number stands for."""
    number = plain(text)
    days = int(number) if number.isascii() and number.isdigit() and len(number) == 5 else 0
    return _DAY_ZERO + timedelta(days=days) if days in _SERIAL else None


def parse_kind(text: str) -> str:
    """`qr` or `badge`, as people and exports call them. Code: kind."""
    kind = _KINDS.get(normalise(text))
    if kind is None:
        refuse(_("« %(value)s » : écrivez QR statique ou Badge."), "kind", text)
    return kind


def sensible_validity(today: date, active_until: date | None = None) -> tuple[date, date]:
    """The first and last day to propose for a new card: a year, or as long as the client is known to be active."""
    year_later = (
        today.replace(year=today.year + 1) if (today.month, today.day) != (2, 29) else date(today.year + 1, 3, 1)
    )
    if active_until is not None and today < active_until < year_later:
        return today, active_until
    return today, year_later - timedelta(days=1)
