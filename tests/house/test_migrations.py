"""Migrations: none missing, each named after what it does, each with a way back."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL

APPS = ("fixaloop", "clients", "interventions", "access")
# Sorted: every worker of a parallel run must collect the same tests in the same order.
OURS = sorted(
    (
        (key, migration)
        for key, migration in MigrationLoader(None, ignore_no_migrations=True).disk_migrations.items()
        if key[0] in APPS
    ),
    key=lambda item: item[0],
)
every_migration = pytest.mark.parametrize(
    ("key", "migration"), OURS, ids=lambda value: "-".join(value) if isinstance(value, tuple) else ""
)


@pytest.mark.django_db
def test_it_lacks_none() -> None:
    output = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=output)
    assert "No changes detected" in output.getvalue()


@every_migration
def test_it_says_what_it_does(key: tuple[str, str], migration: type) -> None:
    assert "_auto_" not in key[1]


@every_migration
def test_it_can_be_undone(key: tuple[str, str], migration: type) -> None:
    for operation in getattr(migration, "operations", ()):
        if isinstance(operation, RunPython | RunSQL):
            assert operation.reversible


@pytest.mark.django_db
@pytest.mark.parametrize("app", APPS)
def test_it_ends_in_one_migration(app: str) -> None:
    assert len(MigrationLoader(connection).graph.leaf_nodes(app)) <= 1
