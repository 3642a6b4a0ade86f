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
pytestmark = pytest.mark.any_database


@pytest.mark.django_db
def test_it_lacks_none() -> None:
    output = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=output)
    assert "No changes detected" in output.getvalue()


def test_each_says_what_it_does() -> None:
    assert [key for key, _migration in OURS if "_auto_" in key[1]] == []


def test_each_can_be_undone() -> None:
    for key, migration in OURS:
        for operation in getattr(migration, "operations", ()):
            if isinstance(operation, RunPython | RunSQL):
                assert operation.reversible, key


@pytest.mark.django_db
def test_each_app_ends_in_one_migration() -> None:
    graph = MigrationLoader(connection).graph
    assert [app for app in APPS if len(graph.leaf_nodes(app)) > 1] == []
