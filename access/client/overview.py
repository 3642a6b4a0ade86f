"""What the first page of a client shows of its access: who is inside, cards, vehicles, what is owed, what happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from access.client.page import SEE_ENTRIES, Stays, stays_of, usable_cards, vehicles_on_the_road
from access.events.told import Story, note_on, tell
from access.gate.opens import SHOWN, Held, opens_of_client, vehicles_of
from access.models import AccessCard, CardStatus, Entry
from access.models.cards import CARD_STATES
from access.models.entries import SEE_MONEY
from clients.extensions import Block, Due, Overview, Owed
from clients.models import NEVER, Client
from clients.status import is_active
from fixaloop.lists.counting import read
from fixaloop.words.dates import moment_html, say_since, short_day

SEE_CARDS, SEE_VEHICLES, SEE_EVENTS = "access.view_accesscard", "access.view_vehicle", "access.view_event"
# Stays that are open or owed, that the page tells; there is a list of all.
MOST_STAYS = 6
FILTERS = ("jobs", "payments", "passages", "notes")


@dataclass(frozen=True)
class Line:
    """A line of the card about access: what it is, a detail, a mark, and the button that helps."""

    label: str
    url: str
    detail: str
    mark: str = ""
    tone: str = ""
    icon: str = ""
    action: str = ""
    action_url: str = ""


def overview(client: Client, request: HttpRequest, at: datetime) -> Overview:
    user = request.user
    stays = stays_of(client, user)
    rows = _rows(client) if stays and (client.inside_since or stays.unpaid) else []
    cards = _cards(client) if user.has_perm(SEE_CARDS) else []
    vehicles = vehicles_of(client) if user.has_perm(SEE_VEHICLES) else []
    held = Held([card for card in cards if card.state(at) in ("active", "upcoming")], vehicles)
    counts = {}
    if stays:
        counts["client-entries"] = stays.visits
    if user.has_perm(SEE_CARDS):
        counts["client-cards"] = usable_cards(client, held, at)
    if user.has_perm(SEE_VEHICLES):
        counts["client-vehicles"] = vehicles_on_the_road(client, held)
    return Overview(
        told=[_told(client, request, at)] if user.has_perm(SEE_EVENTS) else (),
        beside=[_access(client, user, at, rows, cards, held)] if counts else (),
        owed=_owed(client, user, stays, rows) if stays and user.has_perm(SEE_MONEY) else None,
        counts=counts,
    )


def _rows(client: Client) -> Sequence[Entry]:
    return read(_stays().filter(client=client)[:MOST_STAYS])


def _cards(client: Client) -> Sequence[AccessCard]:
    if not client.extra_search:
        # Who has a card is found by its name.
        return []
    found = read(_standing_cards().filter(client=client)[: SHOWN + 1])
    for card in found:
        card.client = client
    return found


# What is asked is put together once; only the client differs.


@cache
def _stays() -> QuerySet[Entry]:
    rows = Entry.objects.filter(Q(exited_at__isnull=True) | Q(balance__gt=0)).select_related("zone")
    return rows.order_by(F("exited_at").desc(nulls_first=True), "-pk")


@cache
def _standing_cards() -> QuerySet[AccessCard]:
    return AccessCard.objects.exclude(status=CardStatus.REVOKED).order_by("-last_day", "-pk")


# Money.


def _owed(client: Client, user: Any, stays: Stays, rows: Sequence[Entry]) -> Owed:
    url = f"{reverse('client-entries', args=[client.reference])}?payment=unpaid"
    may = user.has_perm("access.add_payment")
    return Owed(stays.owed, url, [_due(entry, may) for entry in rows if entry.balance > 0], stays.credit)


def _due(entry: Entry, may: bool) -> Due:
    day = {"day": short_day(timezone.localdate(entry.entered_at), year=True)}
    pay = reverse("access:entry-payments", args=[entry.pk]) if may else ""
    return Due(_("Entrée du %(day)s") % day, entry.get_absolute_url(), entry.zone.name, entry.balance, pay)


# Access.


def _access(
    client: Client, user: Any, at: datetime, rows: Sequence[Entry], cards: Sequence[AccessCard], held: Held
) -> Block:
    seen = {"see_cards": user.has_perm(SEE_CARDS), "see_vehicles": user.has_perm(SEE_VEHICLES)}
    active, visited = is_active(client, at), client.last_visit_at > NEVER
    shown = {
        "inside": list(_inside(rows, user, at)),
        "stopped": list(_stopped(user, at, cards, held)),
        "nothing_opens": bool(held.cards) and not active,
        "client": client,
        "opens": opens_of_client(held, at, **seen) if active else (),
        "vehicles": list(held.vehicles[:SHOWN]),
        "last_visit": moment_html(client.last_visit_at, at) if visited else _("jamais"),
        "see_visits": user.has_perm(SEE_ENTRIES),
        "may_force": user.has_perm("clients.force_status"),
    }
    return Block("access/_on_client.html", shown)


def _inside(rows: Sequence[Entry], user: Any, at: datetime) -> Iterator[Line]:
    may = user.has_perm("access.correct_entry")
    for entry in rows:
        if entry.is_open and not entry.parked:
            detail = f"{say_since(entry.entered_at, at)} · {entry.zone.name}"
            line = Line(_("Sur place"), entry.get_absolute_url(), detail, icon="map-pin", tone="ok")
            leave = reverse("access:entry-exit", args=[entry.pk])
            yield replace(line, action=_("Faire sortir"), action_url=leave) if may else line


def _stopped(user: Any, at: datetime, cards: Sequence[AccessCard], held: Held) -> Iterator[Line]:
    """Cards that open nothing, with what repairs them; one that is over only where no other has taken its place."""
    may = user.has_perm("access.change_accesscard")
    for card in cards[:SHOWN]:
        state = card.state(at)
        if state in ("active", "upcoming") or (state == "expired" and held.cards):
            continue
        name = _("Carte %(username)s") % {"username": card.holder}
        line = Line(name, card.get_absolute_url(), card.status_reason, str(CARD_STATES[state]), "warn")
        if state == "expired" and card.final_day:
            day = short_day(card.final_day, year=True)
            line = replace(line, detail=_("jusqu’au %(day)s") % {"day": day})
        yield replace(line, **_repair(card, state)) if may else line


def _repair(card: AccessCard, state: str) -> dict[str, str]:
    if state == "expired" and not card.visitor:
        return {"action": _("Prolonger"), "action_url": f"{card.get_absolute_url()}#extend"}
    if state == "suspended":
        url = reverse("access:card-status", args=[card.pk])
        return {"action": _("Réactiver"), "action_url": f"{url}?to=active"}
    return {}


# What happened.


def _told(client: Client, request: HttpRequest, at: datetime) -> Block:
    events = reverse("client-events", args=[client.reference])
    note = note_on(client, request.user)
    return tell(Story(client.get_absolute_url(), Q(client=client), FILTERS, events, note), request, at)
