"""The columns of a file of entries, for exports and imports."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as now, gettext_lazy as _

from access.gate.reasons import anomaly_label
from access.models import Device, Entry, Zone
from access.shared.files import zone_name
from access.tariffs.explaining import explain
from clients.imports.owner_columns import OWNER
from fixaloop.files.columns import FileColumn
from fixaloop.forms.parsing import parse_amount
from fixaloop.imports.cells import parse_date
from fixaloop.imports.money import METHOD, PAID_ON, STATUS, parse_paid
from fixaloop.words.text import clean


def _anomalies(entry: Entry, at: datetime) -> str:
    return ", ".join(anomaly_label(code) for code in entry.anomalies)


def _minutes(entry: Entry, at: datetime) -> int | None:
    return None if entry.is_forgotten else int(((entry.exited_at or at) - entry.entered_at).total_seconds() // 60)


def _explained(entry: Entry, at: datetime) -> str:
    told = explain(entry.pricing)
    return f"{entry.pricing['tariff']} : {told}" if told else ""


def _names(model: type[Zone | Device]) -> list[str]:
    return list(model._default_manager.order_by("name").values_list("name", flat=True))


def _parse_past(text: str) -> datetime | None:
    """A past moment in UTC, so that moments compare; the first of two in the hour that comes twice."""
    moment = parse_date(text)
    if moment and moment > timezone.now():
        raise ValidationError(_("Cette date est à venir : seules les entrées passées s’importent."))
    return moment.astimezone(UTC) if moment else None


def _yesterday(clock: str) -> str:
    """An example recent enough for the firm to keep its times, whatever it set."""
    return f"{timezone.localdate() - timedelta(days=1):%d/%m/%Y} {clock}"


COLUMNS: tuple[FileColumn, ...] = (
    *OWNER,
    FileColumn(
        "Carte",
        lambda entry, at: entry.card.username if entry.card else "",
        20,
        name="card",
        others=("Nom d'utilisateur", "Username", "Card"),
        help=_("Le nom d’utilisateur d’une de ses cartes."),
        example="marie.curie",
    ),
    FileColumn(
        "Véhicule",
        lambda entry, at: entry.vehicle.plate_display if entry.vehicle else "",
        16,
        name="vehicle",
        others=("Immatriculation", "Plaque", "Vehicle", "Plate"),
        help=_("La plaque d’un de ses véhicules."),
    ),
    FileColumn(
        "Zone",
        lambda entry, at: entry.zone.name,
        20,
        name="zone",
        others=("Lieu", "Parking"),
        help=_("Obligatoire : son nom ; une zone qui manque est créée."),
        example="Parking",
        choices=lambda: _names(Zone),
        read=zone_name,
        required=_("Indiquez la zone."),
    ),
    FileColumn(
        "Entrée le",
        name="entered_at",
        others=("Entrée", "Date d'entrée", "Arrivée", "Date d'arrivée", "Date", "Entered at", "Entry"),
        help=_("Obligatoire, dans le passé : 31/12/2025 08:15."),
        example=lazy(_yesterday, str)("08:15"),
        read=_parse_past,
        required=_("Indiquez quand l’entrée a eu lieu."),
    ),
    FileColumn(
        "Heure d’entrée",
        name="entered_time",
        others=("Heure d'entrée", "Heure d'arrivée", "Heure", "Entry time"),
        spare="exited_time",
        foreign=True,
    ),
    FileColumn(
        "Heure de sortie",
        name="exited_time",
        others=("Heure de départ", "Exit time"),
        foreign=True,
    ),
    FileColumn(
        "Entrée par",
        lambda entry, at: entry.device_in.name if entry.device_in else "",
        20,
        name="device_in",
        others=("Lecteur d'entrée", "Entry device"),
        help=_("Le nom d’un appareil connu."),
        choices=lambda: _names(Device),
        optional=True,
    ),
    FileColumn(
        "Sortie le",
        name="exited_at",
        others=("Sortie", "Date de sortie", "Départ", "Date de départ", "Exited at", "Exit"),
        help=_("31/12/2025 17:40. Vide pour une nouvelle entrée : encore sur place."),
        example=lazy(_yesterday, str)("17:40"),
        read=_parse_past,
    ),
    FileColumn(
        "Sortie par",
        lambda entry, at: entry.device_out.name if entry.device_out else "",
        20,
        name="device_out",
        others=("Lecteur de sortie", "Exit device"),
        help=_("Le nom d’un appareil connu."),
        choices=lambda: _names(Device),
        optional=True,
    ),
    FileColumn(
        "Sortie estimée",
        lambda entry, at: now("oui") if entry.estimated else "",
        14,
        name="estimated",
        others=("Estimated",),
        computed=True,
    ),
    FileColumn("Annulée le", width=18, name="voided_at", others=("Voided",), computed=True),
    FileColumn(
        "À vérifier",
        lambda entry, at: now("oui") if entry.to_check else "",
        12,
        name="to_check",
        others=("To check",),
        computed=True,
    ),
    FileColumn("Durée (min)", _minutes, 12, name="duration", computed=True),
    FileColumn("Anomalies", _anomalies, 32, name="anomalies", computed=True),
    FileColumn(
        "Montant dû",
        width=12,
        name="amount_due",
        seen_with="money",
        others=("Montant", "Prix", "Tarif", "Amount", "Amount due", "Price"),
        help=_("En euros : 1 234,50."),
        example="12,50",
        read=parse_amount,
    ),
    FileColumn(
        "Payé",
        width=12,
        name="paid_amount",
        seen_with="money",
        others=("Montant payé", "Montant réglé", "Montant reçu", "Montant encaissé", "Encaissé", "Paid", "Payé ?"),
        help=_("En euros, au plus le montant dû ; ou Payé, Impayé."),
        example="12,50",
        read=parse_paid,
    ),
    FileColumn("Reste dû", width=12, name="balance", seen_with="money", others=("Balance",), computed=True),
    FileColumn("Calcul du montant", _explained, 40, name="pricing", seen_with="money", computed=True),
    replace(STATUS, value=lambda entry, at: entry.get_payment_status_display(), foreign=False),
    METHOD,
    PAID_ON,
    FileColumn(
        "Note",
        width=32,
        name="note",
        others=("Notes", "Remarque", "Commentaire", "Observation", "Motif", "Motif de la visite"),
        help=_("Ce qu’il faut savoir de ce passage."),
        example="Livraison",
        read=clean,
        optional=True,
    ),
)
