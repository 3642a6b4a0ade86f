"""Whether a client has a card, read from the client’s own columns."""

from datetime import date

from django.db.models import Q

from clients.models import Client


def has_card(status: str, today: date) -> Q:
    """The condition of having a card that is `active`, else `suspended`, else `expired`, or `none` at all."""
    valid = Q(last_card_day__gte=today)
    return {
        "active": valid,
        "suspended": Q(card_suspended=True) & (Q(last_card_day__isnull=True) | Q(last_card_day__lt=today)),
        "expired": Q(last_card_day__lt=today, card_suspended=False),
        "none": Q(last_card_day__isnull=True, card_suspended=False),
    }[status]


def card_state(client: Client, today: date) -> str:
    """`active`, `suspended`, `expired` or `none`."""
    if client.last_card_day and client.last_card_day >= today:
        return "active"
    if client.card_suspended:
        return "suspended"
    return "expired" if client.last_card_day else "none"
