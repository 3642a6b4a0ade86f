"""Whose turn it is at the gate: passages of a client are decided one after the other."""

from collections.abc import Collection

from django.db import DatabaseError, connection

# What tells these turns from other advisory locks of the database; and the most that a turn’s number may be.
TURNS, MOST = 1_105, 2**31
_QUERY = "SELECT pg_advisory_xact_lock(%s, (id %% %s)::int) FROM clients_client WHERE id = %s FOR KEY SHARE"


def take_turn(clients: Collection[int]) -> None:
    """Take the turn of these clients until the transaction ends: other passages of theirs wait, and who deletes, merges
    or forgets them; but not who changes their rows, such as an import of thousands.

    Raises `DatabaseError` where one of them is gone meanwhile: whoever asks begins again. SQLite has one writer
    at a time.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for key in sorted(clients):
            cursor.execute(_QUERY, [TURNS, MOST, key])
            if cursor.fetchone() is None:
                raise DatabaseError(f"client {key} is gone")
