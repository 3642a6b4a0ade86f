"""One client as typed or imported, read by the rules that forms, imports and presets share."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from clients.models import Client
from clients.values import communes, parsing, phones
from fixaloop.forms.parsing import Reading, Value
from fixaloop.words.text import clean

REQUIRED = {
    Client.Kind.INDIVIDUAL.value: {
        "first_name": gettext_lazy("Indiquez le prénom : un particulier a un prénom et un nom."),
        "last_name": gettext_lazy("Indiquez le nom : un particulier a un prénom et un nom."),
    },
    Client.Kind.COMPANY.value: {
        "company_name": gettext_lazy("Indiquez la raison sociale ou le nom commercial de l’entreprise.")
    },
}
OF_COMPANIES = ("company_name", "siret")


def read_client(typed: Mapping[str, str]) -> Reading:
    """Read the fields that are there; with a `kind`, its names are required. People have no company name or SIRET."""
    reading = Reading()
    reading.keep("country", parsing.parse_country, typed.get("country", ""))
    country = reading.values.get("country", "FR")
    if not typed.get("country", "").strip():
        reading.values["country"] = parsing.country_of(typed.get("postal_code", ""))
    readers: dict[str, Callable[[str], Value]] = {
        "first_name": lambda text: parsing.parse_name(text, _limit("first_name")),
        "last_name": lambda text: parsing.parse_name(text, _limit("last_name")),
        "company_name": lambda text: parsing.parse_name(text, _limit("company_name")),
        "siret": parsing.parse_siret,
        "email": parsing.parse_email,
        "phone": lambda text: phones.parse_phone(text, country),
        "street": parsing.parse_street,
        "street_extra": parsing.parse_street,
        "postal_code": lambda text: parsing.parse_postal_code(text, country),
        "city": parsing.parse_city,
        "description": lambda text: Value(clean(text, multiline=True)),
        "external_reference": lambda text: Value(clean(text)),
        "status_reason": lambda text: Value(clean(text)),
    }
    if typed.get("kind") == Client.Kind.INDIVIDUAL:
        readers |= dict.fromkeys(OF_COMPANIES, lambda text: Value(""))
    reading.read(readers, typed)
    # The lines below the first of a street go to its complement.
    if lines := reading.comments.pop("street", ""):
        reading.values["street_extra"] = ", ".join(filter(None, (lines, reading.values.get("street_extra"))))
    _check_lengths(reading)
    for name, message in REQUIRED.get(typed.get("kind", ""), {}).items():
        reading.require(name, message)
    _complete_town(reading)
    return reading


@lru_cache
def _limit(name: str) -> int:
    return int(getattr(Client._meta.get_field(name), "max_length", None) or 0)


def _check_lengths(reading: Reading) -> None:
    for name, value in list(reading.values.items()):
        limit = _limit(name)
        if limit and len(value) > limit:
            message = _("Ce texte a %(length)d caractères ; %(limit)d au plus.")
            reading.refuse(name, ValidationError(message, "too_long", {"length": len(value), "limit": limit}))
            del reading.values[name]


def _complete_town(reading: Reading) -> None:
    code = reading.values.get("postal_code", "")
    if reading.values.get("country") in parsing.FRENCH and code and reading.values.get("city") == "":
        towns = communes.towns(code)
        if len(towns) == 1:
            reading.values["city"] = towns[0]
