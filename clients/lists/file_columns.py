"""The columns of a client file: what an export writes under these headings, an import reads (contract.md)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_countries import countries

from clients.card_state import card_state
from clients.models import NEVER, Client
from clients.status import Status, explain
from fixaloop.files.columns import FileColumn


def _explained(client: Client, at: datetime) -> Status:
    """The status, explained once for the two columns that tell it."""
    kept: Status | None = vars(client).get("explained")
    if kept is None:
        kept = vars(client)["explained"] = explain(client, at)
    return kept


def _status(client: Client, at: datetime) -> str:
    return _explained(client, at).label


def _status_reason(client: Client, at: datetime) -> str:
    return _explained(client, at).reason


@lru_cache(maxsize=16)
def _words(language: str) -> dict[str, dict[Any, str]]:
    """The words of each column that has few, translated once: a file asks for them a million times."""
    cards = {"active": _("valable"), "expired": _("expirée"), "suspended": _("suspendue"), "none": _("aucune")}
    return {
        "kind": {code: str(label) for code, label in Client.Kind.choices},
        "language": {code: str(label) for code, label in Client.Language.choices},
        "country": {code: str(name) for code, name in countries},
        "inside": {True: _("oui"), False: _("non")},
        "card": cards,
    }


def _word(column: str, value: Any) -> str:
    return _words(get_language() or "")[column].get(value, "")


def _company(client: Client, at: datetime) -> str:
    return client.company.reference if client.company else ""


def _country(client: Client, at: datetime) -> str:
    return _word("country", client.country.code)


def _last_visit(client: Client, at: datetime) -> datetime | None:
    return client.last_visit_at if client.last_visit_at > NEVER else None


def _inside(client: Client, at: datetime) -> str:
    return _word("inside", client.inside_since is not None)


def _card(client: Client, at: datetime) -> str:
    return _word("card", card_state(client, timezone.localdate(at)))


# Field → heading, in the order of the file. Exports and imports both go by it.
HEADERS = {
    "reference": "Identifiant",
    "kind": "Type",
    "first_name": "Prénom",
    "last_name": "Nom",
    "company_name": "Raison sociale",
    "siret": "SIRET",
    "email": "E-mail",
    "phone": "Téléphone",
    "street": "Adresse",
    "street_extra": "Complément",
    "postal_code": "Code postal",
    "city": "Ville",
    "country": "Pays",
    "company": "Entreprise",
    "language": "Langue",
    "status": "Statut",
    "status_reason": "Motif du statut",
    "last_visit": "Dernière visite",
    "inside": "Sur place",
    "description": "Description",
    "external_reference": "Référence externe",
    "created_at": "Créé le",
    "open_interventions": "Interventions en cours",
    "card": "Carte d’accès",
}

VALUES: dict[str, Callable[[Client, datetime], Any]] = {
    "kind": lambda client, at: _word("kind", client.kind),
    "phone": lambda client, at: client.phone_display,
    "country": _country,
    "company": _company,
    "language": lambda client, at: _word("language", client.language),
    "status": _status,
    "status_reason": _status_reason,
    "last_visit": _last_visit,
    "inside": _inside,
    "card": _card,
}
# Digits that are no number: a spreadsheet must keep their zeros.
DIGITS = ("siret", "phone", "postal_code", "external_reference")
WIDE = {"company_name": 32, "email": 32, "street": 32, "description": 40, "status_reason": 32}


def _plain(name: str) -> Callable[[Client, datetime], Any]:
    read = attrgetter(name)
    return lambda client, at: read(client)


EXPORT_COLUMNS = tuple(
    FileColumn(header, VALUES.get(name) or _plain(name), WIDE.get(name, 16), name, text=name in DIGITS)
    for name, header in HEADERS.items()
)
