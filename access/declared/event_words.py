"""The words of what happens to statuses, cards, vehicles and the money of stays."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from access.events.words import (
    CORRECTED,
    PAID,
    REFUNDED,
    REJECTED,
    SEE_MONEY,
    Values,
    Wording,
    filled,
    said_amount,
    said_day,
    said_label,
)
from access.hours import say_hours
from access.models import CardStatus, Event, Payment
from access.notices import words as notices
from clients.models import Client
from clients.status import say_kept

SAID = _("%(said)s : %(reason)s")


def _status(said: Any) -> Callable[[Values], str]:
    def say(values: Values) -> str:
        reason = say_kept(values, values["at"])
        return str(SAID) % {"said": said, "reason": reason} if reason else str(said)

    return say


def _valid(values: Values) -> str:
    first, last = said_day(values["first"]), values["last"] and said_day(values["last"])
    if not last:
        return str(_("Carte valable sans fin, à partir du %(first)s")) % {"first": first}
    return str(_("Carte valable du %(first)s au %(last)s")) % {"first": first, "last": last}


def _hours(values: Values) -> str:
    hours = say_hours(values["hours"])
    if not hours:
        return str(_("Carte valable à toute heure"))
    return str(_("Horaires de la carte : %(hours)s")) % {"hours": hours}


def _zones(values: Values) -> str:
    zones = ", ".join(values["zones"])
    return str(_("Zones de la carte : %(zones)s")) % {"zones": zones} if zones else str(_("Carte valable partout"))


def money(text: Any) -> Wording:
    say = filled(text, amount=said_amount, method=said_label(Payment.Method))
    return Wording(say, needs=(SEE_MONEY,), keeps=("amount", "method"))


def _notice(said: Callable[[Values], str], *keeps: str, needs: tuple[str, ...] = ()) -> Wording:
    def say(values: Values) -> str:
        text = said(values)
        return text[:1].upper() + text[1:]

    return Wording(say, needs, keeps)


def _mailed(text: Any) -> Wording:
    return Wording(filled(text, language=said_label(Client.Language), day=said_day), keeps=("language", "day"))


WORDS = {
    # It says what was typed.
    "note": Wording(filled("")),
    "status_active": Wording(_status(_("Devenu actif")), keeps=("active",)),
    "status_inactive": Wording(_status(_("Devenu inactif")), keeps=("active",)),
    "card_issued": Wording(filled(_("Carte émise"))),
    "card_status": Wording(filled(_("Carte %(status)s"), status=said_label(CardStatus)), keeps=("status",)),
    "card_reissued": Wording(filled(_("Nouveau code QR, l’ancien est révoqué"))),
    "card_valid": Wording(_valid, keeps=("first", "last")),
    "card_hours": Wording(_hours, keeps=("hours",)),
    "card_zones": Wording(_zones, keeps=("zones",)),
    "card_changed": Wording(filled(_("Carte modifiée"))),
    "card_sent": Wording(
        filled(_("Carte envoyée par e-mail à %(email)s (%(language)s)"), language=said_label(Client.Language)),
        keeps=("language",),
    ),
    "vehicle_added": Wording(filled(_("Véhicule ajouté"))),
    "vehicle_plate": Wording(filled(_("Nouvelle plaque : %(now)s au lieu de %(was)s"))),
    "vehicle_retired": Wording(filled(_("Véhicule retiré de la circulation"))),
    "vehicle_returned": Wording(filled(_("Véhicule remis en circulation"))),
    "vehicle_left": Wording(filled(_("Véhicule passé à un autre client"))),
    "vehicle_came": Wording(filled(_("Véhicule repris d’un autre client"))),
    "vehicle_changed": Wording(filled(_("Véhicule modifié"))),
    "driver_added": Wording(filled(_("Conduit aussi ce véhicule"))),
    "driver_removed": Wording(filled(_("Ne conduit plus ce véhicule"))),
    "stay_paid": money(PAID),
    "stay_refunded": money(REFUNDED),
    "stay_rejected": money(REJECTED),
    "stay_corrected": money(CORRECTED),
    "stay_amount": money(_("Montant dû : %(amount)s")),
    "mailed_client_card_ending": _mailed(_("E-mail envoyé à %(email)s (%(language)s) : carte expirant le %(day)s")),
    "mailed_client_status_ending": _mailed(_("E-mail envoyé à %(email)s (%(language)s) : accès fini le %(day)s")),
    "card_ending": _notice(notices.card_ending, "day"),
    "status_ending": _notice(notices.status_ending, "day", "active"),
    "lost_card_used": _notice(notices.lost_card_used, "refused"),
    "refused_often": _notice(notices.refused_often, "count"),
    "unpaid_over": _notice(notices.unpaid_over, "unpaid", "limit", needs=(SEE_MONEY,)),
    "reader_silent": _notice(notices.reader_silent, "since"),
    "reader_flooding": _notice(notices.reader_flooding, "most"),
}
KINDS = {Event.Kind.PAYMENT: SEE_MONEY}
