"""The values of a client as people write them, read in one way for forms, imports and the admin.

Each `parse_…` takes text and returns a `Value`: `.value` to store ('' for blank text), `.notes` about repairs (an
import reports them as warnings), `.comment` for text beside the value (« bureau » after a phone number, the second line
of a street). It raises ValidationError, with a sentence that quotes the text and says what to do. No database is read.
"""

from clients.values.addresses import parse_city, parse_country, parse_postal_code, parse_street
from clients.values.emails import parse_email
from clients.values.keys import name_key, town_key
from clients.values.names import parse_name
from clients.values.phones import parse_phone, show_phone
from clients.values.siret import parse_siret, show_siret
from fixaloop.forms.parsing import Value

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
    "town_key",
)
