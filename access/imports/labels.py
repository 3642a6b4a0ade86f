"""Tags and zones that cells name, several with | between them; those missing are made when rows are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Model

from access.models import Tag, Zone
from access.services import save_zone
from clients.values.value import plain

_SEPARATORS = re.compile(r"[|;\n]")


def split(text: str) -> list[str]:
    """« VIP | PMR » as names, each once."""
    names = (plain(part) for part in _SEPARATORS.split(text))
    return list({name.lower(): name for name in names if name}.values())


def find_tags(names: Iterable[str]) -> dict[str, Tag]:
    """Tags by their name in small letters, made where missing."""
    return _find(Tag, names, lambda name: Tag.objects.create(name=name[:60]))


def find_zones(names: Iterable[str]) -> dict[str, Zone]:
    """Zones by their name in small letters, made where missing."""
    return _find(Zone, names, lambda name: save_zone(Zone(name=name[:80]), by=None))


def known_zones() -> dict[str, Zone]:
    """All zones by their name in small letters: a site has few."""
    return {zone.name.lower(): zone for zone in Zone.objects.all()}


def _find(model: type[Model], names: Iterable[str], make: Any) -> dict[str, Any]:
    wanted = {name.lower(): name for name in names}
    found = {row.name.lower(): row for row in model._default_manager.all()} if wanted else {}  # type: ignore[attr-defined]
    return {key: found.get(key) or make(name) for key, name in wanted.items()}


def link(through: Any, source: str, target: str, links: Mapping[int, Sequence[Model]]) -> None:
    """Give rows (primary key → the rows they are linked to) exactly these links."""
    if not links:
        return
    through.objects.filter(**{f"{source}__in": links}).delete()
    through.objects.bulk_create(
        (through(**{f"{source}_id": pk, f"{target}_id": row.pk}) for pk, rows in links.items() for row in rows),
        batch_size=500,
    )
