"""The tags and zones that cells name, several with | between them. Those missing are made when rows are written."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from access.models import Tag, Zone
from access.services import save_zone
from fixaloop.imports.report import Record
from fixaloop.records import bulk

LINKS = ("zones", "tags")


class KnownZones:
    """The zones that rows may name, by their lower-case name: None for one that the import will make."""

    def __init__(self) -> None:
        self.by_name: dict[str, Zone | None] = {zone.name.lower(): zone for zone in Zone.objects.all()}

    def note_new(self, record: Record, column: str, names: Iterable[str]) -> None:
        for name in names:
            if name.lower() not in self.by_name:
                self.by_name[name.lower()] = None
                record.note(column, _("La zone « %(name)s » n’existait pas : elle est créée.") % {"name": name})


def find_zones(names: Iterable[str]) -> dict[str, Zone]:
    return _find(Zone, names, lambda name: save_zone(Zone(name=name[:80]), by=None))


def make_links(rows: Sequence[dict[str, Any]]) -> None:
    """Replace the names of tags and zones in the values of rows by their keys."""
    tags = _find(
        Tag, (name for row in rows for name in row.get("tags", ())), lambda name: Tag.objects.create(name=name[:60])
    )
    zones = find_zones(name for row in rows for name in row.get("zones", ()))
    for row in rows:
        for column, found in (("tags", tags), ("zones", zones)):
            if column in row:
                row[column] = [found[name.lower()].pk for name in row[column]]


def _find(model: Any, names: Iterable[str], make: Callable[[str], Any]) -> dict[str, Any]:
    wanted = {name.lower(): name for name in names}
    found = {row.name.lower(): row for row in model.objects.all()} if wanted else {}
    return {key: found.get(key) or make(name) for key, name in wanted.items()}


def create(model: Any, rows: Sequence[Mapping[str, Any]], signed: bulk.Signature) -> dict[int, str]:
    """Keep new rows with their tags and zones; return primary key → mark."""
    new = [model(**_columns(row), created_at=signed.at, updated_at=signed.at) for row in rows]
    marks = bulk.create(new, signed)
    _link_all(model, dict(zip(marks, rows, strict=True)))
    return marks


def change(model: Any, changes: Mapping[int, Mapping[str, Any]], signed: bulk.Signature) -> bulk.Changed:
    """Change rows, their tags and zones (primary key → values); return what each was, and its mark now."""
    changed = bulk.change(model, {pk: _columns(row) for pk, row in changes.items()}, signed)
    for name, before in _link_all(model, changes).items():
        for pk in before.keys() & changed.keys():
            changed[pk][0][name] = before[pk]
    return changed


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in LINKS}


def _link_all(model: Any, rows: Mapping[int, Mapping[str, Any]]) -> dict[str, dict[int, list[int]]]:
    return {name: _link(model, name, {pk: row[name] for pk, row in rows.items() if name in row}) for name in LINKS}


def _link(model: Any, name: str, links: Mapping[int, Iterable[int]]) -> dict[int, list[int]]:
    """Give rows (primary key → keys of tags or zones) exactly those that still exist; return the keys they had."""
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
