"""The columns of a client file: what an export writes under these headings, an import reads (contract.md)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from access.standing import card_state
from clients.models import NEVER, Client
from fixaloop.exports import ExportColumn
from interventions import activity


def _status(client: Client, at: datetime) -> str:
    return activity.explain(client, at).label


def _status_reason(client: Client, at: datetime) -> str:
    return activity.explain(client, at).reason


def _company(client: Client, at: datetime) -> str:
    return client.company.reference if client.company else ""


def _country(client: Client, at: datetime) -> str:
    return str(client.country.name)


def _last_visit(client: Client, at: datetime) -> datetime | None:
    return client.last_visit_at if client.last_visit_at > NEVER else None


def _inside(client: Client, at: datetime) -> str:
    return _("oui") if client.inside_since else _("non")


def _card(client: Client, at: datetime) -> str:
    words = {"active": _("valable"), "expired": _("expirée"), "suspended": _("suspendue"), "none": _("aucune")}
    return words[card_state(client, timezone.localdate(at))]


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
    "kind": lambda client, at: client.get_kind_display(),
    "phone": lambda client, at: client.phone_display,
    "country": _country,
    "company": _company,
    "language": lambda client, at: client.get_language_display(),
    "status": _status,
    "status_reason": _status_reason,
    "last_visit": _last_visit,
    "inside": _inside,
    "card": _card,
}
WIDE = {"company_name": 32, "email": 32, "street": 32, "description": 40, "status_reason": 32}


def _plain(name: str) -> Callable[[Client, datetime], Any]:
    read = attrgetter(name)
    return lambda client, at: read(client)


EXPORT_COLUMNS = tuple(
    ExportColumn(header, VALUES.get(name) or _plain(name), WIDE.get(name, 16), name) for name, header in HEADERS.items()
)
