"""What may be wrong with a client’s name or address. It is stored: changing it takes a migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.values.communes import is_elsewhere
from clients.values.parsing import FRENCH
from clients.values.usual import ADDRESS, NAMES, usual_case
from fixaloop.words.text import normalise

if TYPE_CHECKING:
    from clients.models import Client

ODD = ("odd_name", "odd_address", "odd_town", "odd_kind")
# Legal forms that are no names of people, as Earl and Sa are.
_FORMS = frozenset((
    "sarl", "sas", "sasu", "eurl", "sci", "snc", "scp", "scm", "scop", "gaec", "gie", "selarl", "selas", "association",
))  # fmt: skip


def oddities(client: Client) -> dict[str, bool]:
    """Column → whether the client has it; a migration’s client as well."""
    proposed = usual_case({name: getattr(client, name) for name in (*NAMES, *ADDRESS, "postal_code")})
    in_france = str(vars(client).get("country") or client.country) in FRENCH
    return {
        "odd_name": any(name in proposed for name in NAMES),
        "odd_address": any(name in proposed for name in ADDRESS),
        "odd_town": in_france and is_elsewhere(client.postal_code, client.city),
        "odd_kind": client.kind == "individual" and _has_legal_form(client.last_name),
    }


def _has_legal_form(name: str) -> bool:
    first, *others = normalise(name).split() or [""]
    return bool(others) and (first in _FORMS or others[-1] in _FORMS)
