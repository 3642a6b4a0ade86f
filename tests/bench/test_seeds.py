"""The rows that benchmarks are measured on are what the application would have written."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from access.declared import nightly as access_nightly
from clients.models import Client
from interventions.declared import nightly as interventions_nightly
from tests.bench.seeds import fill
from tests.bench.seeds.check import check

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CLIENTS = 400


@pytest.fixture
def at() -> datetime:
    """A firm of some size, as it stands at this instant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            pytest.skip("seeding takes a superuser")
    at = datetime.now(UTC)
    fill(CLIENTS, at)
    return at


def test_nothing_is_left_for_the_night(at: datetime) -> None:
    check()
    lines = [*interventions_nightly.run(at), *access_nightly.run(at)]
    # What is about to end is told, and needs no repair.
    repairs = [line for line in lines if "bientôt" not in line]
    assert [line for line in repairs if not line.endswith(": 0")] == []


def test_some_of_everything(at: datetime) -> None:
    assert Client.objects.count() == CLIENTS
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM interventions_intervention), (SELECT count(*) FROM access_entry),"
            " (SELECT round(count(*), -2) FROM access_event), (SELECT count(*) FROM access_accesscard),"
            " (SELECT count(*) FROM access_vehicle)"
        )
        assert cursor.fetchone() == (600, 400, 1200, 200, 200)


def test_indexes_are_back(at: datetime) -> None:
    names = {
        index.name
        for model in (Client, *(relation.related_model for relation in Client._meta.related_objects))
        for index in model._meta.indexes
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes")
        assert names <= {name for (name,) in cursor.fetchall()}
