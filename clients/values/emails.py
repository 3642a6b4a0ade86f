"""E-mail addresses, by Django’s validator, narrowed to what all mail programs accept."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from fixaloop.forms.parsing import BLANK, Value, refuse
from fixaloop.words.text import clean

_NAMED = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_SEVERAL = re.compile(r"\S+@\S+(\s*(:::|[;,/|])\s*|\s+)\S+@\S+")
# RFC 5321: 254 characters in all, 64 before the @.
_LONGEST = 254
_LONGEST_LOCAL_PART = 64
_CUT_EXTENSION = re.compile(r"\.[^.]?$")
_is_email = EmailValidator(allowlist=[])


def parse_email(text: str) -> Value:
    """The address in lower case. Codes: named, several, length, accents, extension, invalid."""
    email = clean(text)
    if not email:
        return BLANK
    _refuse_what_is_around(email)
    local_part, _at, domain = email.rpartition("@")
    if len(email) > _LONGEST or len(local_part) > _LONGEST_LOCAL_PART:
        refuse(_("L’adresse « %(value)s » est trop longue (64 caractères avant @, 254 en tout)."), "length", email)
    if not local_part.isascii():
        message = _(
            "L’adresse « %(value)s » contient avant @ une lettre accentuée, que beaucoup de messageries refusent :"
            " vérifiez-la."
        )
        refuse(message, "accents", email)
    if _CUT_EXTENSION.search(domain):
        refuse(
            _("L’adresse « %(value)s » est coupée après le dernier point : complétez-la (.fr, .com…)."),
            "extension",
            email,
        )
    try:
        _is_email(email)
    except ValidationError:
        refuse(_("« %(value)s » n’est pas une adresse e-mail : attendu nom@domaine.fr, sans espace."), "invalid", email)
    return Value(email.lower())


def _refuse_what_is_around(email: str) -> None:
    if named := _NAMED.fullmatch(email):
        message = _("« %(value)s » contient un nom et une adresse : gardez seulement %(address)s.")
        refuse(message, "named", email, address=named[1])
    if _SEVERAL.search(email):
        refuse(_("« %(value)s » contient plusieurs adresses : gardez-en une seule."), "several", email)
