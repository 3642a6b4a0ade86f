"""What the empty spreadsheet of clients says of its columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import gettext_lazy as _
from django_countries import countries

from clients.models import Client

HELP = {
    "reference": _("Laissez vide pour un nouveau client ; CLT-001 pour mettre à jour celui-là."),
    "kind": _("Particulier ou Entreprise. Vide : Entreprise si la raison sociale est remplie."),
    "first_name": _("Obligatoire pour un particulier ; pour une entreprise, la personne à qui parler."),
    "last_name": _("Obligatoire pour un particulier."),
    "company_name": _("Raison sociale ou nom commercial. Obligatoire pour une entreprise."),
    "siret": _("14 chiffres. Recommandé pour une entreprise ; un SIREN de 9 chiffres ne suffit pas."),
    "email": _("Une seule adresse. Recommandée, et nécessaire avant une carte d’accès."),
    "phone": _("Un seul numéro : 06 12 34 56 78, ou +32… à l’étranger."),
    "street": _("Numéro et rue."),
    "street_extra": _("Bâtiment, étage, boîte postale…"),
    "postal_code": _("5 chiffres en France, avec son zéro : 01000."),
    "city": _("Vide : complétée quand le code postal n’a qu’une ville."),
    "country": _("Vide : France."),
    "company": _("L’entreprise cliente de cette personne : référence, e-mail, SIRET ou nom."),
    "language": _("La langue des messages. Vide : français."),
    "description": _("Ce qu’il faut savoir de ce client."),
    "external_reference": _("Son numéro dans votre ancien logiciel ; deux clients n’ont pas le même."),
    "created_at": _("Client depuis : 31/12/2025. Lu pour les nouveaux clients seulement."),
}
EXAMPLES = {
    "kind": "Particulier",
    "first_name": "Marie",
    "last_name": "Curie",
    "company_name": "Garage du Port SARL",
    "siret": "732 829 320 00074",
    "email": "marie.curie@example.org",
    "phone": "06 39 98 00 01",
    "street": "12 rue de l’Église",
    "street_extra": "Bâtiment B",
    "postal_code": "01000",
    "city": "Bourg-en-Bresse",
    "country": "France",
    "company": "CLT-007",
    "language": "Français",
    "description": "Préfère les messages au téléphone",
    "external_reference": "411DUPONT",
    "created_at": "31/12/2025",
}
CHOICES: dict[str, Callable[[], Sequence[str]]] = {
    "kind": lambda: [str(label) for label in Client.Kind.labels],
    "language": lambda: [str(label) for label in Client.Language.labels],
    "country": lambda: [str(name) for _code, name in countries],
}
