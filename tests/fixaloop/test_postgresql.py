"""Instants come back from PostgreSQL as they went in."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from fixaloop.databases.postgresql.base import UtcLoader
from fixaloop.speed import is_on


@pytest.mark.postgres
@pytest.mark.skipif(not is_on("timestamps"), reason="SPEED_OFF")
@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 27, 9, 17, tzinfo=UTC),
        datetime(2026, 11, 27, 9, 17, 0, 250_000, tzinfo=UTC),
        datetime(2026, 11, 27, 9, 17, 0, 1, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_an_instant_is_read_as_it_was_written(moment: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz, NULL::timestamptz", [moment])
        assert cursor.fetchone() == (moment, None)
        assert cursor.adapters.get_loader(connection.connection.adapters.types["timestamptz"].oid, 0) is UtcLoader
