"""Copying a whole database into an empty one, of another kind perhaps, and comparing every row."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connections, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from fixaloop.files.stored import file_fields
from fixaloop.installation.made import tables
from fixaloop.records.bulk import batches
from fixaloop.records.refusal import Refused

SOURCE, TARGET = "default", "target"
CHUNK = 500


def move() -> Iterator[str]:
    """Copy all rows in one transaction, compare them, and tell each table that has some. Raises `Refused`."""
    _refuse_what_is_there()
    with transaction.atomic(using=SOURCE), transaction.atomic(using=TARGET):
        _empty()
        for model in every_table():
            count = sum(map(len, _copied(model)))
            if count:
                yield f"{model._meta.verbose_name_plural} : {count}"
        connections[TARGET].check_constraints()
        _reset_sequences()
        for model in every_table():
            _compare(model)


def every_table() -> list[type[Model]]:
    found = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    return list(found.values())


def missing_files() -> list[str]:
    """Names of files that rows speak of and that are not where they should be; files stay where they are."""
    return [
        name
        for field in file_fields()
        for name in field.model._base_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True)
        if not field.storage.exists(name)
    ]


def _refuse_what_is_there() -> None:
    """Tables that migrations fill do not count."""
    full = [str(model._meta.verbose_name_plural) for model in tables() if _rows(model, TARGET).exists()]
    if full:
        message = _("La base d’arrivée n’est pas vide (%(tables)s) : donnez-en une neuve.")
        raise Refused([message % {"tables": ", ".join(full[:5])}])


def _empty() -> None:
    with connections[TARGET].cursor() as cursor:
        for model in every_table():
            if _rows(model, TARGET).exists():
                cursor.execute(f"DELETE FROM {_quoted(model._meta.db_table)}")  # noqa: S608 - names of our tables


def _copied(model: type[Model]) -> Iterator[list[Any]]:
    target, fields = connections[TARGET], _columns(model)
    names = ", ".join(_quoted(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    insert = f"INSERT INTO {_quoted(model._meta.db_table)} ({names}) VALUES ({places})"  # noqa: S608
    for rows in _chunks(model):
        ready = [
            [field.get_db_prep_save(value, target) for field, value in zip(fields, row, strict=True)] for row in rows
        ]
        with target.cursor() as cursor:
            cursor.executemany(insert, ready)
        yield rows


def _compare(model: type[Model]) -> None:
    """Raise `Refused` unless every row is there, alike in every column, and no other."""
    key = [field.primary_key for field in _columns(model)].index(True)
    names = [field.attname for field in _columns(model)]
    for rows in _chunks(model):
        found = _rows(model, TARGET).filter(pk__in=[row[key] for row in rows]).values_list(*names)
        if {row[key]: row for row in found} != {row[key]: row for row in rows}:
            _tell_difference(model)
    if _rows(model, SOURCE).count() != _rows(model, TARGET).count():
        _tell_difference(model)


def _tell_difference(model: type[Model]) -> None:
    message = _("Des lignes diffèrent après la copie (%(table)s) : rien n’est gardé.")
    raise Refused([message % {"table": model._meta.verbose_name_plural}])


def _chunks(model: type[Model]) -> Iterator[list[Any]]:
    rows = _rows(model, SOURCE).order_by("pk").values_list(*(field.attname for field in _columns(model)))
    return batches(rows.iterator(CHUNK), CHUNK)


def _reset_sequences() -> None:
    with connections[TARGET].cursor() as cursor:
        for statement in connections[TARGET].ops.sequence_reset_sql(no_style(), every_table()):
            cursor.execute(statement)


def _rows(model: type[Model], alias: str) -> QuerySet[Any]:
    return model._base_manager.using(alias)


def _columns(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.generated]


def _quoted(name: str) -> str:
    return connections[TARGET].ops.quote_name(name)
