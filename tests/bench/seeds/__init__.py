"""Fills an empty PostgreSQL with a firm of some size: its clients, its interventions, its gate.

Drawn by hashes of keys, so the same rows come for the same size and instant; written by sets, indexed afterwards.
"""

import time
from datetime import UTC, datetime

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection

from fixaloop.groups import DIRECTION, TECHNICIAN
from tests.bench.keys import PASSWORD, USERNAME
from tests.bench.seeds import clients, gate, interventions, kept, passages, payments
from tests.bench.seeds.check import check
from tests.bench.seeds.loading import Size, drawing, without_foreign_keys, without_indexes

TECHNICIANS = 12


def seed(count: int) -> None:
    """Migrate and fill the empty database of `DATABASE_URL`."""
    started = time.monotonic()
    call_command("migrate", verbosity=0)
    fill(count, datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        cursor.execute("VACUUM (ANALYZE, FREEZE)")
        cursor.execute("CHECKPOINT")
    check()
    print(f"seeded in {time.monotonic() - started:.0f} s", flush=True)


def reuse() -> None:
    """Bring a database filled earlier up to date: new migrations, and a look at whether its rows are still right."""
    call_command("migrate", verbosity=0)
    check()


def fill(count: int, at: datetime) -> None:
    """Write all of it, as it stands at an instant."""
    started = time.monotonic()
    me, team = _people()
    with connection.cursor() as cursor:
        size = Size(count, at)
        drawing(cursor)
        with without_foreign_keys(cursor), without_indexes(cursor, clients.TABLES):
            clients.load(cursor, size)
            _tell(f"{count} clients", started)
            with without_indexes(cursor, interventions.TABLES):
                interventions.load(cursor, size, me, team)
            _tell(f"{size.interventions} interventions", started)
            with without_indexes(cursor, gate.TABLES):
                gate.load(cursor, size)
                with without_indexes(cursor, passages.TABLES):
                    passages.load(cursor, size)
            _tell(f"{size.vehicles} vehicles and cards, {size.entries} entries, {size.events} events", started)
            with without_indexes(cursor, payments.TABLES):
                payments.load(cursor, size)
            kept.write(cursor, at)
        clients.add_history(cursor)
    _tell("what clients keep of it", started)


def _people() -> tuple[int, list[int]]:
    """Who measures, and the technicians."""
    me = User.objects.create_user(USERNAME, password=PASSWORD, first_name="Camille", last_name="Banc", is_staff=True)
    me.groups.add(Group.objects.get(name=DIRECTION))
    group = Group.objects.get(name=TECHNICIAN)
    team = [
        User.objects.create_user(f"technicien{number}", first_name="Dominique", last_name=f"Atelier {number:02}")
        for number in range(1, TECHNICIANS + 1)
    ]
    group.user_set.add(*team)
    return me.pk, [person.pk for person in team]


def _tell(what: str, started: float) -> None:
    print(f"{time.monotonic() - started:6.0f} s: {what}", flush=True)
