"""The columns of a file of interventions: what an export writes under these headings, an import reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

from fixaloop.exports import ExportColumn
from interventions.models import Intervention

# Field → heading, in the order of the file. Exports and imports both go by it.
HEADERS = {
    "reference": "Identifiant",
    "client": "Client",
    "client_name": "Nom du client",
    "title": "Objet",
    "description": "Description",
    "place": "Lieu",
    "equipment_brand": "Marque",
    "equipment_model": "Modèle",
    "equipment_serial": "Numéro de série",
    "vehicle": "Véhicule",
    "technician": "Technicien",
    "planned_start": "Début prévu",
    "planned_end": "Fin prévue",
    "state": "État",
    "state_reason": "Motif de l’état",
    "late": "En retard",
    "started_at": "Début réel",
    "finished_at": "Fin réelle",
    "diagnosis": "Diagnostic",
    "report": "Compte rendu",
    "quote_amount": "Devis",
    "parts_amount": "Pièces",
    "labor_amount": "Main-d’œuvre",
    "amount_due": "Montant dû",
    "paid_amount": "Payé",
    "balance": "Reste dû",
    "warranty_months": "Garantie (mois)",
    "created_at": "Créée le",
}
MONEY = ("quote_amount", "parts_amount", "labor_amount", "amount_due", "paid_amount", "balance")
WIDE = {"client_name": 28, "title": 32, "description": 40, "diagnosis": 40, "report": 40, "state_reason": 24}


def _technician(intervention: Intervention, at: datetime) -> str:
    return intervention.technician.get_username() if intervention.technician else ""


def _late(intervention: Intervention, at: datetime) -> str:
    return _("oui") if intervention.is_late(at) else _("non")


def _vehicle(intervention: Intervention, at: datetime) -> str:
    return intervention.vehicle.plate_display if intervention.vehicle else ""


VALUES: dict[str, Callable[[Intervention, datetime], Any]] = {
    "client": lambda intervention, at: intervention.client.reference,
    "client_name": lambda intervention, at: intervention.client.name,
    "place": lambda intervention, at: intervention.get_place_display(),
    "technician": _technician,
    "vehicle": _vehicle,
    "state": lambda intervention, at: intervention.get_state_display(),
    "late": _late,
}


def _plain(name: str) -> Callable[[Intervention, datetime], Any]:
    read = attrgetter(name)
    return lambda intervention, at: read(intervention)


def _columns(names: list[str]) -> tuple[ExportColumn, ...]:
    return tuple(ExportColumn(HEADERS[name], VALUES.get(name) or _plain(name), WIDE.get(name, 16)) for name in names)


EXPORT_COLUMNS = _columns(list(HEADERS))
WITHOUT_MONEY = _columns([name for name in HEADERS if name not in MONEY])
