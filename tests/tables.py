"""What is stored, looked at whole."""

from typing import Any

from django.apps import apps
from django.db import connection


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    held = {}
    for model in apps.get_models(include_auto_created=True):
        names = [field.attname for field in model._meta.concrete_fields]
        held[model._meta.db_table] = list(model._base_manager.order_by("pk").values_list(*names))
    return held


def left_of(marks: tuple[str, ...]) -> list[str]:
    """The tables and columns of the database that hold one of these texts, whatever the case."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        table, columns = model._meta.db_table, [field.column for field in model._meta.concrete_fields]
        with connection.cursor() as cursor:
            names = ", ".join(map(connection.ops.quote_name, columns))
            cursor.execute(f"SELECT {names} FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                held = zip(columns, row, strict=True)
                found += [f"{table}.{name}" for name, value in held if any(m in str(value).lower() for m in marks)]
    return sorted(set(found))
