"""The texts that sorting, searching and matching compare. They are stored: changing one takes a migration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clients.values.phones import dialled_in_france
from fixaloop.words.text import normalise

if TYPE_CHECKING:
    from clients.models import Client

_CIVILITIES = frozenset(("m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "messieurs", "mesdames"))
# Legal forms of the French register of companies that people write beside a name, or leave out.
LEGAL_FORMS = frozenset((
    "sarl", "sas", "sasu", "eurl", "sa", "sci", "snc", "scp", "scm", "scs", "sca", "scop", "scic", "scea", "earl",
    "gaec", "gie", "geie", "ei", "eirl", "selarl", "selas", "sel", "sem", "spl", "association", "assoc", "asso",
))  # fmt: skip
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_CEDEX = re.compile(r"\s+cedex(\s+\d+)?$")


def name_key(text: str) -> str:
    """What the spellings of one name share: no accent, case, punctuation, civility or legal form at either end."""
    parts = normalise(_INITIALS.sub(lambda initials: initials[0].replace(".", "") + " ", text)).split()
    kept = parts
    while kept and (kept[0] in _CIVILITIES or kept[0] in LEGAL_FORMS):
        kept = kept[1:]
    while kept and kept[-1] in LEGAL_FORMS:
        kept = kept[:-1]
    return " ".join(kept or parts)


def town_key(city: str) -> str:
    """A town without accents, case and CEDEX, so that “Évry” finds “EVRY CEDEX”."""
    return _CEDEX.sub("", normalise(city))[:120]


def sort_name(client: Client) -> str:
    name = client.company_name if client.is_company else f"{client.last_name} {client.first_name}"
    return normalise(name)[:310]


def search_text(client: Client) -> str:
    """Names, reference, SIRET, e-mail, phone in both forms, and the words added by the apps above."""
    parts = (
        sort_name(client),
        normalise(client.contact) if client.is_company else "",
        normalise(client.reference),
        client.siret,
        client.email.lower(),
        dialled_in_france(client.phone),
        client.phone.removeprefix("+"),
        normalise(client.external_reference),
        client.extra_search,
    )
    return " ".join(filter(None, parts))
