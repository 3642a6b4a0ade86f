"""The facts on which an offline passage is judged: those of its time, as far as they are kept.

Cards, vehicles and companies have a history, clients an event for each change of status. What has no history — the
zones of a card, unpaid amounts — is taken as it is now.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any

from access.gate.credentials import Subject
from access.gate.holders import MOST_LINES
from access.models import AccessCard, Event
from clients.models import Client
from clients.status import forced_inactive, is_active

_OF_CARD = ("valid_from", "valid_until", "hours", "starts_at", "ends_at", "periods")
_OF_VEHICLE = ("is_active", "everywhere", "hours", "valid_until")


def as_it_was(subject: Subject, at: datetime) -> Subject:
    """The subject with its cards and its vehicle as they were; the rows themselves stay as they are."""
    cards = [card for card in (subject.card, *subject.rights) if card is not None]
    then = {card.pk: card for card in _cards_then(cards, at)}
    revoked_at = getattr(subject.card, "secret_revoked_at", None)
    return replace(
        subject,
        card=then[subject.card.pk] if subject.card is not None else None,
        rights=[then[card.pk] for card in subject.rights],
        vehicle=_vehicle_then(subject.vehicle, at),
        secret_revoked=subject.secret_revoked and (revoked_at is None or revoked_at <= at),
    )


def _cards_then(cards: Sequence[AccessCard], at: datetime) -> Iterable[AccessCard]:
    lines: dict[int, list[Any]] = {card.pk: [] for card in cards}
    history = AccessCard.history.filter(id__in=lines).order_by("-history_date", "-history_id")
    for line in history[:MOST_LINES]:
        lines[line.id].append(line)
    return [_card_then(card, lines[card.pk], at) for card in cards]


def _card_then(card: AccessCard, lines: Sequence[Any], at: datetime) -> AccessCard:
    """The card as of then; one that is newer, as it was first known. `lines` of its history, newest first."""
    then = copy(card)
    if not lines:
        return then
    then.status = next((line.status for line in lines if line.status_at <= at), lines[-1].status)
    known = next((line for line in lines if line.history_date <= at), lines[-1])
    for name in _OF_CARD:
        setattr(then, name, getattr(known, name))
    return then


def _vehicle_then(vehicle: Any, at: datetime) -> Any:
    if vehicle is None or (line := _line_of(vehicle, at)) is None:
        return vehicle
    then = copy(vehicle)
    for name in _OF_VEHICLE:
        setattr(then, name, getattr(line, name))
    return then


def _line_of(row: Any, at: datetime) -> Any:
    """The line of history of a row that held then, or else its first one."""
    history = row.history.order_by("-history_date", "-history_id")
    return history.filter(history_date__lte=at).first() or history.last()


def client_facts(client: Client | None, at: datetime) -> dict[str, Any]:
    if client is None:
        return {}
    was_active = _was_active(client, at)
    facts: dict[str, Any] = {"client_active": was_active} | ({"client_why": {}} if was_active else {})
    if client.company is not None:
        facts["company_forced_inactive"] = _was_forced_inactive(client.company, at)
    return facts


def _was_active(client: Client, at: datetime) -> bool:
    """The opposite of what they became since; for a client who is newer than that, what they were first."""
    flips = Event.objects.filter(client=client, kind=Event.Kind.STATUS, at__gt=at).order_by("at", "pk")
    since = flips.values_list("inputs", flat=True).first()
    if since is None or "active" not in since:
        return is_active(client, at)
    became: bool = since["active"]
    return became if client.created_at > at else not became


def _was_forced_inactive(company: Client, at: datetime) -> bool:
    if (line := _line_of(company, at)) is None:
        return forced_inactive(company, at)
    then = copy(company)
    then.status_mode, then.status_until = line.status_mode, line.status_until
    return forced_inactive(then, at)
