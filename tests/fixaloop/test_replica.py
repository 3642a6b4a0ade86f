"""Lists, reports and exports come from a replica that is near enough; what one has written one sees."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from clients.models import Client
from fixaloop.databases import replica as module
from fixaloop.databases.replica import REPLICA
from fixaloop.exports.jobs import run_export
from fixaloop.jobs import Beat
from fixaloop.models import ExportJob
from tests.factories import make_client, person
from tests.pages import read, said
from tests.replica import Replica, obstacle, replica_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, databases=["default", REPLICA])]
LIST = "/clients/?sort=reference"


@pytest.fixture(scope="module", autouse=True)
def declared(django_db_setup: None) -> Iterator[None]:
    """The alias, which tests with a database ask for before the replica is there."""
    connections.databases[REPLICA] = connection.settings_dict | {"TEST": {"MIRROR": "default"}}
    yield
    del connections.databases[REPLICA]


@pytest.fixture(scope="module")
def running(declared: None) -> Iterator[Replica]:
    config = connection.settings_dict
    primary = {"host": config["HOST"], "user": config["USER"], "dbname": config["NAME"]}
    if reason := obstacle(primary):
        pytest.skip(reason)
    with replica_of(primary) as replica:
        yield replica


@pytest.fixture
def replica(
    running: Replica, transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> Iterator[Replica]:
    """It may be an hour behind; pages look at it anew each time, and wait for that."""
    settings.DATABASE_ROUTERS = ["fixaloop.databases.replica.Router"]
    settings.REPLICA_MAX_LAG_SECONDS = 3_600
    settings.MEDIA_ROOT = str(tmp_path)
    for name, value in (("FRESH", 0.0), ("PATIENCE", 30.0), ("LEFT_ALONE", 0.0), ("WAITED_FOR", 30.0)):
        monkeypatch.setattr(module, name, value)
    connections[REPLICA].settings_dict.update(HOST=running.host)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = local")
    running.follow()
    # Others write meanwhile: at its first look it has never yet been as far as they are.
    assert module.watch.catches_up()
    yield running
    connection.close()
    connections[REPLICA].close()


def served_by_replica(browser: Browser, url: str) -> bool:
    with CaptureQueriesContext(connections[REPLICA]) as asked:
        response = browser.get(url)
        assert response.status_code == 200
        response.close()
    return bool(asked)


def shown(browser: Browser, url: str = LIST) -> str:
    return said(browser.get(url))


def rows(file: bytes) -> int:
    return len([*load_workbook(io.BytesIO(file)).worksheets[0].values]) - 1


def test_it_serves_what_one_has_not_just_written(
    replica: Replica,
    desk: Browser,
    sign_in: Callable[..., Browser],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_client(last_name="Ancien")
    replica.follow()
    other = sign_in(group="Direction")
    assert all(served_by_replica(desk, url) for url in (LIST, "/reports/", "/clients/export/"))

    replica.hold()
    late = make_client(last_name="Tardif")
    assert "Tardif" not in shown(desk)
    assert rows(read(desk.get("/clients/export/"))) == 1
    # Read where it is written: the page of a client, and all that the replica knows nothing of yet.
    assert "Tardif" in shown(desk, f"/clients/{late.reference}/")
    assert desk.get(f"/clients/{late.reference}/interventions/").status_code == 200

    desk.post("/clients/new/", person(last_name="Zweig", email="zweig@example.org"))
    assert Client.objects.count() == 3
    assert all(name in shown(desk) for name in ("Ancien", "Tardif", "Zweig"))
    assert "Zweig" not in shown(other)

    settings.EXPORT_BACKGROUND_ROWS = 1
    desk.get("/clients/export/")
    job = ExportJob.objects.get()
    with monkeypatch.context() as patched:
        patched.setattr(module, "WAITED_FOR", 0.0)
        run_export.call(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 3)

    replica.follow()
    assert served_by_replica(desk, LIST)
    assert "Zweig" in shown(other)
    desk.get("/clients/export/")
    make_client(last_name="Dernier")
    with CaptureQueriesContext(connections[REPLICA]) as asked:
        run_export.call(ExportJob.objects.latest("pk").pk)
    assert asked
    assert ExportJob.objects.latest("pk").done == 4


def test_the_primary_serves_without_it(
    replica: Replica, desk: Browser, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert served_by_replica(desk, LIST)
    assert Browser().get("/readyz").json()["replica"] == "ok"
    replica.hold()
    make_client(last_name="Tardif")
    assert "Tardif" not in shown(desk)
    settings.REPLICA_MAX_LAG_SECONDS = 0
    assert "Tardif" in shown(desk)
    assert Browser().get("/readyz").json()["replica"] == "behind"

    settings.REPLICA_MAX_LAG_SECONDS = 3_600
    replica.follow()
    assert served_by_replica(desk, LIST)
    # It stops between two pages, and in the middle of an export.
    monkeypatch.setattr(module, "FRESH", 3_600.0)
    replica.stop()
    assert "Tardif" in shown(desk)
    monkeypatch.setattr(module, "FRESH", 0.0)
    assert "Tardif" in shown(desk)
    assert Browser().get("/readyz").json()["replica"] == "away"
    replica.start()
    assert served_by_replica(desk, LIST)
    settings.EXPORT_BACKGROUND_ROWS = 0
    desk.get("/clients/export/")
    with monkeypatch.context() as patched:
        patched.setattr(Beat, "tell", lambda beat, done: replica.stop() if replica.runs else None)
        run_export.call(ExportJob.objects.get().pk)
    assert not replica.runs
    assert ExportJob.objects.get().done == 1
    replica.start()
