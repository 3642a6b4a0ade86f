"""One upgrade of a database at a time, whichever machine begins it; and whether others may go on meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations import Migration, operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

# Tables, indexes and values that the program of before does not look at.
APART = (operations.CreateModel, operations.AddIndex, operations.AlterModelOptions, operations.RunPython)
# Tells the turn of upgrades from other advisory locks of the database.
TURN = 20_260_712


@contextmanager
def alone(wait: Callable[[], object]) -> Iterator[None]:
    """Hold the turn, and call `wait` if another machine has it. SQLite is one machine’s, which locks its folder.

    The turn ends with a transaction of a connection of its own: behind PgBouncer nothing else ends with it.
    """
    if connection.vendor != "postgresql":
        yield
        return
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        own.set_autocommit(False)
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
            if not cursor.fetchone()[0]:
                wait()
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
        yield
    finally:
        own.close()


def pending() -> list[Migration]:
    executor = MigrationExecutor(connection)
    return [migration for migration, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def noticed() -> list[str]:
    """What waits to be done to the tables by which the program of before, still at work, might fail."""
    return [
        f"{migration.app_label}.{migration.name}: {operation.describe()}"
        for migration in pending()
        for operation in migration.operations
        if not is_unnoticed(operation)
    ]


def is_unnoticed(operation: Operation) -> bool:
    """Whether the program of before goes on after it: it writes rows without a column that it does not know."""
    if isinstance(operation, operations.AddField):
        field = operation.field
        return bool(field.null or field.many_to_many or field.db_default is not NOT_PROVIDED)
    return isinstance(operation, APART)
