"""What stands in the way of giving rows back the values that they had before an import."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from fixaloop.imports.importer import Importer
from fixaloop.models import ImportTrace
from fixaloop.records.bulk import batches

Before = Mapping[int, Mapping[str, Any]]


def taken_or_gone(importer: type[Importer], traces: Sequence[ImportTrace]) -> Iterator[str]:
    """A sentence for each row whose former values are another row’s now, or name what is gone."""
    before: dict[int, dict[str, Any]] = {}
    for trace in traces:
        for key, (values, *_marks) in trace.changed.items():
            # The first trace has what a row was before the batch.
            before[int(key)] = {**values, **before.get(int(key), {})}
    for part in batches(before):
        rows = importer.model._base_manager.in_bulk(part)
        for row in rows.values():
            _restore(row, before[row.pk])
        yield from _gone(rows, before)
        yield from _taken(importer, rows)
        yield from importer.taken_beside(rows)


def _restore(row: Any, values: Mapping[str, Any]) -> None:
    columns = {field.attname: field for field in row._meta.concrete_fields}
    for name, value in values.items():
        if name in columns:
            setattr(row, name, columns[name].to_python(value))
    if hasattr(row, "derive"):
        row.derive()


def _gone(rows: Mapping[int, Any], before: Before) -> Iterator[str]:
    links = {field.attname: field for row in [*rows.values()][:1] for field in row._meta.concrete_fields}
    for name, field in links.items():
        if not field.many_to_one:
            continue
        # Some kinds keep former values as text.
        read = field.target_field.to_python
        wanted = {pk: read(key) for pk in rows if (key := before[pk].get(name)) is not None}
        if wanted:
            there = set(field.related_model._base_manager.filter(pk__in=wanted.values()).values_list("pk", flat=True))
            for pk in (pk for pk, key in wanted.items() if key not in there):
                message = _("%(row)s : ce qui était sous « %(name)s » n’existe plus, il ne peut pas être remis.")
                yield message % {"row": rows[pk], "name": field.verbose_name}


def _taken(importer: type[Importer], rows: Mapping[int, Any]) -> Iterator[str]:
    for name, (key, compared) in importer.distinct.items():
        wanted = {key(getattr(row, name)): row for row in rows.values() if getattr(row, name)}
        others = importer.model._base_manager.exclude(pk__in=rows).alias(compared=compared)
        for other in others.filter(~Q(**{name: ""}), compared__in=wanted).order_by("pk"):
            row = wanted[key(getattr(other, name))]
            if _collides(row):
                yield taken_message(row, getattr(row, name), other)


def taken_message(row: Any, value: str, other: Any) -> str:
    message = _("%(row)s : sa valeur d’avant (%(value)s) est prise par %(other)s, changez-la d’abord là-bas.")
    return message % {"row": row, "value": value, "other": other}


def _collides(row: Any) -> bool:
    try:
        row.validate_constraints()
        row.validate_unique()
    except ValidationError:
        return True
    return False
