"""One client as typed or imported, read by the rules that forms, imports and presets share."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from clients.models import Client
from clients.values import communes, parsing, phones
from clients.values.contacts import LONGEST_LABEL, MOST, Line, distinct, read_lines, write_lines
from fixaloop.forms.parsing import Reading, Value
from fixaloop.installation.firm import rule
from fixaloop.words.text import clean

# The first and the last day of a subscription.
SUBSCRIPTION = ("subscribed_from", "subscribed_until")
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
NO_EMAIL = gettext_lazy("Indiquez l’e-mail : il est obligatoire pour chaque client.")
STILL_NO_EMAIL = gettext_lazy("Ce client n’a pas d’e-mail, qui est obligatoire : demandez-le-lui.")


def requires_email(client: Client | None = None) -> bool:
    """Whether the firm requires an e-mail of a client: of a new one, and of one who has an e-mail.

    A client who never had one may be changed without it, with a warning.
    """
    return rule("REQUIRE_EMAIL") and (client is None or client.pk is None or bool(client.email))


def lacks_email(client: Client) -> bool:
    return rule("REQUIRE_EMAIL") and not client.email and client.anonymized_at is None


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
        "other_contacts": lambda text: _read_contacts(text, country),
        "street": parsing.parse_street,
        "street_extra": parsing.parse_street,
        "postal_code": lambda text: parsing.parse_postal_code(text, country),
        "city": parsing.parse_city,
        "description": lambda text: Value(clean(text, multiline=True)),
        "external_reference": parsing.parse_external_reference,
        "status_reason": lambda text: Value(clean(text)),
    }
    if typed.get("kind") == Client.Kind.INDIVIDUAL:
        readers |= dict.fromkeys(OF_COMPANIES, lambda text: Value(""))
    reading.read(readers, typed)
    # The lines below the first of a street go to its complement.
    if lines := reading.comments.pop("street", ""):
        reading.values["street_extra"] = ", ".join(filter(None, (lines, reading.values.get("street_extra"))))
    if others := reading.values.get("other_contacts"):
        mains = (reading.values.get("phone", ""), reading.values.get("email", ""))
        reading.values["other_contacts"] = write_lines(distinct(read_lines(others), mains))
    _check_lengths(reading)
    for name, message in REQUIRED.get(typed.get("kind", ""), {}).items():
        reading.require(name, message)
    _complete_town(reading)
    return reading


def subscription_error(first: date | None, last: date | None) -> str:
    """What is wrong with the days of a subscription; empty when nothing is."""
    if first is not None and (last is None or last < first):
        return _("Un abonnement a un dernier jour, qui n’est pas avant le premier.")
    return ""


def read_contact(line: Line, country: str) -> Line:
    """A row as typed, read: text after a phone is its label. Raises ValidationError."""
    if not line.value:
        message = _("« %(label)s » : indiquez aussi le téléphone ou l’e-mail.")
        raise ValidationError(message, "label_only", {"label": line.label[:LONGEST_LABEL]})
    read = parsing.parse_email(line.value) if line.is_email else phones.parse_phone(line.value, country)
    label = clean(", ".join(filter(None, (line.label, read.comment))))
    if len(label) > LONGEST_LABEL:
        message = _("Ce libellé a %(length)d caractères ; %(limit)d au plus.")
        raise ValidationError(message, "label_too_long", {"length": len(label), "limit": LONGEST_LABEL})
    return Line(read.value, label)


def _read_contacts(text: str, country: str) -> Value:
    """Further phones and e-mails. Raises ValidationError with a sentence for each wrong row."""
    lines, errors = [], []
    typed = read_lines(text)
    for number, line in enumerate(typed, 1):
        try:
            lines.append(read_contact(line, country))
        except ValidationError as error:
            sentence = _("Ligne %(number)d : %(error)s") % {"number": number, "error": " ".join(error.messages)}
            errors.append(ValidationError(sentence, "row"))
    if len(typed) > MOST:
        message = _("%(count)d autres téléphones et e-mails : %(most)d au plus.")
        errors.append(ValidationError(message, "too_many", {"count": len(typed), "most": MOST}))
    if errors:
        raise ValidationError(errors)
    return Value(write_lines(lines))


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
