"""The columns of a file of interventions, for exports and imports."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as now, gettext_lazy as _

from clients.imports.owner_columns import OWNER
from fixaloop.files.columns import FileColumn, exported
from fixaloop.forms.parsing import parse_amount, parse_length, parse_months
from fixaloop.imports.cells import parse_date, spellings
from fixaloop.imports.money import METHOD, PAID_ON, STATUS, parse_paid
from fixaloop.words.dates import say_length
from fixaloop.words.money import euros
from fixaloop.words.text import clean, normalise
from interventions.models import Intervention
from interventions.states import State
from interventions.times import waiting, warranty_until, worked


def _technician(intervention: Intervention, at: datetime) -> str:
    return intervention.technician.get_username() if intervention.technician else ""


def _late(intervention: Intervention, at: datetime) -> str:
    return now("oui") if intervention.is_late(at) else now("non")


def _worked(intervention: Intervention, at: datetime) -> Decimal | None:
    length = worked(intervention, at)
    return None if length is None else _hours(length)


def _waited(intervention: Intervention, at: datetime) -> Decimal | None:
    return _hours(waiting(intervention, at)) if intervention.started_at else None


def _hours(length: timedelta) -> Decimal:
    return round(Decimal(length // timedelta(seconds=1)) / 3600, 2)


def _vehicle(intervention: Intervention, at: datetime) -> str:
    return intervention.vehicle.plate_display if intervention.vehicle else ""


STATES = spellings(State.choices) | {
    **dict.fromkeys(("fini", "finie", "termine", "faite", "fait"), State.DONE.value),
    **dict.fromkeys(("facturee", "payee", "soldee", "cloture", "archivee"), State.CLOSED.value),
    **dict.fromkeys(("annule", "abandonnee"), State.CANCELLED.value),
    **dict.fromkeys(("a faire", "nouvelle", "nouveau"), State.TO_PLAN.value),
}
PLACES = spellings(Intervention.Place.choices)


def _parse_state(text: str) -> str:
    said = normalise(text)
    if code := STATES.get(said) or STATES.get(f"{said}e"):
        return code
    known = ", ".join(str(label) for label in State.labels)
    raise ValidationError(_("État inconnu. États possibles : %(known)s.") % {"known": known}, "state")


def _parse_place(text: str) -> str:
    if code := PLACES.get(normalise(text)):
        return code
    raise ValidationError(_("Écrivez Atelier ou Sur site."), "place")


def _parse_text(text: str) -> str:
    return clean(text, multiline=True)


def _agreement(intervention: Intervention, at: datetime) -> str:
    if intervention.agreed_amount is None:
        return ""
    told = (
        euros(intervention.agreed_amount),
        f"{intervention.agreed_on:%d/%m/%Y}",
        intervention.get_agreed_how_display(),
    )
    return " · ".join(told)


COLUMNS: tuple[FileColumn, ...] = (
    FileColumn(
        "Identifiant",
        width=16,
        name="reference",
        others=("Référence", "Reference", "N° intervention", "Numéro"),
        help=_("Laissez vide pour une nouvelle intervention ; INT-001 pour mettre à jour celle-là."),
    ),
    *OWNER,
    FileColumn(
        "Objet",
        width=32,
        name="title",
        read=clean,
        others=("Titre", "Intitulé", "Libellé", "Title", "Subject", "Travaux"),
        help=_("Obligatoire : ce qui est à faire, en quelques mots."),
        example="Remplacement de la courroie",
    ),
    FileColumn(
        "Description",
        width=40,
        name="description",
        read=_parse_text,
        others=(
            "Problème",
            "Description du problème",
            "Demande",
            "Panne",
            "Description de la panne",
            "Symptômes",
            "Problem",
        ),
        optional=True,
    ),
    FileColumn(
        "Lieu",
        lambda intervention, at: intervention.get_place_display(),
        16,
        name="place",
        read=_parse_place,
        others=("Place",),
        help=_("Atelier ou Sur site. Vide : Atelier."),
        example="Atelier",
        choices=lambda: [str(label) for label in Intervention.Place.labels],
        optional=True,
    ),
    FileColumn(
        "Marque", width=16, name="equipment_brand", read=clean, others=("Brand", "Marque du matériel"), optional=True
    ),
    FileColumn(
        "Modèle", width=16, name="equipment_model", read=clean, others=("Model", "Modèle du matériel"), optional=True
    ),
    FileColumn(
        "Numéro de série",
        width=16,
        name="equipment_serial",
        read=clean,
        others=("N° de série", "Numéro série", "Serial number"),
        optional=True,
    ),
    FileColumn(
        "Véhicule",
        _vehicle,
        16,
        name="vehicle",
        others=(
            *("Immatriculation", "N° d'immatriculation", "Plaque"),
            *("Vehicle", "Plate", "Licence plate", "License plate"),
        ),
        help=_("Sa plaque, comme AB-123-CD : un véhicule du client, enregistré avant."),
        optional=True,
    ),
    FileColumn(
        "Technicien",
        _technician,
        16,
        name="technician",
        others=("Intervenant", "Technician"),
        help=_("Son nom d’utilisateur, ou son prénom et son nom."),
        optional=True,
    ),
    FileColumn(
        "Début prévu",
        width=16,
        name="planned_start",
        read=parse_date,
        others=("Date prévue", "Prévue le", "Planned start"),
        help=_("31/12/2025 14:30"),
        example="31/12/2025 14:30",
    ),
    FileColumn(
        "Fin prévue",
        width=16,
        name="planned_end",
        read=parse_date,
        others=("Planned end",),
        help=_("31/12/2025 16:00"),
        example="31/12/2025 16:00",
    ),
    FileColumn(
        "Durée estimée",
        lambda intervention, at: say_length(intervention.estimated) if intervention.estimated else "",
        16,
        name="estimated",
        read=parse_length,
        others=("Temps estimé", "Durée prévue", "Estimated time"),
        help=_("2 h 30, 45 min"),
        example="2 h 30",
        optional=True,
    ),
    FileColumn(
        "État",
        lambda intervention, at: intervention.get_state_display(),
        16,
        name="state",
        read=_parse_state,
        others=("Statut", "Etat", "State", "Status"),
        help=_("Vide : Terminée s’il y a une fin réelle, Planifiée s’il y a un créneau, sinon À planifier."),
        example="Terminée",
        choices=lambda: [str(label) for label in State.labels],
    ),
    FileColumn(
        "Motif de l’état",
        width=24,
        name="state_reason",
        read=clean,
        others=("Motif", "Raison", "Reason"),
        help=_("Obligatoire pour une intervention en attente ou annulée."),
    ),
    FileColumn("En retard", _late, 16, name="late", computed=True),
    FileColumn(
        "Début réel",
        width=16,
        name="started_at",
        read=parse_date,
        others=("Début", "Date de début", "Commencée le", "Started at", "Actual start"),
        help=_("Obligatoire pour une intervention en cours ou en attente."),
    ),
    FileColumn(
        "Fin réelle",
        width=16,
        name="finished_at",
        read=parse_date,
        others=(
            *("Fin", "Date de fin", "Terminée le", "Finished at", "Actual end"),
            *("Date d'intervention", "Date"),
        ),
        help=_("Obligatoire pour une intervention terminée ou clôturée."),
        example="31/12/2025 15:45",
    ),
    FileColumn(
        "En attente depuis",
        width=16,
        name="waiting_since",
        read=parse_date,
        others=("Waiting since", "On hold since"),
        help=_("Pour une intervention en attente. Vide : depuis l’import."),
    ),
    FileColumn("Temps travaillé (h)", _worked, 16, name="worked", computed=True),
    FileColumn("Temps d’attente (h)", _waited, 16, name="waited", computed=True),
    FileColumn("Diagnostic", width=40, name="diagnosis", read=_parse_text, others=("Diagnosis",), optional=True),
    FileColumn("Compte rendu", width=40, name="report", read=_parse_text, others=("Rapport", "Report"), optional=True),
    FileColumn(
        "Devis",
        width=16,
        name="quote_amount",
        read=parse_amount,
        blankable=True,
        seen_with="money",
        others=("Montant du devis", "Quote"),
        help=_("En euros : 1 234,50."),
        optional=True,
    ),
    FileColumn(
        "Pièces",
        width=16,
        name="parts_amount",
        read=parse_amount,
        blankable=True,
        seen_with="money",
        others=("Montant pièces", "Parts"),
        help=_("En euros : 1 234,50."),
    ),
    FileColumn(
        "Main-d’œuvre",
        width=16,
        name="labor_amount",
        read=parse_amount,
        blankable=True,
        seen_with="money",
        others=("Main d'oeuvre", "MO", "Labour", "Labor"),
        help=_("En euros : 1 234,50. Une intervention clôturée est reprise comme payée."),
        example="120,00",
    ),
    FileColumn(
        "Frais d’annulation",
        width=16,
        name="cancellation_fee",
        read=parse_amount,
        seen_with="money",
        others=("Cancellation fee",),
        help=_("En euros, si elle est annulée."),
        blankable=True,
    ),
    FileColumn("Accord du client", _agreement, 28, name="agreement", seen_with="money", computed=True),
    FileColumn("Montant dû", width=16, name="amount_due", seen_with="money", computed=True),
    FileColumn(
        "Payé",
        width=16,
        name="paid_amount",
        seen_with="money",
        others=("Montant payé", "Montant réglé", "Montant reçu", "Encaissé", "Paid", "Payé ?"),
        help=_("En euros, ce qui a été reçu ; ou Payé, Impayé. Lu pour les nouvelles interventions seulement."),
        read=parse_paid,
    ),
    FileColumn("Reste dû", width=16, name="balance", seen_with="money", computed=True),
    STATUS,
    METHOD,
    PAID_ON,
    FileColumn(
        "Garantie (mois)",
        width=16,
        name="warranty_months",
        read=parse_months,
        others=("Garantie", "Warranty"),
        help=_("En mois : 24, ou 2 ans."),
        example="12",
        optional=True,
    ),
    FileColumn(
        "Garantie jusqu’au",
        lambda intervention, at: warranty_until(intervention),
        16,
        name="warranty_until",
        computed=True,
    ),
    FileColumn(
        "Créée le",
        width=16,
        name="created_at",
        read=parse_date,
        others=("Date de création", "Date de la demande", "Created at"),
        help=_("Lu pour les nouvelles interventions seulement."),
        optional=True,
    ),
)
EXPORTED = exported(COLUMNS)
MONEY = tuple(column.name for column in EXPORTED if column.seen_with == "money")
WITHOUT_MONEY = tuple(column for column in EXPORTED if column.name not in MONEY)
