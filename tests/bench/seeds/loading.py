"""How much of everything there is, and how it is written fast."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings


@dataclass(frozen=True)
class Size:
    """How many rows there are of each kind for so many clients."""

    clients: int
    at: datetime

    @property
    def interventions(self) -> int:
        return self.clients * 3 // 2

    @property
    def vehicles(self) -> int:
        return self.clients // 2

    @property
    def cards(self) -> int:
        return self.clients // 2

    @property
    def entries(self) -> int:
        return self.clients

    @property
    def events(self) -> int:
        return self.clients * 3

    @property
    def parameters(self) -> dict[str, Any]:
        """What statements name."""
        return {
            "at": self.at,
            "zone": settings.TIME_ZONE,
            "clients": self.clients,
            "interventions": self.interventions,
            "vehicles": self.vehicles,
            "cards": self.cards,
            "entries": self.entries,
        }


FUNCTIONS = {
    "chance(key bigint, salt int) RETURNS float8": (
        "(hashint8extended($1, $2) & 4503599627370495)::float8 / 4503599627370496"
    ),
    "draw(list anyarray, key bigint, salt int) RETURNS anyelement": (
        "$1[1 + floor(pg_temp.chance($2, $3) * cardinality($1))::int]"
    ),
    "euros(amount float8) RETURNS numeric": "round($1::numeric, 2)",
    "padded(number bigint) RETURNS text": "lpad($1::text, greatest(3, length($1::text)), ''0'')",
}


def drawing(cursor: Any) -> None:
    """Make `pg_temp.chance(key, salt)`, a number from 0 to 1 that is always the same, and `pg_temp.draw` of a list."""
    for signature, body in FUNCTIONS.items():
        cursor.execute(f"CREATE OR REPLACE FUNCTION pg_temp.{signature} IMMUTABLE LANGUAGE sql AS 'SELECT {body}'")
    cursor.execute("SET maintenance_work_mem = '512MB'")
    cursor.execute("SET work_mem = '256MB'")


@contextlib.contextmanager
def without_foreign_keys(cursor: Any) -> Iterator[None]:
    """References are right by construction: nobody looks them up meanwhile."""
    cursor.execute("SET session_replication_role = replica")
    yield
    cursor.execute("SET session_replication_role = origin")


@contextlib.contextmanager
def without_indexes(cursor: Any, tables: Sequence[str]) -> Iterator[None]:
    """Drops the indexes that no constraint needs, and makes them again: faster than keeping them in step."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND schemaname = current_schema()"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)",
        [list(tables)],
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for _name, definition in indexes:
        # Those of a divided table are to be made on its parts too.
        cursor.execute(definition.replace(" ON ONLY ", " ON ", 1))
    for table in tables:
        cursor.execute(f"ANALYZE {table}")


def number_on(cursor: Any, *tables: str) -> None:
    """Let new rows follow those written with their keys."""
    for table in tables:
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


def record_creation(cursor: Any, model: Any, every: int, *, days: int = 0, kind: str = "+", **changed: str) -> None:
    """A record in the history of one row out of so many, some columns replaced by expressions."""
    record = model.history.model
    columns = sorted({field.attname for field in record.tracked_fields})
    values = ", ".join(changed.get(name, f'"{name}"') for name in columns)
    quoted = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(
        f"INSERT INTO {record._meta.db_table} ({quoted}, history_date, history_type)"
        f" SELECT {values}, created_at + %s * interval '1 day', %s FROM {model._meta.db_table} WHERE mod(id, %s) = 0",
        [days, kind, every],
    )
