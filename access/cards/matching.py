"""Which cards there are that the rows of a chunk of cards could be."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from access.models import AccessCard, CardSecret
from access.models.cards import CardStatus, username_key
from fixaloop.imports.report import Record

# How many digits badge numbers have where software writes their zeros.
PADDED = range(8, 15)


class StoredCards:
    """The cards that the rows of a chunk could be, or collide with."""

    def __init__(self, records: Sequence[Record]) -> None:
        names = {username_key(record.values["username"]) for record in records}
        badges = {record.values.get("badge_number", "") for record in records} - {""}
        padded = {badge.lstrip("0").zfill(width) for badge in badges for width in (0, *PADDED)} | badges
        wanted = Q(username_key__in=names) | Q(badge_number__in=padded)
        cards = AccessCard.objects.filter(wanted).select_related("client").prefetch_related("zones", "tags")
        self._names: dict[str, AccessCard] = {}
        self._badges: dict[str, AccessCard] = {}
        for card in cards:
            self._names[card.username_key] = card
            if card.badge_number and card.status != CardStatus.REVOKED:
                self._badges[card.badge_number.lstrip("0")] = card
        hashes = {record.values["secret_hash"] for record in records if record.values.get("secret_hash")}
        self._secrets = dict(CardSecret.objects.filter(secret_hash__in=hashes).values_list("secret_hash", "card"))

    def named(self, username: str) -> AccessCard | None:
        """The card of a username, whatever the case."""
        return self._names.get(username_key(username))

    def with_badge(self, number: str) -> AccessCard | None:
        """The card in use that bears a badge number, its leading zeros aside."""
        return self._badges.get(number.lstrip("0")) if number else None

    def with_secret(self, hashed: str) -> int | None:
        """The key of the card that a code, hashed, opens or has opened."""
        return self._secrets.get(hashed)
