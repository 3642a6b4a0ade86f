"""`/metrics`: for Prometheus alone, true over several processes, without a name, an address or a secret."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from fixaloop.watch import figures
from fixaloop.watch.places import FOLDER, free_place, make_folder
from fixaloop.worker.life import WORKER, beat
from tests.access.factories import make_card, make_device
from tests.access.test_calendar import read
from tests.factories import make_client

ROOT = Path(__file__).parents[2]
TOKEN = "0123456789abcdef0123"
# As in the web server, which loads the application before it makes the process and gives it a place.
COUNT = """
import os, sys
from django.conf import settings
settings.configure(METRICS_TOKEN="x")
from prometheus_client import generate_latest
from fixaloop.watch.metrics import REQUESTS, REQUEST_SECONDS, PLACE, count, counted, observe
os.environ[PLACE] = sys.argv[1]
for _ in range(3):
    count(REQUESTS, "clients:list", "GET", "2xx")
observe(REQUEST_SECONDS, 0.2, "clients:list")
print(generate_latest(counted()).decode())
"""


@pytest.fixture
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def scraped() -> dict[str, dict[tuple[str, ...], float]]:
    """Each metric, by the values of its labels in the order of their names."""
    text = Browser().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        found[family.name] = {}
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_it_answers_who_has_the_token_where_there_is_one(settings: Any, db: None) -> None:
    assert Browser().get("/metrics").status_code == 404
    settings.METRICS_TOKEN = TOKEN
    for wrong in ("", f"Bearer {TOKEN}0", f"Basic {TOKEN}", "Bearer é"):
        assert Browser().get("/metrics", headers={"Authorization": wrong}).status_code == 401
    assert Browser().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.mark.django_db
def test_it_counts_requests_reads_and_failures_by_name(desk: Browser, token: None) -> None:
    before = scraped()

    def more(metric: str, *labels: str) -> float:
        return after[metric].get(labels, 0) - before.get(metric, {}).get(labels, 0)

    client = make_client(last_name="Perrin")
    for path in ("/clients/?q=Perrin", client.get_absolute_url(), "/clients/", "/nowhere/FXL"):
        desk.get(path)
    desk.generic("PERRIN", "/clients/")
    Browser().post("/accounts/login/", {"username": "perrin", "password": "wrong"})
    _device, gate = make_device()
    read(Browser(), gate, make_card(client=client)[1])
    after = scraped()
    assert more("fixaloop_requests_total", "GET", "2xx", "clients:list") == 2
    assert more("fixaloop_requests_total", "GET", "2xx", "clients:detail") == 1
    assert more("fixaloop_requests_total", "GET", "4xx", "none") == 1
    assert more("fixaloop_requests_total", "other", "4xx", "clients:list") == 1
    assert more("fixaloop_request_seconds_count", "clients:list") == 3
    assert more("fixaloop_sign_in_failures_total", "password", "wrong") == 1
    assert more("fixaloop_gate_reads_total", "refused", "client_inactive") == 1
    assert not re.search("(?i)perrin|CLT-|FXL|nowhere", repr(after))


@pytest.mark.django_db
def test_it_tells_how_the_installation_does(token: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scraped()["fixaloop_worker_silent_seconds"][()] == float("inf")
    beat(f"{WORKER}1", timezone.now())
    found = scraped()
    assert found["fixaloop_workers"][()] == found["fixaloop_database_up"][()] == 1
    assert found["fixaloop_jobs"]["export", "waiting"] == found["fixaloop_tasks_waiting"][()] == 0

    def away(at: object) -> Any:
        raise figures.Error

    monkeypatch.setattr(figures, "_queue", away)
    lost = scraped()
    assert lost["fixaloop_database_up"][()] == 0
    assert lost["fixaloop_disk_free_bytes"][()] > 0


def test_processes_are_summed_and_one_in_the_place_of_a_dead_one_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "metrics" / "2"
    make_folder(tmp_path / "metrics" / "1", kept=())
    make_folder(folder, kept=())
    assert [path.name for path in folder.parent.iterdir()] == ["2"]

    def run(place: int) -> str:
        environ = os.environ | {FOLDER: str(folder), "VAR_DIR": str(tmp_path)}
        command = [sys.executable, "-c", COUNT, str(place)]
        return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True).stdout

    told = [run(place) for place in (0, 1, free_place({1}))]
    listed = 'fixaloop_requests_total{method="GET",status="2xx",view="clients:list"}'
    assert [f"{listed} {count}.0" in text for text, count in zip(told, (3, 6, 9), strict=True)] == [True] * 3
    assert 'fixaloop_request_seconds_bucket{le="0.25",view="clients:list"} 3.0' in told[2]
    assert len(list(folder.iterdir())) == 4


@pytest.mark.django_db
def test_the_alerts_of_the_documentation_are_about_metrics_that_there_are(token: None) -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bfixaloop_\w+", page.partition("## Watching it")[2].partition("\n## ")[0]))
    known = scraped()
    there = set(known) | {f"{name}{end}" for name in known for end in ("_total", "_bucket", "_count")}
    # Of PostgreSQL alone.
    assert named - there <= {"fixaloop_database_connections", "fixaloop_database_connections_most"}
    assert len(named) > 12
