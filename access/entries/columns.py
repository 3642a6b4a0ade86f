"""The columns of a file of entries."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from access.gate.sentences import anomaly_label
from access.models import Entry
from fixaloop.exports import ExportColumn


def _anomalies(entry: Entry, at: datetime) -> str:
    return ", ".join(anomaly_label(code) for code in entry.anomalies)


def _minutes(entry: Entry, at: datetime) -> int:
    return int(((entry.exited_at or at) - entry.entered_at).total_seconds() // 60)


EXPORT_COLUMNS = (
    ExportColumn("Client", lambda entry, at: entry.client.reference, 14, "client"),
    ExportColumn("Nom du client", lambda entry, at: entry.client.name, 28, "client"),
    ExportColumn("Carte", lambda entry, at: entry.card.username if entry.card else "", 20, "card"),
    ExportColumn("Véhicule", lambda entry, at: entry.vehicle.plate_display if entry.vehicle else "", 16, "vehicle"),
    ExportColumn("Zone", lambda entry, at: entry.zone.name, 20),
    ExportColumn("Entrée le", lambda entry, at: entry.entered_at, 18),
    ExportColumn("Entrée par", lambda entry, at: entry.device_in.name if entry.device_in else "", 20),
    ExportColumn("Sortie le", lambda entry, at: entry.exited_at, 18),
    ExportColumn("Sortie par", lambda entry, at: entry.device_out.name if entry.device_out else "", 20),
    ExportColumn("Sortie estimée", lambda entry, at: _("oui") if entry.estimated else "", 14),
    ExportColumn("Durée (min)", _minutes, 12),
    ExportColumn("Anomalies", _anomalies, 32),
    ExportColumn("Montant dû", lambda entry, at: entry.amount_due, 12, "money"),
    ExportColumn("Payé", lambda entry, at: entry.paid_amount, 12, "money"),
    ExportColumn("Reste dû", lambda entry, at: entry.balance, 12, "money"),
    ExportColumn("Paiement", lambda entry, at: entry.get_payment_status_display(), 16, "money"),
    ExportColumn("Note", lambda entry, at: entry.note, 32),
)
