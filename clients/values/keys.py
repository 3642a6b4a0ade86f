"""The texts that sorting, searching and matching compare. They are stored: changing one takes a migration.

Names are read by `fixaloop.words.text.name_words`, whether they are stored, searched or compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from clients.reference import CLIENT
from clients.values.contacts import searched
from clients.values.phones import dialled_in_france
from fixaloop.words.text import name_words, normalise

if TYPE_CHECKING:
    from clients.models import Client

_CIVILITIES = frozenset(("m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "messieurs", "mesdames"))
# Legal forms of the French register of companies that people write beside a name, or leave out.
LEGAL_FORMS = frozenset((
    "sarl", "sas", "sasu", "eurl", "sa", "sci", "snc", "scp", "scm", "scs", "sca", "scop", "scic", "scea", "earl",
    "gaec", "gie", "geie", "ei", "eirl", "selarl", "selas", "sel", "sem", "spl", "association", "assoc", "asso",
))  # fmt: skip
_CEDEX = re.compile(r"\s+cedex(\s+\d+)?$")


COMPANY = "company"
_APOSTROPHE = re.compile("['’]")
AND = "et"
SAINTS = {"st": "saint", "ste": "sainte"}


@lru_cache(maxsize=4096)
def name_key(text: str) -> str:
    """What the spellings of one name share: the letters of its parts alone."""
    return "".join(name_parts(text))[:310]


def key_of(values: Mapping[str, Any]) -> str:
    """The `name_key` of a client’s values, typed or stored."""
    return name_key(values.get("company_name") or f"{values.get('last_name', '')} {values.get('first_name', '')}")


def name_parts(text: str) -> list[str]:
    """The words of a name without civility or legal form at either end; “Dupont & Fils” is “Dupont Fils”."""
    parts = _whole_words(text)
    kept = parts
    while kept and (kept[0] in _CIVILITIES or kept[0] in LEGAL_FORMS):
        kept = kept[1:]
    while kept and kept[-1] in LEGAL_FORMS:
        kept = kept[:-1]
    return [word for word in kept if word != AND] or parts


def _whole_words(text: str) -> list[str]:
    return [SAINTS.get(word, word) for word in name_words(text)]


def town_key(city: str) -> str:
    """A town without accents, case and CEDEX, so that “Évry” finds “EVRY CEDEX”."""
    return _CEDEX.sub("", normalise(city))[:120]


def whole_name(client: Client) -> str:
    """The company’s, or last and first name of a person; like what follows, of a migration’s client as well."""
    return client.company_name if client.kind == COMPANY else f"{client.last_name} {client.first_name}"


def sort_name(client: Client) -> str:
    return normalise(whole_name(client))[:310]


def search_text(client: Client) -> str:
    """Names, reference, SIRET, e-mails, phones in both forms, town, and the words added by the apps above.

    Names stand there as written, then in the other ways that people type them: see `_other_spellings`.
    """
    contact = f"{client.first_name} {client.last_name}".strip() if client.kind == COMPANY else ""
    parts = (
        sort_name(client),
        normalise(contact),
        normalise(CLIENT.show(client.number)),
        client.siret,
        client.email.lower(),
        dialled_in_france(client.phone),
        client.phone.removeprefix("+"),
        *searched(client.other_contacts),
        normalise(client.external_reference),
        *_other_spellings(whole_name(client)),
        *_other_spellings(contact),
        " ".join(_whole_words(_CEDEX.sub("", normalise(client.city)))),
        client.postal_code.lower(),
        client.extra_search,
    )
    return " ".join(filter(None, parts))


def _other_spellings(name: str) -> list[str]:
    """Words that only other spellings of a name have: “saint” for “St”, “oconnor”, and all its letters together.

    “sncf”, “leguen” and “abcdepannage” are found in the letters of S.N.C.F., Le Guen and A.B.C. Dépannage.
    """
    if name.isalpha():
        return []
    written, whole = normalise(name).split(), _whole_words(name)
    together = "".join(word for word in whole if word != AND)
    elided = normalise(_APOSTROPHE.sub("", name)).split()
    others = [word for word in dict.fromkeys((*whole, *elided)) if word not in (*written, AND, together)]
    return [*others, together] if len(written) > 1 else others
