"""The columns of a client file: what an export writes under these headings, an import reads (contract.md)."""

from __future__ import annotations

from datetime import datetime

from clients.models import Client
from fixaloop.exports import ExportColumn
from interventions import activity


def _status(client: Client, at: datetime) -> str:
    return activity.explain(client, at).label


def _forced_reason(client: Client, at: datetime) -> str:
    return activity.explain(client, at).reason


def _company(client: Client, at: datetime) -> str:
    return client.company.reference if client.company else ""


def _country(client: Client, at: datetime) -> str:
    return str(client.country.name)


EXPORT_COLUMNS = (
    ExportColumn("Identifiant", lambda client, at: client.reference, 12),
    ExportColumn("Type", lambda client, at: client.get_kind_display(), 12),
    ExportColumn("Prénom", lambda client, at: client.first_name, 18),
    ExportColumn("Nom", lambda client, at: client.last_name, 22),
    ExportColumn("Raison sociale", lambda client, at: client.company_name, 32),
    ExportColumn("SIRET", lambda client, at: client.siret, 17),
    ExportColumn("E-mail", lambda client, at: client.email, 32),
    ExportColumn("Téléphone", lambda client, at: client.phone_display, 18),
    ExportColumn("Adresse", lambda client, at: client.street, 32),
    ExportColumn("Complément", lambda client, at: client.street_extra, 24),
    ExportColumn("Code postal", lambda client, at: client.postal_code, 12),
    ExportColumn("Ville", lambda client, at: client.city, 24),
    ExportColumn("Pays", _country, 14),
    ExportColumn("Entreprise", _company, 14),
    ExportColumn("Langue", lambda client, at: client.get_language_display(), 12),
    ExportColumn("Statut", _status, 10),
    ExportColumn("Motif du statut", _forced_reason, 32),
    ExportColumn("Description", lambda client, at: client.description, 40),
    ExportColumn("Référence externe", lambda client, at: client.external_reference, 20),
    ExportColumn("Créé le", lambda client, at: client.created_at, 17),
)
