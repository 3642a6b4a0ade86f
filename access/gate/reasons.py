"""Why somebody may not pass: each reason declared once, in the order in which it is checked and shown.

A new reason is one declaration here. If it depends on a new fact, that is a field of `Facts` in the decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from access.gate import repairs
from access.gate.facts import Facts
from access.hours import Hours, is_closed_day, is_open, opening_of_all, say_hours, say_spans
from fixaloop.words.dates import full_moment, long_day, said_day, say_clock
from fixaloop.words.holidays import holiday


@dataclass(frozen=True)
class Explanation:
    """A reason in words: for the holder, for the staff, and what would lift it."""

    code: str
    holder: str
    staff: str
    unlock: str


@dataclass(frozen=True)
class Reason:
    """Why somebody may not pass: when it applies, what is said of it, and what lifts it.

    `short` names it in timelines and filters. The sentences may use the values of `_values`. On the way out a reason
    becomes an anomaly, unless it `holds_car` and somebody leaves by car.
    """

    code: str
    short: Any
    applies: Callable[[Facts], bool]
    holder: Any
    staff: Any
    unlock: Any
    repair: repairs.Repair | None = None
    holds_car: bool = False
    car_repair: repairs.Repair | None = None
    # The sentences where somebody does not pass by a card.
    without_card: tuple[Any, Any, Any] | None = None

    def explain(self, facts: Facts) -> Explanation:
        said = (self.holder, self.staff, self.unlock)
        texts = [str(text) for text in (self.without_card if self.without_card and facts.right != "card" else said)]
        if any("%(" in text for text in texts):
            values = _values(facts)
            texts = [text % values for text in texts]
        return Explanation(self.code, *texts)


REASONS = (
    Reason(
        "device_disabled",
        _("Appareil désactivé"),
        lambda facts: not facts.device_enabled,
        _("Ce lecteur est hors service : adressez-vous à l’accueil."),
        _("L’appareil est désactivé."),
        _("Remettre l’appareil en service."),
        holds_car=True,
    ),
    Reason(
        "unknown_credential",
        _("Inconnu"),
        lambda facts: not facts.known,
        _("Accès non reconnu : adressez-vous à l’accueil."),
        _("Cette carte, cette plaque ou ce nom ne sont à personne."),
        _("Émettre une carte, ou enregistrer le véhicule."),
        repairs.FIND_CLIENT,
        holds_car=True,
    ),
    Reason(
        "card_lost",
        _("Carte perdue"),
        lambda facts: facts.card_status == "lost",
        _("Cette carte a été déclarée perdue : adressez-vous à l’accueil."),
        _("La carte est déclarée perdue."),
        _("Si son titulaire l’a retrouvée, la remettre en service ; sinon la garder."),
        repairs.ACTIVATE_CARD,
    ),
    Reason(
        "card_revoked",
        _("Carte révoquée"),
        lambda facts: facts.card_status == "revoked",
        _("Cette carte n’est plus valable : adressez-vous à l’accueil."),
        _("La carte ou le code a été révoqué."),
        _("Émettre une nouvelle carte."),
        repairs.ISSUE_CARD,
    ),
    Reason(
        "card_suspended",
        _("Carte suspendue"),
        lambda facts: facts.card_status == "suspended",
        _("Cette carte est suspendue : adressez-vous à l’accueil."),
        _("La carte est suspendue."),
        _("Remettre la carte en service."),
        repairs.ACTIVATE_CARD,
    ),
    Reason(
        "card_not_yet_valid",
        _("Carte pas encore valable"),
        lambda facts: facts.is_early,
        _("Votre carte est valable à partir du %(valid_from)s."),
        _("La carte n’est valable qu’à partir du %(valid_from)s."),
        _("Avancer le premier jour de la carte."),
        repairs.ADVANCE_CARD,
    ),
    Reason(
        "card_expired",
        _("Carte expirée"),
        lambda facts: facts.is_late,
        _("Votre carte a expiré le %(valid_until)s : adressez-vous à l’accueil."),
        _("La carte a expiré le %(valid_until)s."),
        _("Prolonger la carte."),
        repairs.EXTEND_CARD,
        car_repair=repairs.EDIT_VEHICLE,
        without_card=(
            _("Ce véhicule n’a plus accès depuis le %(valid_until)s : adressez-vous à l’accueil."),
            _("Le droit du véhicule a pris fin le %(valid_until)s."),
            _("Prolonger le droit du véhicule."),
        ),
    ),
    Reason(
        "card_used_up",
        _("Carte épuisée"),
        lambda facts: facts.is_used_up,
        _("Votre laissez-passer a déjà servi : adressez-vous à l’accueil."),
        _("Le laissez-passer a servi %(visits)s fois sur %(max_visits)s."),
        _("Permettre une visite de plus, ou émettre un autre laissez-passer."),
        repairs.EDIT_CARD_HOURS,
    ),
    Reason(
        "client_inactive",
        _("Client inactif"),
        lambda facts: not facts.client_active,
        _("Votre accès n’est pas ouvert en ce moment : adressez-vous à l’accueil."),
        _("Le client est inactif (%(client_reason)s)."),
        _("Ouvrir une intervention, ou forcer le client actif."),
        repairs.FORCE_ACTIVE,
    ),
    Reason(
        "company_inactive",
        _("Entreprise inactive"),
        lambda facts: facts.company_forced_inactive,
        _("L’accès de votre entreprise n’est pas ouvert en ce moment : adressez-vous à l’accueil."),
        _("L’entreprise du client est forcée inactive."),
        _("Rendre son statut à l’entreprise."),
        repairs.COMPANY_STATUS,
    ),
    Reason(
        "vehicle_mismatch",
        _("Véhicule d’un autre"),
        lambda facts: not facts.vehicle_matches,
        _("Ce véhicule n’est pas enregistré à votre nom : adressez-vous à l’accueil."),
        _("Le véhicule n’est pas, ou n’est plus, celui d’un seul client connu."),
        _("Enregistrer le véhicule chez son client."),
        repairs.EDIT_VEHICLE,
        holds_car=True,
    ),
    Reason(
        "zone_not_permitted",
        _("Zone non autorisée"),
        lambda facts: not facts.zone_permitted,
        _("Votre carte n’ouvre pas cette zone."),
        _("La carte n’ouvre pas la zone %(zone)s."),
        _("Ajouter la zone à la carte."),
        repairs.PERMIT_ZONE,
        car_repair=repairs.PERMIT_VEHICLE,
        without_card=(
            _("Vous n’avez pas d’accès à cette zone : adressez-vous à l’accueil."),
            _("La zone %(zone)s n’est ouverte ni à ce véhicule, ni à une carte de son client."),
            _("Donner la zone au véhicule, ou une carte au client."),
        ),
    ),
    Reason(
        "outside_hours",
        _("Hors horaires"),
        lambda facts: not facts.any_card_hour and not is_open(facts.card_hours, facts.at),
        _("Votre carte n’est pas valable à cette heure-ci%(card_opening)s."),
        _("Hors des horaires de la carte (%(card_hours)s)."),
        _("Élargir les horaires de la carte."),
        repairs.EDIT_CARD_HOURS,
        car_repair=repairs.EDIT_VEHICLE,
        without_card=(
            _("Ce véhicule n’a pas accès à cette heure-ci%(card_opening)s."),
            _("Hors des horaires du véhicule (%(card_hours)s)."),
            _("Élargir les horaires du véhicule."),
        ),
    ),
    Reason(
        "zone_closed",
        _("Zone fermée"),
        lambda facts: not all(is_open(hours, facts.at) for hours in facts.zone_hours),
        _("La zone est fermée %(zone_when)s%(zone_opening)s."),
        _("La zone %(zone)s est fermée %(zone_when)s."),
        _("Changer l’ouverture de la zone, ou l’ouvrir exceptionnellement au calendrier."),
    ),
    Reason(
        "unpaid",
        _("Impayé"),
        lambda facts: facts.unpaid > facts.unpaid_limit,
        _("Un règlement est attendu : adressez-vous à l’accueil."),
        _("%(unpaid)s € impayés, pour une limite de %(unpaid_limit)s €."),
        _("Enregistrer un paiement."),
        repairs.RECORD_PAYMENT,
        holds_car=True,
    ),
    Reason(
        "already_inside",
        _("Déjà sur place"),
        lambda facts: facts.is_second,
        _("Vous êtes déjà entré : sortez avant d’entrer de nouveau."),
        _("Déjà dans la zone %(zone)s, sans sortie enregistrée."),
        _("Enregistrer la sortie oubliée."),
    ),
    Reason(
        "zone_full",
        _("Complet"),
        lambda facts: facts.goes_in and facts.capacity is not None and facts.occupancy >= facts.capacity,
        _("C’est complet : attendez qu’une place se libère."),
        _("La zone %(zone)s est pleine : %(occupancy)s sur %(capacity)s."),
        _("Enregistrer les sorties oubliées, ou augmenter la capacité."),
        repairs.SHOW_PRESENT,
    ),
)
FAILURE = Reason(
    "internal_error",
    _("Erreur interne"),
    lambda _facts: False,
    _("Le contrôle est momentanément impossible : adressez-vous à l’accueil."),
    _("Le contrôle a échoué : voyez le journal du serveur."),
    _("Réessayer, ou enregistrer l’entrée à la main."),
)
LATE = Reason(
    "too_late",
    _("Réponse trop tardive"),
    lambda _facts: False,
    _("Le contrôle a pris trop de temps : présentez-vous de nouveau."),
    _("La décision n’a pas pu être écrite à temps : la base était occupée."),
    _("Réessayer, ou enregistrer l’entrée à la main."),
)
BY_CODE = {reason.code: reason for reason in (*REASONS, FAILURE, LATE)}
# The reason whose amounts are shown to those who may see money alone.
MONEY_REASON = "unpaid"
# What is odd about a passage without refusing it. A reason becomes one too, where somebody passes in spite of it.
ANOMALIES: dict[str, Any] = {
    "exit_without_entry": _("Sortie sans entrée enregistrée"),
    "exit_missed": _("Sortie précédente non enregistrée"),
    "entry_missed": _("Entrée non enregistrée, heure estimée"),
    "two_sites": _("Sur deux sites à la fois"),
    "way_unsure": _("Entrée ou sortie : sens incertain"),
    "late_turn": _("Sortie tardive ou retour : sens incertain"),
    "left_outer_zone": _("Sortie de la zone qui l’entoure"),
    "left_unnamed": _("Entrée au nom de l’entreprise, sortie supposée"),
    "entered_again": _("Autre entrée au même nom depuis : peut-être la même personne"),
    "left_elsewhere": _("Sortie enregistrée à un autre comptoir"),
    "direction_not_served": _("Sens que l’appareil ne sert plus"),
    "plate_approximate": _("Plaque lue approximativement"),
    "plate_other": _("Autre plaque lue, remorque par exemple"),
    "exit_reader_silent": _("Lecteur de sortie muet depuis l’entrée"),
    "turn_too_soon": _("Nouvelle lecture trop tôt pour repartir"),
    "stay_too_long": _("Visite plus longue que prévu"),
    "car_unsure": _("Véhicule peut-être reparti"),
    "owner_unsure": _("Propriétaire du véhicule peut-être là aussi"),
    "orphan": _("Sortie jamais enregistrée, estimée"),
    "offline": _("Enregistré hors ligne"),
    "clock_skew": _("Horloge du lecteur décalée"),
    "manual": _("Passage enregistré à la main"),
    "exit_corrected": _("Sortie notée après coup"),
    "emptied": _("Sortie notée pour toute la zone"),
    "not_used": _("Passage autorisé mais non effectué"),
    "answer_late": _("Réponse arrivée trop tard : passage retiré"),
}


def reason_label(code: str) -> str:
    return str(BY_CODE[code].short) if code in BY_CODE else code


def anomaly_label(code: str) -> str:
    return str(ANOMALIES[code]) if code in ANOMALIES else reason_label(code)


def _values(facts: Facts) -> dict[str, Any]:
    return {
        "valid_from": full_moment(facts.starts_at) if facts.starts_at else _day(facts.valid_from),
        "valid_until": full_moment(facts.ends_at) if facts.ends_at else _day(facts.valid_until),
        "visits": number_format(facts.visits),
        "max_visits": number_format(facts.max_visits or 0),
        "client_reason": facts.why_inactive,
        "zone": facts.zone,
        "card_hours": say_hours(facts.card_hours),
        "card_opening": _opening((facts.card_hours,), facts),
        "zone_when": _closed_when(facts),
        "zone_opening": _opening(facts.zone_hours, facts),
        "unpaid": number_format(facts.unpaid, 2, force_grouping=True),
        "unpaid_limit": number_format(facts.unpaid_limit, 2, force_grouping=True),
        "occupancy": number_format(facts.occupancy),
        "capacity": number_format(facts.capacity or 0),
    }


# So soon, the name of a weekday says which day it is.
_NEAR = timedelta(days=6)


def _day(day: date | None) -> str:
    return long_day(day) if day else ""


def _closed_when(facts: Facts) -> str:
    """« à cette heure-ci », « le 25 décembre (Noël) », « à cette heure-ci (Inventaire : 9 h–12 h) »."""
    day = timezone.localdate(facts.at)
    if any(is_closed_day(hours, day) for hours in facts.zone_hours):
        reason = facts.closing_reason or holiday(day) or str(_("jour férié"))
        return str(_("le %(day)s (%(reason)s)")) % {"day": said_day(day, "j F"), "reason": reason}
    spans = [hours[day.isoformat()] for hours in facts.zone_hours if day.isoformat() in hours]
    if facts.closing_reason and spans:
        values = {"reason": facts.closing_reason, "hours": say_spans(spans[0])}
        return str(_("à cette heure-ci (%(reason)s : %(hours)s)")) % values
    return str(_("à cette heure-ci"))


def _opening(several: tuple[Hours, ...], facts: Facts) -> str:
    opening = opening_of_all(several, facts.at)
    if opening is None or opening == facts.at:
        return ""
    day = said_day(opening, "l" if opening - facts.at < _NEAR else "l j F")
    return str(_(" : revenez %(day)s à %(time)s")) % {"day": day, "time": say_clock(timezone.localtime(opening))}
