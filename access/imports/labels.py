"""Tags and zones that cells name, several with | between them; those missing are made when rows are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from access.models import Tag, Zone
from access.services import save_zone
from fixaloop.forms.values import plain

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


def link(model: Any, name: str, links: Mapping[int, Iterable[int]]) -> dict[int, list[int]]:
    """Give rows of a model (primary key → the keys of its tags or zones) exactly these; return those they had.

    What has been deleted since is left out.
    """
    if not links:
        return {}
    field = model._meta.get_field(name)
    through, source, target = field.remote_field.through, field.m2m_field_name(), field.m2m_reverse_field_name()
    stored = through.objects.filter(**{f"{source}__in": links})
    before: dict[int, list[int]] = {pk: [] for pk in links}
    for pk, key in stored.order_by("pk").values_list(source, target):
        before[pk].append(key)
    stored.delete()
    wanted = {key for keys in links.values() for key in keys}
    known = set(field.related_model.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    through.objects.bulk_create(
        (
            through(**{f"{source}_id": pk, f"{target}_id": key})
            for pk, keys in links.items()
            for key in keys
            if key in known
        ),
        batch_size=500,
    )
    return before


def restore_links(model: Any, names: Iterable[str], before: Mapping[int, Mapping[str, Any]]) -> None:
    """Give rows back the tags and zones that an import took from them."""
    for name in names:
        link(model, name, {pk: values[name] for pk, values in before.items() if name in values})
