"""What a model for similar clients says of their cards."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from access.models import CardDefaults, Zone
from clients.models import ClientTemplate


@transaction.atomic
def keep_card_defaults(template: ClientTemplate, *, days: int | None, zones: Iterable[Zone]) -> None:
    """Keep for how many days and where the cards of a model's clients are valid; nothing where it says neither."""
    zones = list(zones)
    if not days and not zones:
        CardDefaults.objects.filter(template=template).delete()
        return
    kept, _created = CardDefaults.objects.update_or_create(template=template, defaults={"days": days})
    kept.zones.set(zones)
