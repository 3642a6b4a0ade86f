"""What is said of a decision: to the holder, to the staff, and what would unlock the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_lazy as _

from access.hours import next_opening, show_hours
from fixaloop.words.dates import long_day

if TYPE_CHECKING:
    from access.gate.decision import Facts


# The reason that tells of money.
MONEY_REASON = "unpaid"


@dataclass(frozen=True)
class Sentences:
    """One reason in three sentences."""

    holder: str
    staff: str = ""
    unlock: str = ""


_TEXTS: dict[str, tuple[Any, Any, Any]] = {
    "granted_in": (_("Bienvenue."), "", ""),
    "granted_out": (_("Au revoir."), "", ""),
    "device_disabled": (
        _("Ce lecteur est hors service : adressez-vous à l’accueil."),
        _("L’appareil est désactivé."),
        _("Remettre l’appareil en service."),
    ),
    "unknown_credential": (
        _("Accès non reconnu : adressez-vous à l’accueil."),
        _("Cette carte, cette plaque ou ce nom ne sont à personne."),
        _("Émettre une carte, ou enregistrer le véhicule."),
    ),
    "card_lost": (
        _("Cette carte a été déclarée perdue : adressez-vous à l’accueil."),
        _("La carte est déclarée perdue."),
        _("Si son titulaire l’a retrouvée, la remettre en service ; sinon la garder."),
    ),
    "card_revoked": (
        _("Cette carte n’est plus valable : adressez-vous à l’accueil."),
        _("La carte ou le code a été révoqué."),
        _("Émettre une nouvelle carte."),
    ),
    "card_suspended": (
        _("Cette carte est suspendue : adressez-vous à l’accueil."),
        _("La carte est suspendue."),
        _("Remettre la carte en service."),
    ),
    "card_not_yet_valid": (
        _("Votre carte est valable à partir du %(valid_from)s."),
        _("La carte n’est valable qu’à partir du %(valid_from)s."),
        _("Avancer le premier jour de la carte."),
    ),
    "card_expired": (
        _("Votre carte a expiré le %(valid_until)s : adressez-vous à l’accueil."),
        _("La carte a expiré le %(valid_until)s."),
        _("Prolonger la carte."),
    ),
    "client_inactive": (
        _("Votre accès n’est pas ouvert en ce moment : adressez-vous à l’accueil."),
        _("Le client est inactif (%(client_reason)s)."),
        _("Ouvrir une intervention, ou forcer le client actif."),
    ),
    "company_inactive": (
        _("L’accès de votre entreprise n’est pas ouvert en ce moment : adressez-vous à l’accueil."),
        _("L’entreprise du client est forcée inactive."),
        _("Rendre son statut à l’entreprise."),
    ),
    "vehicle_mismatch": (
        _("Ce véhicule n’est pas enregistré à votre nom : adressez-vous à l’accueil."),
        _("Le véhicule n’est pas, ou n’est plus, celui d’un seul client connu."),
        _("Enregistrer le véhicule chez son client."),
    ),
    "zone_not_permitted": (
        _("Votre carte n’ouvre pas cette zone."),
        _("La carte n’ouvre pas la zone %(zone)s."),
        _("Ajouter la zone à la carte."),
    ),
    "outside_hours": (
        _("Votre carte n’est pas valable à cette heure-ci%(card_opening)s."),
        _("Hors des horaires de la carte (%(card_hours)s)."),
        _("Élargir les horaires de la carte."),
    ),
    "zone_closed": (
        _("La zone est fermée à cette heure-ci%(zone_opening)s."),
        _("La zone %(zone)s est fermée."),
        _("Changer l’ouverture de la zone."),
    ),
    "unpaid": (
        _("Un règlement est attendu : adressez-vous à l’accueil."),
        _("%(unpaid)s € impayés, pour une limite de %(unpaid_limit)s €."),
        _("Enregistrer un paiement."),
    ),
    "already_inside": (
        _("Vous êtes déjà entré : sortez avant d’entrer de nouveau."),
        _("Déjà dans la zone %(zone)s, sans sortie enregistrée."),
        _("Enregistrer la sortie oubliée."),
    ),
    "zone_full": (
        _("C’est complet : attendez qu’une place se libère."),
        _("La zone %(zone)s est pleine : %(occupancy)s sur %(capacity)s."),
        _("Enregistrer les sorties oubliées, ou augmenter la capacité."),
    ),
    "internal_error": (
        _("Le contrôle est momentanément impossible : adressez-vous à l’accueil."),
        _("Le contrôle a échoué : voyez le journal du serveur."),
        _("Réessayer, ou enregistrer l’entrée à la main."),
    ),
}
ANOMALIES: dict[str, Any] = {
    "exit_without_entry": _("Sortie sans entrée enregistrée"),
    "exit_missed": _("Sortie précédente non enregistrée"),
    "left_outer_zone": _("Sortie de la zone qui l’entoure"),
    "direction_not_served": _("Sens que l’appareil ne sert plus"),
    "orphan": _("Sortie jamais enregistrée, estimée"),
    "offline": _("Enregistré hors ligne"),
    "clock_skew": _("Horloge du lecteur décalée"),
    "manual": _("Passage enregistré à la main"),
}


def sentences_of(code: str, facts: Facts) -> Sentences:
    """The sentences of a code of contract.md, filled with the facts."""
    texts = [str(text) for text in _TEXTS[code]]
    if any("%(" in text for text in texts):
        values = _values(facts)
        texts = [text % values for text in texts]
    return Sentences(*texts)


def anomaly_label(code: str) -> str:
    """A short label of an anomaly: its own, or what the staff is told of the reason it was."""
    if code in ANOMALIES:
        return str(ANOMALIES[code])
    return str(SHORT.get(code, code))


def _values(facts: Facts) -> dict[str, Any]:
    closed = [hours for hours in facts.zone_hours if hours]
    return {
        "valid_from": _day(facts.valid_from),
        "valid_until": _day(facts.valid_until),
        "client_reason": facts.client_reason,
        "zone": facts.zone,
        "card_hours": show_hours(facts.card_hours),
        "card_opening": _opening(facts.card_hours, facts),
        "zone_opening": _opening(closed[0], facts) if len(closed) == 1 else "",
        "unpaid": number_format(facts.unpaid, 2, force_grouping=True),
        "unpaid_limit": number_format(facts.unpaid_limit, 2, force_grouping=True),
        "occupancy": number_format(facts.occupancy),
        "capacity": number_format(facts.capacity or 0),
    }


def _day(day: Any) -> str:
    return long_day(day) if day else ""


def _opening(hours: Any, facts: Facts) -> str:
    """« : revenez lundi 08:00 », or nothing where it never opens again."""
    opening = next_opening(hours, facts.at) if hours else None
    if opening is None:
        return ""
    return str(_(" : revenez %(when)s")) % {"when": date_format(timezone.localtime(opening), "l H:i")}


# The reasons in a few words, for timelines and filters.
SHORT: dict[str, Any] = {
    "device_disabled": _("Appareil désactivé"),
    "unknown_credential": _("Inconnu"),
    "card_lost": _("Carte perdue"),
    "card_revoked": _("Carte révoquée"),
    "card_suspended": _("Carte suspendue"),
    "card_not_yet_valid": _("Carte pas encore valable"),
    "card_expired": _("Carte expirée"),
    "client_inactive": _("Client inactif"),
    "company_inactive": _("Entreprise inactive"),
    "vehicle_mismatch": _("Véhicule d’un autre"),
    "zone_not_permitted": _("Zone non autorisée"),
    "outside_hours": _("Hors horaires"),
    "zone_closed": _("Zone fermée"),
    "unpaid": _("Impayé"),
    "already_inside": _("Déjà sur place"),
    "zone_full": _("Complet"),
    "internal_error": _("Erreur interne"),
}
