"""What files of access share: columns, and the tags and zones that cells name, several with | between them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy as _

from access.models import Tag, Zone
from access.services import save_zone
from clients.imports.owners import OwnedImporter
from fixaloop.files.columns import FileColumn
from fixaloop.forms.parsing import YEARS, plain
from fixaloop.imports.cells import parse_date
from fixaloop.imports.report import Record
from fixaloop.imports.rows import means_nothing
from fixaloop.records import bulk

_SEPARATORS = re.compile(r"[|;\n]")
LINKS = ("zones", "tags")


def split_names(text: str) -> list[str]:
    names = (plain(part) for part in _SEPARATORS.split(text))
    return list({name.lower(): name for name in names if name}.values())


def zone_name(text: str) -> str:
    """The name of a zone. A dash names none; as a blank, it would open all of them."""
    if means_nothing(text):
        raise ValidationError(gettext("« %(value)s » n’est pas le nom d’une zone."), params={"value": text})
    return text


def split_zones(text: str) -> list[str]:
    return list(map(zone_name, split_names(text)))


def written_day(text: str, *, is_end: bool) -> str:
    """A day as forms write it, however files do; any other text as it is."""
    try:
        moment = parse_date(text, is_end=is_end)
    except ValidationError:
        return text
    is_day = moment and moment.time() == time.min and moment.year in YEARS
    return f"{moment:%Y-%m-%d}" if is_day else text


TAGS = FileColumn(
    "Tags",
    lambda row, at: "|".join(tag.name for tag in row.tags.all()),
    24,
    name="tags",
    others=("Étiquettes", "Labels"),
    help=_("Plusieurs séparés par | ; ceux qui manquent sont créés."),
    read=split_names,
    optional=True,
)


class KnownZones:
    """The zones that rows may name, by their lower-case name: None for one that the import will make."""

    def __init__(self) -> None:
        self.by_name: dict[str, Zone | None] = {zone.name.lower(): zone for zone in Zone.objects.all()}

    def note_new(self, record: Record, column: str, names: Iterable[str]) -> None:
        for name in names:
            if name.lower() not in self.by_name:
                self.by_name[name.lower()] = None
                record.note(column, gettext("La zone « %(name)s » n’existait pas : elle est créée.") % {"name": name})


def find_zones(names: Iterable[str], beside: dict[str, list[int]]) -> dict[str, Zone]:
    """The zones by name in small letters, these included; `beside` is told of those that had to be made."""
    return _find(Zone, names, lambda name: save_zone(Zone(name=name[:80]), by=None), beside)


class LinkedImporter(OwnedImporter):
    """Imports rows that have tags and zones. Those missing are made when rows are written."""

    def make_links(self, rows: Sequence[dict[str, Any]]) -> None:
        named = [name for row in rows for name in row.get("tags", ())]
        tags = _find(Tag, named, lambda name: Tag.objects.create(name=name[:60]), self.beside)
        zones = find_zones((name for row in rows for name in row.get("zones", ())), self.beside)
        for row in rows:
            for column, found in (("tags", tags), ("zones", zones)):
                if column in row:
                    row[column] = [found[name.lower()].pk for name in row[column]]

    def create(self, rows: Sequence[dict[str, Any]], signed: bulk.Signature) -> dict[int, str]:
        new = [self.model(**_columns(row), created_at=signed.at, updated_at=signed.at) for row in rows]
        marks = bulk.create(new, signed)
        _link_all(self.model, dict(zip(marks, rows, strict=True)))
        return marks

    @classmethod
    def change(cls, changes: Mapping[int, dict[str, Any]], signed: bulk.Signature) -> bulk.Changed:
        changed = bulk.change(cls.model, {pk: _columns(row) for pk, row in changes.items()}, signed)
        for name, before in _link_all(cls.model, changes).items():
            for pk in before.keys() & changed.keys():
                changed[pk][0][name] = before[pk]
        return changed


def _find(model: Any, names: Iterable[str], make: Callable[[str], Any], beside: dict[str, list[int]]) -> dict[str, Any]:
    wanted = {name.lower(): name for name in names}
    found = {row.name.lower(): row for row in model.objects.all()} if wanted else {}
    made = {key: make(name) for key, name in wanted.items() if key not in found}
    if made:
        beside.setdefault(model._meta.label_lower, []).extend(row.pk for row in made.values())
    return found | made


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
