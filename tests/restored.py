"""What migrations wrote, brought back around tests with real transactions: by Django once, then table by table."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.apps import apps
from django.db import connection, transaction
from django.db.backends.base.creation import BaseDatabaseCreation

from tests.tables import everything

Table = tuple[str, list[str], list[tuple[Any, ...]]]


@contextmanager
def restoring() -> Iterator[None]:
    """Django saves hundreds of objects one by one: their rows are kept, and inserted the next time."""
    restore: Callable[[Any, str], None] = BaseDatabaseCreation.deserialize_db_from_string
    kept: dict[str, list[Table]] = {}

    def restore_quickly(creation: BaseDatabaseCreation, data: str) -> None:
        if data not in kept:
            restore(creation, data)
            kept[data] = _filled()
        elif _is_empty(kept[data][0][0]):
            _insert(kept[data])

    with mock.patch.object(BaseDatabaseCreation, "deserialize_db_from_string", restore_quickly):
        yield


def bring_back() -> None:
    """Bring back what the last test with real transactions took away, for one that relies on it."""
    connection.creation.deserialize_db_from_string(connection._test_serialized_contents)


def _filled() -> list[Table]:
    held = everything()
    options = (model._meta for model in apps.get_models(include_auto_created=True))
    tables = (
        (each.db_table, [field.column for field in each.concrete_fields], held[each.db_table]) for each in options
    )
    return [table for table in tables if table[2]]


def _is_empty(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")
        return cursor.fetchone() is None


def _insert(tables: list[Table]) -> None:
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table, columns, rows in tables:
            names, values = ", ".join(map(quote, columns)), ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({values})", rows)
