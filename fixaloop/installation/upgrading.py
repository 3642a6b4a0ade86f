"""One upgrade of a database at a time, whichever machine begins it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connection, connections

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
