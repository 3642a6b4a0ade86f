"""How files call the fields of an intervention, what they write for its state and place, and the help on each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import gettext_lazy as _

from fixaloop.imports.choices import spellings
from fixaloop.imports.fields import Field
from interventions.models import Intervention
from interventions.pages.file_columns import HEADERS
from interventions.states import State

OTHER_HEADERS: dict[str, tuple[str, ...]] = {
    "reference": ("Référence", "Reference", "N° intervention", "Numéro"),
    "client": (
        "Client (e-mail)",
        "Client (référence)",
        "Client (SIRET)",
        "Référence client",
        "E-mail du client",
        "Code client",
        "N° client",
        "E-mail",
        "Email",
        "Email client",
        "Référence externe du client",
        "Customer",
    ),
    "title": ("Titre", "Intitulé", "Libellé", "Title", "Subject", "Travaux"),
    "description": ("Problème", "Description du problème", "Demande", "Panne", "Problem"),
    "place": ("Place",),
    "equipment_brand": ("Brand", "Marque du matériel"),
    "equipment_model": ("Model", "Modèle du matériel"),
    "equipment_serial": ("N° de série", "Numéro série", "Serial number"),
    "vehicle": (
        "Immatriculation",
        "N° d'immatriculation",
        "Plaque",
        "Vehicle",
        "Plate",
        "Licence plate",
        "License plate",
    ),
    "technician": ("Intervenant", "Technician"),
    "planned_start": ("Date prévue", "Prévue le", "Planned start"),
    "planned_end": ("Planned end",),
    "state": ("Statut", "Etat", "State", "Status"),
    "state_reason": ("Motif", "Raison", "Reason"),
    "started_at": ("Début", "Date de début", "Commencée le", "Started at", "Actual start"),
    "finished_at": ("Fin", "Date de fin", "Terminée le", "Finished at", "Actual end", "Date d'intervention", "Date"),
    "diagnosis": ("Diagnosis",),
    "report": ("Rapport", "Report"),
    "quote_amount": ("Montant du devis", "Quote"),
    "parts_amount": ("Montant pièces", "Parts"),
    "labor_amount": ("Main d'oeuvre", "MO", "Labour", "Labor"),
    "warranty_months": ("Garantie", "Warranty"),
    "created_at": ("Date de création", "Date de la demande", "Created at"),
}
COMPUTED = ("client_name", "late", "amount_due", "paid_amount", "balance")
FIELDS = tuple(
    Field(name, header, OTHER_HEADERS.get(name, ()), computed=name in COMPUTED) for name, header in HEADERS.items()
)
STATES = spellings(State.choices) | {
    **dict.fromkeys(("fini", "finie", "termine", "faite", "fait"), State.DONE.value),
    **dict.fromkeys(("facturee", "payee", "soldee", "cloture", "archivee"), State.CLOSED.value),
    **dict.fromkeys(("annule", "abandonnee"), State.CANCELLED.value),
    **dict.fromkeys(("a faire", "nouvelle", "nouveau"), State.TO_PLAN.value),
}
PLACES = spellings(Intervention.Place.choices)
HELP = {
    "reference": _("Laissez vide pour une nouvelle intervention ; INT-001 pour mettre à jour celle-là."),
    "client": _("Obligatoire : référence, e-mail, SIRET ou référence externe du client."),
    "title": _("Obligatoire : ce qui est à faire, en quelques mots."),
    "place": _("Atelier ou Sur site. Vide : Atelier."),
    "vehicle": _("Sa plaque, comme AB-123-CD : un véhicule du client, enregistré avant."),
    "technician": _("Son nom d’utilisateur, ou son prénom et son nom."),
    "planned_start": _("31/12/2025 14:30"),
    "planned_end": _("31/12/2025 16:00"),
    "state": _("Vide : Terminée s’il y a une fin réelle, Planifiée s’il y a un créneau, sinon À planifier."),
    "state_reason": _("Obligatoire pour une intervention en attente ou annulée."),
    "started_at": _("Obligatoire pour une intervention en cours ou en attente."),
    "finished_at": _("Obligatoire pour une intervention terminée ou clôturée."),
    "quote_amount": _("En euros : 1 234,50."),
    "parts_amount": _("En euros : 1 234,50."),
    "labor_amount": _("En euros : 1 234,50. Une intervention clôturée est reprise comme payée."),
    "warranty_months": _("En mois : 24, ou 2 ans."),
    "created_at": _("Lu pour les nouvelles interventions seulement."),
}
EXAMPLES = {
    "client": "CLT-007",
    "title": "Remplacement de la courroie",
    "place": "Atelier",
    "planned_start": "31/12/2025 14:30",
    "planned_end": "31/12/2025 16:00",
    "state": "Terminée",
    "finished_at": "31/12/2025 15:45",
    "labor_amount": "120,00",
    "warranty_months": "12",
}
CHOICES: dict[str, Callable[[], Sequence[str]]] = {
    "state": lambda: [str(label) for label in State.labels],
    "place": lambda: [str(label) for label in Intervention.Place.labels],
}
