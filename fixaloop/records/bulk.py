"""Thousands of rows written at once, with their history, ten times as fast as by the ORM's own bulk methods."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from types import NoneType
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.db.models import SET_NULL, DateTimeField, F, Field, Model, QuerySet, TextField, Value
from django.db.models.fields import IntegerField
from django.utils.duration import duration_string

from fixaloop.records.months import estimated_rows

BATCH = 500
# What every driver takes as it is.
PLAIN = (str, int, NoneType)
Moments = dict[tuple[datetime, int], Any]
# Primary key → the values before, and the version now.
Changed = dict[int, tuple[dict[str, Any], str]]


@dataclass(frozen=True)
class Signature:
    """Who did something, why and when, as the history keeps it."""

    by: AbstractBaseUser | None
    reason: str
    at: datetime


def batches(keys: Iterable[Any], size: int = BATCH) -> Iterator[list[Any]]:
    left = iter(keys)
    while some := list(islice(left, size)):
        yield some


def insert(model: type[Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows (attribute → value, the same attributes in each): COPY on PostgreSQL, one statement on SQLite."""
    rows = list(rows)
    if not rows:
        return
    fields = [field for field in model._meta.concrete_fields if field.attname in rows[0]]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    moments: Moments = {}
    values = (_values(fields, row, moments) for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values))  # noqa: S608


def update(model: type[Model], rows: Sequence[Model], names: Sequence[str]) -> None:
    fields = [model._meta.get_field(name) for name in names]
    settings = ", ".join(f"{connection.ops.quote_name(str(field.column))} = %s" for field in fields)  # type: ignore[union-attr]
    table = connection.ops.quote_name(model._meta.db_table)
    pk = connection.ops.quote_name(str(model._meta.pk.column))
    moments: Moments = {}
    values = [
        (*_values(fields, {field.attname: getattr(row, field.attname) for field in fields}, moments), row.pk)  # type: ignore[arg-type, union-attr]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {settings} WHERE {pk} = %s", values)  # noqa: S608


def create(rows: Sequence[Any], signed: Signature) -> dict[int, str]:
    """Keep new rows with their derived columns and their history; return primary key → version."""
    if not rows:
        return {}
    for row in rows:
        row.derive()
    manager = type(rows[0]).objects
    manager.bulk_create(rows, batch_size=BATCH)
    marks = {row.pk: str(row.version) for row in rows}
    record_history(manager.filter(pk__in=marks), "+", signed)
    return marks


def change(model: Any, changes: Mapping[int, Mapping[str, Any]], signed: Signature) -> Changed:
    """Bring rows (primary key → values) to their next version, locked; return what each was, and its version now.

    Rows that only refer to them can be written meanwhile: people pass the gate during an import.
    """
    rows = list(model.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=changes).order_by("pk"))
    names = {"version", "updated_at", *model.derived}
    changed = {}
    for row in rows:
        wanted = changes[row.pk]
        before = {name: plain(getattr(row, name)) for name in wanted}
        for name, value in wanted.items():
            setattr(row, name, model._meta.get_field(name).to_python(value))
        row.version, row.updated_at = row.version + 1, signed.at
        row.derive()
        changed[row.pk] = (before, str(row.version))
        names |= wanted.keys()
    if rows:
        update(model, rows, sorted(names))
        record_history(model.objects.filter(pk__in=changed), "~", signed)
    return changed


def delete(rows: QuerySet[Any], signed: Signature) -> None:
    """Delete rows that nothing depends on, and their links, in a few queries; what only mentions them stays."""
    record_history(rows, "-", signed)
    model = rows.model
    keys = list(rows.values_list("pk", flat=True))
    for field in model._meta.many_to_many:
        field.remote_field.through.objects.filter(**{f"{field.m2m_field_name()}__in": keys}).delete()
    for relation in model._meta.related_objects:
        if relation.on_delete is SET_NULL:
            name = relation.field.name
            relation.related_model._base_manager.filter(**{f"{name}__in": keys}).update(**{name: None})
    queryset = model._base_manager.filter(pk__in=keys)
    queryset._raw_delete(queryset.db)


def plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_string(value)
    return str(value) if isinstance(value, Decimal) else getattr(value, "code", value)


def plain_of(row: Model, names: Iterable[str]) -> dict[str, Any]:
    return {name: plain(getattr(row, name)) for name in names}


def read_plain(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: model._meta.get_field(name) for name in values}
    return {name: fields[name].to_python(value) for name, value in values.items()}


def record_history(rows: QuerySet[Any], kind: str, signed: Signature) -> None:
    """Copy rows as they are now into their history, in one statement. `kind` is "+", "~" or "-"."""
    history = rows.model.history.model
    kept = [field.attname for field in history.tracked_fields]
    said = {
        "said_date": Value(signed.at, output_field=DateTimeField()),
        "said_reason": Value(signed.reason, output_field=TextField()),
        "said_kind": Value(kind, output_field=TextField()),
        "said_user": Value(signed.by.pk if signed.by else None, output_field=IntegerField()),
    }
    columns = [
        _column(history, name)
        for name in (*kept, "history_date", "history_change_reason", "history_type", "history_user_id")
    ]
    query = rows.order_by().annotate(**said).values_list(*(F(name) for name in kept), *said).query
    sql, params = query.sql_with_params()
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {connection.ops.quote_name(history._meta.db_table)} ({names}) {sql}", params)


def measure(model: type[Model], fresh: int) -> None:
    """Have PostgreSQL analyse a table that `fresh` rows of this transaction have more than doubled.

    Its planner would go by the old size. Analysing a large table takes a second, so others are left alone.
    """
    if connection.vendor == "postgresql":
        table = model._meta.db_table
        with connection.cursor() as cursor:
            if fresh > estimated_rows(cursor, table):
                cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


def _column(model: type[Model], attname: str) -> str:
    return next(str(field.column) for field in model._meta.concrete_fields if field.attname == attname)


def _values(fields: Sequence[Field], row: Mapping[str, Any], moments: Moments) -> list[Any]:
    """Values as the driver takes them: SQLite keeps moments as text, both databases a country by its code."""
    return [
        value if isinstance(value := row[field.attname], PLAIN) else _prepared(field, value, moments)
        for field in fields
    ]


def _prepared(field: Field, value: Any, moments: Moments) -> Any:
    """A value for the driver; a moment that many rows share is prepared once."""
    if not isinstance(field, DateTimeField):
        return field.get_db_prep_save(value, connection)
    # Two moments of the hour that comes twice are equal to Python.
    key = value, value.fold
    if key not in moments:
        moments[key] = field.get_db_prep_save(value, connection)
    return moments[key]
