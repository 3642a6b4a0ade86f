"""Behind PgBouncer in transaction mode: each transaction may be carried out by another connection of the server."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client as Browser
from django.utils import timezone
from openpyxl import load_workbook

from access.models import Entry
from clients.models import Client
from clients.spelling import near_queries
from fixaloop.databases.planner import OPTIONS, WANTED, is_pooled, lacking
from fixaloop.declared import startup
from fixaloop.failures import POOLED, explain
from fixaloop.management.commands.db_worker import PatientWorker
from fixaloop.models import ExportJob
from fixaloop.records.deadlines import Deadline, Patience, bounded
from tests.access.factories import make_active_client, make_card, make_device, make_zone
from tests.factories import make_client
from tests.pages import read, said
from tests.pgbouncer import MISSING, PORT, PROGRAM, pooled

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(PROGRAM is None, reason=MISSING),
    pytest.mark.django_db(transaction=True),
]
SERVER = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
# What no session may leave to the next one.
LEFT = ("statement_timeout", "lock_timeout", "enable_seqscan", "enable_sort", "transaction_isolation", "TimeZone")


@pytest.fixture
def direct(transactional_db: None) -> Iterator[dict[str, Any]]:
    """How the server itself is reached; the test's connection leads there again in the end."""
    config = connection.settings_dict
    usual = config | {"OPTIONS": dict(config["OPTIONS"])}
    yield usual
    connection.close()
    config.update(usual)


@contextmanager
def through_pool(direct: dict[str, Any], size: int, wait: int = 10) -> Iterator[str]:
    """The test's connection goes through a PgBouncer that lends so many of its own, each in its turn."""
    server = " ".join(f"{name}={direct[ours]}" for ours, name in SERVER.items() if direct[ours])
    connection.close()
    with pooled(server, size, wait) as folder:
        connection.settings_dict.update(HOST=folder, PORT=PORT)
        others = [connection.copy() for _each in range(size)]
        for other in others:
            other.set_autocommit(False)
            _process(other)
        for other in others:
            other.rollback()
            other.close()
        yield folder
        connection.close()


@pytest.fixture
def pool(direct: dict[str, Any]) -> Iterator[str]:
    with through_pool(direct, 3) as folder:
        yield folder


@pytest.fixture
def lone(direct: dict[str, Any]) -> Iterator[None]:
    """A pool of one connection."""
    with through_pool(direct, 1):
        yield


def test_pages_files_readers_and_the_worker_need_no_session(
    pool: str, desk: Browser, tmp_path: Path, settings: Any
) -> None:
    assert is_pooled()
    settings.MEDIA_ROOT = str(tmp_path)
    path = tmp_path / "clients.csv"
    path.write_text("Prénom;Nom;E-mail\n" + "".join(f"Zoé;Girard{n};z{n}@example.org\n" for n in range(8)), "utf-8")
    call_command("import_clients", str(path), stdout=(told := io.StringIO()))
    assert Client.objects.count() == 8, told.getvalue()
    assert "Girard7" in said(desk.get("/clients/?q=girard"))
    assert "Girard7" in said(desk.get("/search/?q=girard7"))

    sheet = load_workbook(io.BytesIO(read(desk.get("/clients/export/"))))
    assert len([*sheet.worksheets[0].values]) == 9
    settings.EXPORT_BACKGROUND_ROWS = 2
    desk.get("/clients/export/")
    assert PatientWorker(timezone.now()).turn(timezone.now())
    job = ExportJob.objects.get()
    assert (job.state, job.done) == ("done", 8)
    archive = read(desk.get(f"/clients/{Client.objects.earliest('pk').reference}/data/"))
    assert archive

    zone = make_zone()
    card, value = make_card(make_active_client(), zones=[zone])
    assert read_at_gate(make_device(zone)[1], value).json()["decision"] == "granted"
    assert Entry.objects.get().card == card


def read_at_gate(token: str, value: str) -> Any:
    body = {"nonce": "1", "type": "qr", "value": value}
    return Browser().post("/api/v1/reads", body, "application/json", headers={"Authorization": f"Bearer {token}"})


def test_a_reader_is_answered_where_no_connection_is_left(direct: dict[str, Any]) -> None:
    zone = make_zone()
    _card, value = make_card(make_active_client(), zones=[zone])
    _device, token = make_device(zone)
    with through_pool(direct, 1, wait=1):
        other = connection.copy()
        other.set_autocommit(False)
        _process(other)
        refused = read_at_gate(token, value)
        assert (refused.status_code, refused.json()["code"]) == (503, "internal_error")
        other.rollback()
        other.close()
        connection.close()
        assert read_at_gate(token, value).json()["decision"] == "granted"


def test_rows_that_are_streamed_outlive_what_is_written_meanwhile_and_keep_no_connection(pool: str) -> None:
    for city in ("Lyon", "Metz", "Nice"):
        make_client(city=city)
    cities = []
    for client in Client.objects.order_by("pk").iterator(1):
        Client.objects.filter(pk__gt=client.pk).update(city="Brest")
        cities.append(client.city)
    assert cities == ["Lyon", "Metz", "Nice"]
    begun = Client.objects.iterator(1)
    next(begun)
    begun.close()
    with psycopg.connect(host=pool, port=PORT, user="fixaloop", dbname="pgbouncer", autocommit=True) as console:
        console.cursor_factory = psycopg.ClientCursor
        pools = console.execute("SHOW POOLS").fetchall()
    # Of this database: one client, none waits, no connection is lent.
    assert [row[2:5] for row in pools if row[0] == connection.settings_dict["NAME"]] == [(1, 0, 0)]


def test_what_one_session_sets_the_next_one_does_not_see(lone: None) -> None:
    """Two of them, one after the other on the same connection of the server."""
    make_client(first_name="Camille", last_name="Martin")
    other = connection.copy()
    before = _settings(other)
    with bounded(Deadline(5), Patience(1, 2)):
        first = _process(connection)
        assert Client.objects.exists()
    assert near_queries("martim", Client.objects.all()) == ["martin"]
    assert _process(other) == first
    assert _settings(other) == before
    with other.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'Asia/Tokyo'")
    at = timezone.now()
    Client.objects.update(created_at=at)
    assert Client.objects.get().created_at == at
    assert _process(connection) == first
    other.close()


def _process(session: Any) -> int:
    with session.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _settings(session: Any) -> list[Any]:
    with session.cursor() as cursor:
        cursor.execute("SELECT current_setting(name) FROM unnest(%s::text[]) AS name", [[*LEFT]])
        return list(cursor.fetchall())


def test_the_planner_is_told_by_the_role(pool: str, caplog: pytest.LogCaptureFixture) -> None:
    assert connection.settings_dict["OPTIONS"]["options"] == OPTIONS
    assert {*lacking()} == {*WANTED}
    startup.run(timezone.now())
    assert "manage.py role_settings" in caplog.text
    call_command("role_settings", stdout=(shown := io.StringIO()))
    assert shown.getvalue().count("ALTER ROLE") == len(WANTED)
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    try:
        call_command("role_settings", apply=True, stdout=(told := io.StringIO()))
        assert "RECONNECT" in told.getvalue()
        connection.close()
        with psycopg.connect(host=pool, port=PORT, user="fixaloop", dbname="pgbouncer", autocommit=True) as console:
            console.execute("RECONNECT")
        caplog.clear()
        startup.run(timezone.now())
        assert caplog.messages == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER ROLE CURRENT_USER IN DATABASE {name} RESET ALL")


def test_a_backup_asks_for_the_server_itself(pool: str, direct: dict[str, Any], tmp_path: Path, settings: Any) -> None:
    with pytest.raises(CommandError, match="DATABASE_DIRECT_URL=postgres://"):
        call_command("backup", str(tmp_path / "saved.tar"))
    settings.DATABASE_DIRECT = direct
    call_command("backup", str(tmp_path / "saved.tar"), stdout=io.StringIO())


def test_options_of_the_address_are_refused_in_a_sentence(pool: str) -> None:
    """They are not ours: a search path may be among them."""
    connection.close()
    connection.settings_dict["OPTIONS"]["options"] = "-c search_path=elsewhere"
    with pytest.raises(OperationalError) as refused:
        connection.ensure_connection()
    assert explain(refused.value) == POOLED
