"""The columns of a file of cards. No code of a card is ever among them: it is not known."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from access.cards.filters import STATES
from access.hours import show_hours
from access.models import AccessCard
from fixaloop.exports import ExportColumn


def _state(card: AccessCard, at: datetime) -> str:
    return str(dict(STATES)[card.state(timezone.localdate(at))])


def _zones(card: AccessCard, at: datetime) -> str:
    return "" if card.everywhere else "|".join(zone.name for zone in card.zones.all())


EXPORT_COLUMNS = (
    ExportColumn("Nom d’utilisateur", lambda card, at: card.username, 20),
    ExportColumn("Type", lambda card, at: card.get_kind_display(), 14),
    ExportColumn("N° de badge", lambda card, at: card.badge_number, 16),
    ExportColumn("Client", lambda card, at: card.client.reference, 14, "client"),
    ExportColumn("Nom du client", lambda card, at: card.client.name, 28, "client"),
    ExportColumn("Statut", _state, 16),
    ExportColumn("Motif du statut", lambda card, at: card.status_reason, 24),
    ExportColumn("Valable du", lambda card, at: card.valid_from, 12),
    ExportColumn("Valable au", lambda card, at: card.valid_until, 12),
    ExportColumn("Zones", _zones, 28),
    ExportColumn("Horaires", lambda card, at: show_hours(card.hours), 28),
    ExportColumn("Tags", lambda card, at: "|".join(tag.name for tag in card.tags.all()), 24),
    ExportColumn("Passages", lambda card, at: card.use_count, 10),
    ExportColumn("Dernier passage", lambda card, at: card.last_used_at if card.was_used else None, 18),
    ExportColumn("Émise le", lambda card, at: card.created_at, 18),
)
