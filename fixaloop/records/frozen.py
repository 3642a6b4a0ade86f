"""Tables whose rows the database itself refuses to change or delete, whoever asks; of some, until they are old.

A migration that rebuilds such a table on SQLite loses its triggers: it freezes the table again, as its last step.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.migrations import RunPython

REFUSAL = "Fixaloop: rows of {table} are never changed or deleted"
# Table → the moment of its rows, and the days during which they cannot be deleted.
LASTING = {"fixaloop_auditentry": ("at", 365)}
POSTGRESQL = (
    """
    CREATE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    "CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_frozen()",
    "CREATE TRIGGER {table}_held BEFORE DELETE ON {table} FOR EACH ROW {young} EXECUTE FUNCTION {table}_frozen()",
    "CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_frozen()",
)
POSTGRESQL_BACK = (
    "DROP TRIGGER {table}_kept ON {table}",
    "DROP TRIGGER IF EXISTS {table}_held ON {table}",
    "DROP TRIGGER {table}_whole ON {table}",
    "DROP FUNCTION {table}_frozen()",
)
SQLITE = (
    "CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{refusal}'); END",
    "CREATE TRIGGER {table}_whole BEFORE DELETE ON {table} {young} BEGIN SELECT RAISE(ABORT, '{refusal}'); END",
    # INSERT OR REPLACE deletes without the trigger above.
    """
    CREATE TRIGGER {table}_once BEFORE INSERT ON {table} WHEN NEW.id IN (SELECT id FROM {table})
    BEGIN SELECT RAISE(ABORT, '{refusal}'); END
    """,
)
SQLITE_BACK = ("DROP TRIGGER {table}_kept", "DROP TRIGGER {table}_whole", "DROP TRIGGER {table}_once")


def freeze(connection: Any, table: str) -> None:
    _run(connection, table, POSTGRESQL if connection.vendor == "postgresql" else SQLITE)


def thaw(connection: Any, table: str) -> None:
    _run(connection, table, POSTGRESQL_BACK if connection.vendor == "postgresql" else SQLITE_BACK)


def _run(connection: Any, table: str, statements: tuple[str, ...]) -> None:
    words = {"table": table, "refusal": REFUSAL.format(table=table), "young": _young(connection, table)}
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(**words))


def _young(connection: Any, table: str) -> str:
    """The condition of a row that is too young to be deleted; nothing where all are."""
    if table not in LASTING:
        return ""
    column, days = LASTING[table]
    if connection.vendor == "postgresql":
        return f"WHEN (OLD.{column} > now() - interval '{days} days')"
    return f"WHEN OLD.{column} > datetime('now', '-{days} days')"


@contextmanager
def thawed(connection: Any, tables: list[str]) -> Iterator[None]:
    """Let go of frozen tables for a moment, all or nothing; for tests, which empty their database."""
    with transaction.atomic(using=connection.alias):
        for table in tables:
            thaw(connection, table)
        yield
        for table in tables:
            freeze(connection, table)


def frozen_tables(connection: Any) -> list[str]:
    query = (
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%%\\_kept'"
        if connection.vendor == "postgresql"
        else "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%%\\_kept' ESCAPE '\\'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return sorted(table for (table,) in cursor.fetchall())


def freezing(*tables: str) -> RunPython:
    def over(change: Callable[[Any, str], None]) -> Callable[[Any, Any], None]:
        def step(apps: Any, schema_editor: Any) -> None:
            for table in tables:
                change(schema_editor.connection, table)

        return step

    return RunPython(over(freeze), over(thaw), elidable=False)
