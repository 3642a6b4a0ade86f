"""Names of people and companies: as typed, and as compared when looking for duplicates."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fixaloop.forms.values import Value, repairs
from fixaloop.words.text import clean, normalise

_CIVILITIES = frozenset(
    (
        "m",
        "mr",
        "mme",
        "mlle",
        "monsieur",
        "madame",
        "mademoiselle",
        "messieurs",
        "mesdames",
    )
)
# Legal forms of the French register of companies that people write beside a name, or leave out.
_LEGAL_FORMS = frozenset((
    "sarl", "sas", "sasu", "eurl", "sa", "sci", "snc", "scp", "scm", "scs", "sca", "scop", "scic", "scea", "earl",
    "gaec", "gie", "geie", "ei", "eirl", "selarl", "selas", "sel", "sem", "spl", "association", "assoc", "asso",
))  # fmt: skip
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_LOST_CHARACTER = re.compile(r"\ufffd|(?<=\w)\?(?=\w)")


def parse_name(text: str, max_length: int | None = None) -> Value:
    """A name kept as it is written; noted when a character was repaired, or lost before it came here."""
    name = clean(text)
    if max_length and len(name) > max_length:
        raise ValidationError(
            ngettext(
                "%(length)d caractère : le maximum est %(max)d.",
                "%(length)d caractères : le maximum est %(max)d.",
                len(name),
            ),
            code="max_length",
            params={"length": len(name), "max": max_length},
        )
    lost = (_("caractère perdu avant l’import (« ? »), à corriger"),) if _LOST_CHARACTER.search(name) else ()
    return Value(name, repairs(text) + lost)


def name_key(text: str) -> str:
    """What two spellings of one name share: no accent, case, punctuation, civility, nor legal form at either end."""
    parts = normalise(_INITIALS.sub(lambda initials: initials[0].replace(".", "") + " ", text)).split()
    kept = parts
    while kept and (kept[0] in _CIVILITIES or kept[0] in _LEGAL_FORMS):
        kept = kept[1:]
    while kept and kept[-1] in _LEGAL_FORMS:
        kept = kept[:-1]
    return " ".join(kept or parts)
