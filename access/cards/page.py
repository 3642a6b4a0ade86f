"""What the pages of a card show."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.cards import qr
from access.cards.cells import state_chip
from access.cards.forms import ExtendForm
from access.hours import show_hours
from access.models import AccessCard, CardStatus
from access.services.cards import MOVES
from access.services.secrets import digest, qr_text
from access.shared.page import changes, crumbs, rights_of
from clients.models import Client
from interventions import activity

# What a card may become, as buttons say it, in the order of how often it happens.
WORDS = {
    CardStatus.ACTIVE: (gettext_lazy("Remettre en service"), "circle-play"),
    CardStatus.SUSPENDED: (gettext_lazy("Suspendre"), "pause"),
    CardStatus.LOST: (gettext_lazy("Déclarer perdue"), "search-x"),
    CardStatus.REVOKED: (gettext_lazy("Révoquer"), "ban"),
}


def once_name(card: AccessCard) -> str:
    """Under which name the value of its code waits for the page."""
    return f"card-{card.pk}"


def live_value(card: AccessCard, value: str) -> str:
    """A value that a page sent back, if it is the code of this card still."""
    live = card.secrets.filter(revoked_at=None, secret_hash=digest(qr_text(value)))
    return value if value and len(value) < 200 and live.exists() else ""


def card_context(request: HttpRequest, card: AccessCard, qr_value: str = "") -> dict[str, Any]:
    """The card, what may be done with it and, where the page knows it, its code."""
    now = timezone.now()
    may = rights_of(
        request.user,
        change="access.change_accesscard",
        see_client="clients.view_client",
        see_events="access.view_event",
        see_entries="access.view_entry",
        force="clients.force_status",
    )
    moves = moves_of(card) if may["change"] else []
    return {
        "card": card,
        "state": state_chip(card, timezone.localdate(now)),
        "client_status": activity.explain(card.client, now),
        "zones": card.zones.all(),
        "hours": show_hours(card.hours),
        "tags": card.tags.all(),
        "moves": moves,
        "extend_form": ExtendForm(card=card, initial={"valid_until": card.valid_until, "version": card.version}),
        "changes": changes(card),
        "may": may,
        "qr_value": qr_value,
        "qr": qr.svg(qr_value) if qr_value else "",
        "language": Client.Language(card.client.language).label,
        "firm": settings.FIRM,
        "crumbs": crumbs((_("Cartes d’accès"), reverse("access:cards")), (card.username, "")),
    }


def moves_of(card: AccessCard) -> list[dict[str, Any]]:
    """What a card may become from what it is."""
    return [
        {"to": to.value, "label": label, "icon": icon}
        for to, (label, icon) in WORDS.items()
        if card.status in MOVES.get(to, ())
    ]
