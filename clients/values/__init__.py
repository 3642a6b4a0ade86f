"""The values of a client as people write them, read once for forms, imports and the admin alike.

Every `parse_…` takes text and returns a `Value`: `.value` is what to store ('' for blank text), `.notes` says what was
repaired (an import reports each as a warning), `.comment` is text found beside the value that the caller keeps
elsewhere (« bureau » after a phone number, the second line of a street). A value that cannot be stored raises
ValidationError with one French sentence that names it and says what to do, and a code. Nothing here reads the database.
"""

from clients.values.addresses import (
    parse_city,
    parse_country,
    parse_postal_code,
    parse_street,
)
from clients.values.emails import parse_email
from clients.values.names import name_key, parse_name
from clients.values.phones import parse_phone, show_phone
from clients.values.siret import parse_siret, show_siret
from fixaloop.forms.values import Value

__all__ = (
    "Value",
    "name_key",
    "parse_city",
    "parse_country",
    "parse_email",
    "parse_name",
    "parse_phone",
    "parse_postal_code",
    "parse_siret",
    "parse_street",
    "show_phone",
    "show_siret",
)
