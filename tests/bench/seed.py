"""Fills an empty database with clients by COPY, and keeps the result for the next run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection

from clients.models import DERIVED, Client
from fixaloop.groups import DIRECTION
from fixaloop.models import Counter
from tests.bench.people import People
from tests.bench.storage import PASSWORD, USERNAME


def seed(count: int) -> None:
    """Migrate and fill the empty database of `DATABASE_URL`."""
    started = time.monotonic()
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor, without_indexes(cursor, Client._meta.db_table):
        load(cursor, count)
        print(f"{count} clients written in {time.monotonic() - started:.0f} s", flush=True)
    add_history()
    Counter.objects.update_or_create(pk="client", defaults={"value": count})
    user = User.objects.create_user(USERNAME, password=PASSWORD, first_name="Camille", last_name="Banc", is_staff=True)
    user.groups.add(Group.objects.get(name=DIRECTION))
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        cursor.execute("VACUUM (ANALYZE, FREEZE)")
        cursor.execute("CHECKPOINT")
    check_derived()
    print(f"seeded in {time.monotonic() - started:.0f} s", flush=True)


@contextlib.contextmanager
def without_indexes(cursor: Any, table: str) -> Iterator[None]:
    """Drops the indexes of a table that no constraint needs, and makes them again: faster than keeping them in step."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND NOT EXISTS"
        " (SELECT 1 FROM pg_constraint WHERE conname = indexname)",
        [table],
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for _name, definition in indexes:
        cursor.execute(definition)


def load(cursor: Any, count: int) -> None:
    """Write the clients, derived columns made by the model itself."""
    people, client = People(), Client()
    fields = [field.attname for field in Client._meta.concrete_fields]
    cursor.execute("SET session_replication_role = replica")  # references are right by construction
    with cursor.copy(f"COPY {Client._meta.db_table} ({', '.join(fields)}) FROM STDIN") as copy:
        for number in range(1, count + 1):
            for name, value in people.client(number).items():
                setattr(client, name, value)
            client.derive()
            copy.write_row([_plain(getattr(client, name)) for name in fields])
    cursor.execute("SET session_replication_role = origin")
    cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [Client._meta.db_table, count])


def _plain(value: Any) -> Any:
    return value.code if hasattr(value, "code") else value


def add_history() -> None:
    """A creation for a third of the clients and a change of status for some of them."""
    record = Client.history.model
    shared = {field.attname for field in record.tracked_fields}
    columns = ", ".join(f'"{name}"' for name in sorted(shared))
    clients = Client._meta.db_table
    insert = (
        f"INSERT INTO {record._meta.db_table} ({columns}, history_date, history_type, history_change_reason)"
        f" SELECT {{select}}, created_at + %s * interval '1 day', %s, NULL FROM {clients} WHERE id %% %s = 0"
    )
    with connection.cursor() as cursor:
        cursor.execute(insert.format(select=columns), [0, "+", 3])
        changed = columns.replace('"status_reason"', "'relance'")
        cursor.execute(insert.format(select=changed), [30, "~", 12])


def check_derived() -> None:
    """Raises AssertionError where a derived column is not what the model makes of the row."""
    for client in Client.objects.filter(pk__in=range(1, 2_000_000, 1999)):
        stored = [getattr(client, name) for name in DERIVED]
        client.derive()
        assert stored == [getattr(client, name) for name in DERIVED], client
