"""What the importers of access share: deciding what becomes of a row, and writing many at once with their history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import SET_NULL, Model, QuerySet
from django.utils.translation import gettext as _

from fixaloop.imports.importer import Importer
from fixaloop.imports.report import Action, Record
from fixaloop.models import ImportBatch
from fixaloop.records.bulk import Signature, record_history

BATCH = 500


def settle_match(
    importer: Importer,
    record: Record,
    row: Any,
    differences: Callable[[Any, Mapping[str, Any]], dict[str, tuple[str, str]]],
) -> None:
    """Decide what a row of a file does to the row it matches, None for a new one, as the chosen mode allows."""
    mode = importer.options.mode
    if row is None:
        if mode == "update":
            record.refuse("", _("Rien d’existant ne correspond à cette ligne."))
        return
    if mode == "create":
        record.refuse("", _("Existe déjà : %(row)s.") % {"row": row})
        return
    record.target = row.pk
    record.changes = differences(row, record.values)
    record.action = Action.UPDATE if record.changes else Action.UNCHANGED


def changes_of(records: Sequence[Record]) -> dict[int, dict[str, Any]]:
    """Primary key → values, of the rows that change something."""
    return {record.target: record.values for record in records if record.action is Action.UPDATE and record.target}


@dataclass
class Made:
    """What was written: primary key → mark, primary key → values before and mark, and whose rows they are."""

    created: dict[int, str] = field(default_factory=dict)
    changed: dict[int, tuple[dict[str, Any], str]] = field(default_factory=dict)
    clients: set[int] = field(default_factory=set)

    def add_before(self, name: str, before: Mapping[int, Any]) -> None:
        """Keep beside what changed rows were what else they had: their tags, their zones."""
        for pk, (values, _mark) in self.changed.items():
            if pk in before:
                values[name] = before[pk]


def keep(
    model: Any, fresh: Sequence[Any], changes: Mapping[int, Mapping[str, Any]], derived: Sequence[str], sign: Signature
) -> Made:
    """Write new rows and changed ones, versions and history included; `derived` are the columns `derive` fills."""
    made = Made()
    for row in fresh:
        row.derive()
    model.objects.bulk_create(fresh, batch_size=BATCH)
    stored = list(model.objects.select_for_update(of=("self",)).filter(pk__in=changes).order_by("pk"))
    names = {"version", "updated_at", *derived}
    for row in stored:
        wanted = changes[row.pk]
        made.clients.add(row.client_id)
        before = {name: plain_value(getattr(row, name)) for name in wanted}
        for name, value in wanted.items():
            setattr(row, name, model._meta.get_field(name).to_python(value))
        row.version, row.updated_at = row.version + 1, sign.at
        row.derive()
        made.changed[row.pk] = (before, str(row.version))
        names |= wanted.keys()
    if stored:
        model.objects.bulk_update(stored, sorted(name.removesuffix("_id") for name in names), batch_size=BATCH)
    made.created = {row.pk: str(row.version) for row in fresh}
    made.clients |= {row.client_id for row in (*fresh, *stored)}
    for kind, written in (("+", made.created), ("~", made.changed)):
        if written:
            record_history(model.objects.filter(pk__in=written), kind, sign)
    return made


def plain_value(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime) or hasattr(value, "isoformat"):
        return value.isoformat()
    return getattr(value, "code", value)


def signed(batch: ImportBatch, at: datetime) -> Signature:
    """Who imports, or takes an import back."""
    if batch.undone_at:
        return Signature(by=batch.undone_by, reason=_("Annulation : %(batch)s") % {"batch": batch}, at=at)
    return Signature(by=batch.by, reason=str(batch), at=at)


def forget(rows: QuerySet[Any], *throughs: Any) -> None:
    """Delete rows that nothing depends on, and their links, without asking row by row; what is told of them stays."""
    name = rows.model._meta.model_name
    keys = list(rows.values_list("pk", flat=True))
    for through in throughs:
        through.objects.filter(**{f"{name}__in": keys}).delete()
    for relation in rows.model._meta.related_objects:
        if relation.on_delete is SET_NULL:
            teller: Any = relation.related_model
            teller._base_manager.filter(**{f"{relation.field.name}__in": keys}).update(**{relation.field.name: None})
    queryset: QuerySet[Model] = rows.model._base_manager.filter(pk__in=keys)
    queryset._raw_delete(queryset.db)
