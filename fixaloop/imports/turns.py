"""Whose turn it is to write: one import of a kind after the other, so that none decides by what was before another."""

from typing import Any

from django.db import connection
from django.db.models import Count, Max

from fixaloop.models import ImportBatch

# What tells these turns from other advisory locks of the database.
TURNS = 1_106


def take_turn(kind: str) -> None:
    """Wait for the import of this kind that is being written; the turn ends with the transaction.

    Nobody else takes it: neither gates nor pages wait. SQLite has one writer at a time.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [TURNS, kind])


def written_so_far(kind: str) -> dict[str, Any]:
    """What differs once an import of this kind is written, or undone: the last one, and how many are undone."""
    return ImportBatch.objects.filter(kind=kind).aggregate(last=Max("pk"), undone=Count("undone_at"))
