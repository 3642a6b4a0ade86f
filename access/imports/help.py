"""What the empty spreadsheets of vehicles, cards and entries say of their columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from access.models import AccessCard, CardStatus, Device, Zone

CLIENT = _("Obligatoire : référence, e-mail, SIRET ou référence externe du client.")
TAGS = _("Plusieurs séparés par | ; ceux qui manquent sont créés.")
EUROS = _("En euros : 1 234,50.")

VEHICLE_HELP = {
    "plate": _("Obligatoire : AB-123-CD, ou 1234 AB 75 avant 2009 ; une plaque étrangère telle quelle."),
    "country": _("Celui de la plaque. Vide : France."),
    "make": _("Renault, Peugeot…"),
    "model": _("Clio, Kangoo…"),
    "year": _("Quatre chiffres."),
    "color": _("En un mot ou deux."),
    "client": CLIENT,
    "tags": TAGS,
    "is_active": _("oui, ou non pour un véhicule vendu ou détruit. Vide pour un nouveau véhicule : oui."),
}
VEHICLE_EXAMPLES = {
    "plate": "AB-123-CD",
    "country": "France",
    "make": "Renault",
    "model": "Kangoo",
    "year": "2021",
    "color": "Blanc",
    "client": "CLT-007",
    "tags": "PMR|VIP",
    "is_active": "oui",
}
VEHICLE_CHOICES: dict[str, Callable[[], Sequence[str]]] = {
    "country": lambda: [str(name) for _code, name in countries],
    "is_active": lambda: [now("oui"), now("non")],
}
CARD_HELP = {
    "username": _("Obligatoire : ce qui désigne la carte au comptoir ; deux cartes n’ont pas le même."),
    "kind": _("QR statique ou Badge. Vide : Badge si le numéro de badge est rempli."),
    "badge_number": _("Obligatoire pour un badge : tel qu’il est imprimé, zéros de tête compris."),
    "qr_value": _(
        "Le code imprimé par votre ancien système, 8 caractères au moins."
        " Vide pour une nouvelle carte : sans code pour l’instant."
    ),
    "client": _("Obligatoire, et il lui faut une adresse e-mail : référence, e-mail, SIRET ou référence externe."),
    "status": _("Active, Suspendue, Perdue ou Révoquée. Vide pour une nouvelle carte : Active."),
    "status_reason": _("Pourquoi elle n’est plus active."),
    "valid_from": _("Le premier jour : 31/12/2025. Vide pour une nouvelle carte : aujourd’hui."),
    "valid_until": _("Le dernier jour, compris : 31/12/2026. Vide pour une nouvelle carte : sans fin."),
    "zones": _(
        "Plusieurs séparées par | ; celles qui manquent sont créées. Vide pour une nouvelle carte : toutes les zones."
    ),
    "hours": _("lun-ven 08:00-18:00, sam 09:00-12:00. Vide pour une nouvelle carte : à toute heure."),
    "tags": TAGS,
}
CARD_EXAMPLES = {
    "username": "marie.curie",
    "kind": "Badge",
    "badge_number": "0004A2B9C1",
    "client": "CLT-007",
    "status": "Active",
    "valid_from": "31/12/2025",
    "valid_until": "31/12/2026",
    "zones": "Parking|Atelier",
    "hours": "lun-ven 08:00-18:00",
    "tags": "VIP",
}
CARD_CHOICES: dict[str, Callable[[], Sequence[str]]] = {
    "kind": lambda: [str(label) for label in AccessCard.Kind.labels],
    "status": lambda: [str(label) for label in CardStatus.labels],
}
ENTRY_HELP = {
    "client": CLIENT,
    "card": _("Le nom d’utilisateur d’une de ses cartes."),
    "vehicle": _("La plaque d’un de ses véhicules."),
    "zone": _("Obligatoire : son nom ; une zone qui manque est créée."),
    "entered_at": _("Obligatoire, dans le passé : 31/12/2025 08:15."),
    "device_in": _("Le nom d’un appareil connu."),
    "exited_at": _("31/12/2025 17:40. Vide pour une nouvelle entrée : encore sur place."),
    "device_out": _("Le nom d’un appareil connu."),
    "amount_due": EUROS,
    "paid_amount": _("En euros, au plus le montant dû."),
    "note": _("Ce qu’il faut savoir de ce passage."),
}
ENTRY_EXAMPLES = {
    "client": "CLT-007",
    "card": "marie.curie",
    "zone": "Parking",
    "entered_at": "31/12/2025 08:15",
    "exited_at": "31/12/2025 17:40",
    "amount_due": "12,50",
    "paid_amount": "12,50",
    "note": "Livraison",
}
ENTRY_CHOICES: dict[str, Callable[[], Sequence[str]]] = {
    "zone": lambda: _names(Zone),
    "device_in": lambda: _names(Device),
    "device_out": lambda: _names(Device),
}


def _names(model: type[Zone | Device]) -> list[str]:
    return list(model._default_manager.order_by("name").values_list("name", flat=True))
