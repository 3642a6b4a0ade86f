"""Who stands at the counter, in a few lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy

from access.counter.subject import key_of
from access.gate.credentials import Subject
from access.gate.reasons import MONEY_REASON, Explanation, reason_label
from access.models import AccessCard, Entry, Vehicle
from access.models.entries import SEE_MONEY
from clients.models import NEVER, Client
from clients.status import Status, explain
from fixaloop.words.dates import say_length
from fixaloop.words.money import euros

_SHOWN = 3
_STATES: dict[str, tuple[Any, str, str]] = {
    "active": (gettext_lazy("valable"), "ok", "check"),
    "upcoming": (gettext_lazy("pas encore valable"), "warn", "calendar-clock"),
    "expired": (gettext_lazy("expirée"), "stop", "calendar-x"),
    "suspended": (gettext_lazy("suspendue"), "stop", "pause"),
    "lost": (gettext_lazy("perdue"), "stop", "circle-question-mark"),
    "revoked": (gettext_lazy("révoquée"), "stop", "ban"),
}


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
    today = timezone.localdate(at)
    details = (
        *_cards(subject, user, today),
        *_vehicles(subject, client, user),
        *_company(client, user),
        *_presence(client, at),
        *_owed(subject, user),
        *((Detail(_("Téléphone"), client.phone_display),) if client.phone else ()),
    )
    url = client.get_absolute_url() if user.has_perm("clients.view_client") else ""
    return Person(client.name, client.reference, url, explain(client, at), details)


def _cards(subject: Subject, user: User, today: date) -> list[Detail]:
    cards = [subject.card] if subject.card is not None else list(subject.rights[:_SHOWN])
    if not cards:
        return [Detail(_("Carte"), _("aucune"))] if subject.vehicle is None else []
    seen = user.has_perm("access.view_accesscard")
    details = [_card(card, today, card.get_absolute_url() if seen else "") for card in cards]
    if subject.secret_revoked:
        details.append(Detail(_("Code présenté"), _("remplacé : ce n’est plus celui de la carte")))
    return details


def _card(card: AccessCard, today: date, url: str) -> Detail:
    return Detail(_("Carte"), card.username, validity(card), url, _STATES[card.state(today)])


def validity(card: AccessCard) -> str:
    """« du 1 janvier au 31 mars 2026 », days included."""
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
    entries = Entry.objects.open().filter(client=client).select_related("zone", "vehicle").order_by("entered_at")
    inside = [
        Detail(_("Sur place"), entry.zone.name, since(entry.entered_at, at))
        for entry in entries[:_SHOWN]
        if entry.entered_at <= at
    ]
    if inside or client.last_visit_at <= NEVER:
        return inside
    return [Detail(_("Dernière visite"), date_format(timezone.localtime(client.last_visit_at), "j N Y H:i"))]


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


def since(start: datetime, at: datetime) -> str:
    """« depuis 08:12 (2 h 05) », « depuis hier 18:40 », « depuis le 3 nov. 09:10 »."""
    local, now = timezone.localtime(start), timezone.localtime(at)
    time = f"{local:%H:%M}"
    if local.date() == now.date():
        return _("depuis %(time)s (%(duration)s)") % {"time": time, "duration": say_length(at - start)}
    if local.date() == now.date() - timedelta(days=1):
        return _("depuis hier %(time)s") % {"time": time}
    return _("depuis le %(day)s %(time)s") % {"day": date_format(local, "j N Y"), "time": time}
