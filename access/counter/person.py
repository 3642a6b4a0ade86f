"""Who stands at the counter, in a few lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.cards.list import STATE_CHIPS
from access.counter.subject import key_of
from access.gate.credentials import Subject
from access.gate.reasons import MONEY_REASON, Explanation, reason_label
from access.models import AccessCard, Entry, Vehicle
from access.models.cards import CARD_STATES
from access.models.entries import SEE_MONEY
from clients.models import NEVER, Client
from clients.status import Status, explain
from fixaloop.words.dates import say_full, say_since
from fixaloop.words.money import euros

_SHOWN = 3
# The tone of a card that opens nothing is “stop”.
_TONES = {"active": "ok", "upcoming": "warn"}


@dataclass(frozen=True)
class Detail:
    label: str
    text: str = ""
    note: str = ""
    url: str = ""
    chip: tuple[Any, str, str] | None = None


@dataclass(frozen=True)
class Person:
    """Who it is; `url` is empty for staff without permission to see clients."""

    name: str
    reference: str
    url: str
    status: Status
    details: tuple[Detail, ...]


@dataclass(frozen=True)
class Choice:
    key: str
    name: str
    reference: str
    note: str
    status: Status


def choices(subjects: Sequence[Subject], at: datetime) -> list[Choice]:
    found = []
    for subject in subjects:
        client = subject.client
        if client is not None:
            shown = subject.card or subject.vehicle or client.city
            choice = Choice(key_of(subject), client.name, client.reference, str(shown), explain(client, at))
            found.append(choice)
    return found


def person_of(subject: Subject, user: User, at: datetime) -> Person | None:
    client = subject.client
    if client is None:
        return None
    details = (
        *_cards(subject, user, at),
        *_vehicles(subject, client, user),
        *_company(client, user),
        *_presence(client, at),
        *_owed(subject, user),
        *((Detail(_("Téléphone"), client.phone_display),) if client.phone else ()),
    )
    url = client.get_absolute_url() if user.has_perm("clients.view_client") else ""
    return Person(client.name, client.reference, url, explain(client, at), details)


def _cards(subject: Subject, user: User, at: datetime) -> list[Detail]:
    cards = [subject.card] if subject.card is not None else list(subject.rights[:_SHOWN])
    if not cards:
        return [Detail(_("Carte"), _("aucune"))] if subject.vehicle is None else []
    seen = user.has_perm("access.view_accesscard")
    details = [_card(card, at, card.get_absolute_url() if seen else "") for card in cards]
    if subject.secret_revoked:
        details.append(Detail(_("Code présenté"), _("remplacé : ce n’est plus celui de la carte")))
    return details


def _card(card: AccessCard, at: datetime, url: str) -> Detail:
    worth = card.worth(at)
    _tone, icon = STATE_CHIPS[worth]
    chip = (str(CARD_STATES[worth]).lower(), _TONES.get(worth, "stop"), icon)
    return Detail(_("Carte"), card.holder, validity(card), url, chip)


def validity(card: AccessCard) -> str:
    """« du 1 janvier au 31 mars 2026 », days included."""
    if card.periods:
        return " | ".join((_validity(card), card.periods_text))
    return _validity(card)


def _validity(card: AccessCard) -> str:
    first = date_format(card.valid_from, "j N Y")
    if card.valid_until is None:
        return _("depuis le %(first)s, sans fin") % {"first": first}
    return _("du %(first)s au %(last)s") % {"first": first, "last": date_format(card.valid_until, "j N Y")}


def _vehicles(subject: Subject, client: Client, user: User) -> list[Detail]:
    seen = user.has_perm("access.view_vehicle")
    vehicles = [subject.vehicle] if subject.vehicle is not None else []
    if not vehicles and seen:
        vehicles = list(Vehicle.objects.filter(client=client, is_active=True).order_by("-pk")[:_SHOWN])
    return [
        Detail(_("Véhicule"), vehicle.plate_display, vehicle.name, vehicle.get_absolute_url() if seen else "")
        for vehicle in vehicles
    ]


def _company(client: Client, user: User) -> list[Detail]:
    company = client.company
    if company is None:
        return []
    url = company.get_absolute_url() if user.has_perm("clients.view_client") else ""
    return [Detail(_("Entreprise"), company.name, company.reference, url)]


def _presence(client: Client, at: datetime) -> list[Detail]:
    entries = (
        Entry.objects.open().people().filter(client=client).select_related("zone", "vehicle").order_by("entered_at")
    )
    inside = [
        Detail(_("Sur place"), entry.zone.name, say_since(entry.entered_at, at))
        for entry in entries[:_SHOWN]
        if entry.entered_at <= at
    ]
    if inside or client.last_visit_at <= NEVER:
        return inside
    return [Detail(_("Dernière visite"), say_full(client.last_visit_at))]


def reasons_for(user: User, reasons: Iterable[Explanation]) -> tuple[Explanation, ...]:
    """The reasons as somebody may read them: without the right to see money, no amounts."""
    if user.has_perm(SEE_MONEY):
        return tuple(reasons)
    unpaid = reason_label(MONEY_REASON)
    return tuple(replace(reason, staff=unpaid) if reason.code == MONEY_REASON else reason for reason in reasons)


def _owed(subject: Subject, user: User) -> list[Detail]:
    if not subject.unpaid or not user.has_perm(SEE_MONEY):
        return []
    return [Detail(_("Reste dû"), euros(subject.unpaid))]
