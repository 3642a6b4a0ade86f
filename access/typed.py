"""The rules for vehicles and cards as typed or imported, shared by forms, imports and the admin.

Every `parse_…` takes text and returns what to store; it raises ValidationError with one sentence if it cannot.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate.plates import FIRST_YEAR, parse_plate
from access.hours import parse_hours
from access.models import AccessCard
from clients.values.parsing import parse_country, parse_name
from fixaloop.forms.parsing import BLANK, Reading, Value, parse_day, plain, refuse, refuse_ruined
from fixaloop.imports.cells import spellings
from fixaloop.words.text import normalise

# A Saab 9-3 that a spreadsheet took for the 9th of March.
_DATE_LIKE = re.compile(
    r"\d{1,2}[-./ ](?:janv?|f[ée]vr?|mars?|avr|mai|juin|juil|ao[ûu]t?|sept?|oct|nov|d[ée]c|feb|apr|may|jun|jul|aug)"
    r"\.?(?:[-./ ]\d{2,4})?|\d{1,2}/\d{1,2}/\d{4}(?: \d\d:\d\d)?",
    re.IGNORECASE,
)
# Day numbers of spreadsheets, counted from the end of 1899: from 1954 to 2119.
_SERIAL = range(20_000, 80_000)
_DAY_ZERO = date(1899, 12, 30)
ENDLESS = 9999
_BADGE_SEPARATORS = re.compile(r"[\s:.\-]")
_LONGEST_BADGE = 40
_USERNAME = re.compile(r"[^\W_][\w.@+\-]{1,63}")
_KINDS = spellings(AccessCard.Kind.choices) | {
    **dict.fromkeys(("qr", "qr statique", "code qr", "qr code"), "qr"),
    **dict.fromkeys(("badge", "badge rfid", "rfid", "carte", "nfc", "mifare"), "badge"),
}


def read_vehicle(typed: Mapping[str, str], today: date | None = None) -> Reading:
    """Read the fields of a vehicle that are given; the plate is required."""
    reading = Reading()
    reading.keep("country", parse_country, typed.get("country", ""))
    readers: dict[str, Callable[[str], Any]] = {
        "plate": lambda text: parse_plate(text, reading.values.get("country", "FR")),
        "make": lambda text: parse_name(text, 60),
        "model": parse_model,
        "color": lambda text: parse_name(text, 40),
        "year": lambda text: parse_year(text, today or timezone.localdate()),
    }
    reading.read(readers, typed)
    reading.require("plate", _("Indiquez l’immatriculation."))
    return reading


def read_card(typed: Mapping[str, str]) -> Reading:
    """Read the fields of a card that are given; the username is required, and the number of a badge."""
    reading = Reading()
    readers: dict[str, Callable[[str], Any]] = {
        "username": parse_username,
        "badge_number": parse_badge,
        "valid_from": parse_first_day,
        "valid_until": parse_last_day,
        "hours": parse_hours,
    }
    reading.read(readers, typed)
    message = _("Indiquez un nom d’utilisateur : c’est ce qui désigne la carte au comptoir.")
    reading.require("username", message)
    if typed.get("kind") == AccessCard.Kind.BADGE:
        reading.require("badge_number", _("Indiquez le numéro du badge."))
    first, last = reading.values.get("valid_from"), reading.values.get("valid_until")
    if first and last and last < first:
        reading.refuse("valid_until", ValidationError(wrong_order(first, last), "order"))
    return reading


def wrong_order(first: date, last: date) -> str:
    message = _("Le dernier jour (%(last)s) est avant le premier (%(first)s).")
    return message % {"last": f"{last:%d/%m/%Y}", "first": f"{first:%d/%m/%Y}"}


def badge_key(text: str) -> str:
    """A badge number without the separators that some readers write: 04:A2:B9:C1 is 04A2B9C1."""
    return _BADGE_SEPARATORS.sub("", text).upper()


def parse_badge(text: str) -> Value:
    """The number of a badge, with its leading zeros; error codes `scientific` and `badge`."""
    text = plain(text)
    if not text:
        return BLANK
    refuse_ruined(
        text,
        _(
            "« %(value)s » est un nombre abîmé par le tableur : recopiez le numéro du badge dans une cellule au"
            " format Texte."
        ),
    )
    number = badge_key(text)
    if not (number.isascii() and number.isalnum()) or len(number) > _LONGEST_BADGE:
        refuse(_("« %(value)s » n’est pas un numéro de badge : des chiffres et des lettres de A à Z."), "badge", text)
    return Value(number)


def parse_username(text: str) -> Value:
    username = plain(text)
    if username and not _USERNAME.fullmatch(username):
        message = _("« %(value)s » : un nom d’utilisateur a 2 à 64 lettres, chiffres ou . _ - @ +, sans espace.")
        refuse(message, "username", username)
    return Value(username)


def parse_model(text: str) -> Value:
    """The model of a vehicle; error code `date` if a spreadsheet turned it into one."""
    model = parse_name(text, 60)
    if _DATE_LIKE.fullmatch(model.value):
        message = _("« %(value)s » est un modèle que le tableur a pris pour une date : retapez-le (9-3 par exemple).")
        refuse(message, "date", model.value)
    return model


def parse_year(text: str, today: date) -> int | None:
    year = plain(text)
    if not year:
        return None
    if not year.isascii() or not year.isdigit() or not FIRST_YEAR <= int(year) <= today.year + 1:
        message = _("« %(value)s » n’est pas une année possible : quatre chiffres, de 1885 à l’an prochain.")
        refuse(message, "year", year)
    return int(year)


def parse_first_day(text: str) -> date | None:
    return _serial(text) or parse_day(text)


def parse_last_day(text: str) -> date | None:
    """The last day of validity, included; None for blank or the year 9999, which other programs write for no end."""
    if re.search(rf"\b{ENDLESS}\b", text):
        return None
    return _serial(text) or parse_day(text)


def _serial(text: str) -> date | None:
    """The day for the bare number that a spreadsheet left of it."""
    number = plain(text)
    days = int(number) if number.isascii() and number.isdigit() and len(number) == 5 else 0
    return _DAY_ZERO + timedelta(days=days) if days in _SERIAL else None


def parse_kind(text: str) -> str:
    kind = _KINDS.get(normalise(text))
    if kind is None:
        refuse(_("« %(value)s » : écrivez QR statique ou Badge."), "kind", text)
    return kind


def sensible_validity(today: date, active_until: date | None = None) -> tuple[date, date]:
    """The first and last day proposed for a new card: one year, or less if the client is active for less."""
    year_later = (
        today.replace(year=today.year + 1) if (today.month, today.day) != (2, 29) else date(today.year + 1, 3, 1)
    )
    if active_until is not None and today < active_until < year_later:
        return today, active_until
    return today, year_later - timedelta(days=1)
