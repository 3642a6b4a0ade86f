"""What the gate would answer: to one at some instant, and to whom it would say yes. Nothing is written."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.counter.subject import check, credential_type
from access.gate.credentials import USERNAME, Credential, Subject, cards_at
from access.gate.decision import IN, Decision, Facts
from access.gate.gathering import Door, decision_on, opening_hours
from access.hours import is_open, show_hours
from access.models import AccessCard, Zone
from clients.models import Client
from clients.status import active
from fixaloop.words.dates import full_moment, long_day

SHOWN = 50
EXAMINED = 500
NOW = timedelta(minutes=2)


@dataclass(frozen=True)
class Admitted:
    """A page of the cards that would open a zone; `after` is where the next one begins, empty at the end."""

    cards: list[AccessCard]
    after: str
    closed: bool = False


def simulate(subject: Subject, zone: Zone, at: datetime, now: datetime) -> Decision:
    """The decision on somebody who comes in at an instant.

    Who will be inside at another time than now is not known: places and presence then count for nothing.
    """
    door = Door(zone, IN)
    if abs(at - now) < NOW:
        return check(subject, door, at).decision
    return decision_on(subject, Credential(credential_type(subject), ""), door, at, [], 0)


def admitted(zone: Zone, at: datetime, after: str = "") -> Admitted:
    """The cards that would open a zone at an instant, by username; at most so many are looked at for one page."""
    if not all(is_open(hours, at) for hours in opening_hours(zone)):
        return Admitted([], "", closed=True)
    # Open, as has just been asked: it need not be asked again for every card.
    door = Door(copy(zone), IN)
    door.zone.parent, door.zone.hours, door.zone.capacity = None, {}, None
    found: list[AccessCard] = []
    examined = list(_candidates(zone, at, after)[: EXAMINED + 1])
    for number, card in enumerate(examined[:EXAMINED], start=1):
        subject = Subject(card=card, client=card.client)
        if decision_on(subject, Credential(USERNAME, ""), door, at, [], 0).granted:
            found.append(card)
        if len(found) == SHOWN and number < len(examined):
            return Admitted(found, card.username_key)
    return Admitted(found, examined[EXAMINED - 1].username_key if len(examined) > EXAMINED else "")


def _candidates(zone: Zone, at: datetime, after: str) -> QuerySet[AccessCard]:
    """Those that the database can tell would not be refused; the rest is the decision's."""
    clients = Client.objects.filter(active(at))
    opening = Q(everywhere=True) | Q(permitted=True)
    cards: Any = cards_at(zone)
    found: QuerySet[AccessCard] = cards.usable(timezone.localdate(at)).filter(opening, client__in=clients)
    return found.filter(username_key__gt=after).order_by("username_key")


_LABELS: dict[str, Any] = {
    "at": gettext_lazy("Instant"),
    "direction": gettext_lazy("Sens"),
    "credential": gettext_lazy("Présenté"),
    "device_enabled": gettext_lazy("Appareil en service"),
    "known": gettext_lazy("Connu"),
    "card_status": gettext_lazy("Statut de la carte"),
    "valid_from": gettext_lazy("Valable du"),
    "valid_until": gettext_lazy("Valable au"),
    "client_active": gettext_lazy("Client actif"),
    "client_reason": gettext_lazy("Pourquoi"),
    "company_forced_inactive": gettext_lazy("Entreprise forcée inactive"),
    "vehicle_matches": gettext_lazy("Véhicule du client"),
    "zone": gettext_lazy("Zone"),
    "zone_permitted": gettext_lazy("Zone permise à la carte"),
    "card_hours": gettext_lazy("Horaires de la carte"),
    "zone_hours": gettext_lazy("Ouverture de la zone"),
    "unpaid": gettext_lazy("Impayés"),
    "unpaid_limit": gettext_lazy("Limite des impayés"),
    "already_inside": gettext_lazy("Déjà dans la zone"),
    "anti_passback": gettext_lazy("Seconde entrée sans sortie"),
    "occupancy": gettext_lazy("Présents dans la zone"),
    "capacity": gettext_lazy("Capacité"),
}
_WORDS: dict[str, Any] = {
    "in": gettext_lazy("entrée"),
    "out": gettext_lazy("sortie"),
    "qr": gettext_lazy("code QR"),
    "badge": gettext_lazy("badge"),
    "plate": gettext_lazy("plaque"),
    "username": gettext_lazy("carte, par son nom"),
    "client": gettext_lazy("client, par son nom"),
    **dict(AccessCard._meta.get_field("status").choices or ()),
    **dict(Zone._meta.get_field("anti_passback").choices or ()),
}


def facts_shown(facts: Facts, *, with_money: bool) -> list[tuple[str, str]]:
    """The facts of a decision as one reads them; what was not known or does not apply is left out."""
    hidden = () if with_money else ("unpaid", "unpaid_limit")
    names = [item.name for item in fields(facts) if item.name in _LABELS and item.name not in hidden]
    shown = [(name, getattr(facts, name)) for name in names]
    return [(str(_LABELS[name]), _said(value)) for name, value in shown if value not in (None, "", {}, ())]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, datetime):
        return full_moment(value)
    if isinstance(value, date):
        return long_day(value)
    if isinstance(value, Decimal):
        return _("%(amount)s €") % {"amount": number_format(value, 2, force_grouping=True)}
    if isinstance(value, dict):
        return show_hours(value)
    if isinstance(value, tuple):
        return " ; ".join(map(show_hours, value))
    return str(_WORDS.get(str(value), value))
