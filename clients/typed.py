"""Reads the typed or imported values of a client; forms, imports and presets share these rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache, partial

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client
from clients.values import (
    Value,
    communes,
    parse_city,
    parse_country,
    parse_email,
    parse_name,
    parse_phone,
    parse_postal_code,
    parse_siret,
    parse_street,
)
from fixaloop.words.text import clean

REQUIRED = {
    Client.Kind.INDIVIDUAL.value: {
        "first_name": gettext_lazy("Indiquez le prénom : un particulier a un prénom et un nom."),
        "last_name": gettext_lazy("Indiquez le nom : un particulier a un prénom et un nom."),
    },
    Client.Kind.COMPANY.value: {
        "company_name": gettext_lazy("Indiquez la raison sociale ou le nom commercial de l’entreprise."),
    },
}


@dataclass
class Entry:
    """Values to store, errors and repairs, by field."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[ValidationError]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)

    def refuse(self, name: str, error: ValidationError) -> None:
        self.errors.setdefault(name, []).append(error)

    def keep(self, name: str, read: Callable[[], Value]) -> None:
        """Store what a reader makes of a field, or its refusal."""
        try:
            value = read()
        except ValidationError as error:
            self.refuse(name, error)
            return
        self.values[name] = value.value
        if value.notes:
            self.notes.setdefault(name, []).extend(value.notes)
        if value.comment:
            self.comments[name] = value.comment


def read_entry(typed: Mapping[str, str]) -> Entry:
    """Read the fields of a client that are present.

    The kind decides what is required: a person has no company name and no SIRET.
    """
    entry = Entry()
    entry.keep("country", lambda: parse_country(typed.get("country", "")))
    country = entry.values.get("country", "FR")
    readers: dict[str, Callable[[str], Value]] = {
        "first_name": lambda text: parse_name(text, _limit("first_name")),
        "last_name": lambda text: parse_name(text, _limit("last_name")),
        "company_name": lambda text: parse_name(text, _limit("company_name")),
        "siret": parse_siret,
        "email": parse_email,
        "phone": lambda text: parse_phone(text, country),
        "street": parse_street,
        "street_extra": parse_street,
        "postal_code": lambda text: parse_postal_code(text, country),
        "city": parse_city,
        "description": lambda text: Value(clean(text, multiline=True)),
        "external_reference": lambda text: Value(clean(text)),
        "status_reason": lambda text: Value(clean(text)),
    }
    individual = typed.get("kind") == Client.Kind.INDIVIDUAL
    for name, reader in readers.items():
        if name not in typed:
            continue
        if individual and name in ("company_name", "siret"):
            entry.values[name] = ""
            continue
        entry.keep(name, partial(reader, typed[name]))
    _continue_address(entry)
    _check_lengths(entry)
    _check_names(entry, typed)
    _complete_town(entry, country)
    return entry


def _continue_address(entry: Entry) -> None:
    """Move further lines of the street to the complement."""
    lines = entry.comments.pop("street", "")
    if lines:
        entry.values["street_extra"] = ", ".join(filter(None, (lines, entry.values.get("street_extra"))))


@lru_cache
def _limit(name: str) -> int:
    return int(getattr(Client._meta.get_field(name), "max_length", None) or 0)


def _check_lengths(entry: Entry) -> None:
    for name, value in list(entry.values.items()):
        limit = _limit(name)
        if limit and len(value) > limit:
            message = _("Ce texte a %(length)d caractères ; %(limit)d au plus.")
            entry.refuse(
                name,
                ValidationError(message, "too_long", {"length": len(value), "limit": limit}),
            )
            del entry.values[name]


def _check_names(entry: Entry, typed: Mapping[str, str]) -> None:
    for name, message in REQUIRED.get(typed.get("kind", ""), {}).items():
        if not entry.values.get(name) and name not in entry.errors:
            entry.refuse(name, ValidationError(str(message), "required"))


def _complete_town(entry: Entry, country: str) -> None:
    """Fill the town of a French postal code that has only one."""
    code = entry.values.get("postal_code", "")
    if country == "FR" and code and entry.values.get("city") == "":
        towns = communes.towns(code)
        if len(towns) == 1:
            entry.values["city"] = towns[0]


def end_of_day(day: date) -> datetime:
    """The end of a day in the firm’s time zone: a status forced until a day includes it."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
