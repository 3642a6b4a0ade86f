"""A client with thousands of jobs costs hardly more queries than one with a few, and nothing of it is cut off."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import Client
from clients.services.merging import merge_clients
from clients.status import is_active
from interventions import services
from interventions.models import Intervention
from interventions.states import State
from tests.factories import make_client
from tests.interventions.factories import make_intervention
from tests.pages import rows

MANY, FEW = 2_500, 60
# What is moved or told whole goes through memory a part at a time, each with a query or two.
PARTS = 2 * MANY // 500
PAGES = ("{}", "{}interventions/", "{}interventions/?page=2", "{}interventions/?state=done", "{}merge/", "{}delete/")


@pytest.fixture
def regulars(db: None) -> tuple[Client, Client]:
    """The client with thousands of jobs, and one with a few."""
    return with_jobs(MANY, "Port de plaisance"), with_jobs(FEW, "Boulangerie Rose")


def with_jobs(count: int, name: str) -> Client:
    client = make_client(company_name=name)
    now = timezone.now()
    ends = [now - timedelta(days=number + 200) for number in range(count)]
    jobs = [
        Intervention(
            client=client, title="Réparer", state=State.DONE, started_at=end - timedelta(hours=1), finished_at=end
        )
        for end in ends
    ]
    services.record_past(jobs, by=None, reason="")
    make_intervention(client)
    return client


def cost(action: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        action()
    return len(queries)


def warm_cost(action: Callable[[], Any]) -> int:
    """The queries of an action that was just done: figures kept for a while are not counted again."""
    action()
    return cost(action)


def test_its_pages_and_its_status_cost_no_more(desk: Browser, regulars: tuple[Client, Client]) -> None:
    for address in PAGES:
        urls = [address.format(client.get_absolute_url()) for client in regulars]
        many, few = [warm_cost(lambda url=url: rows(desk.get(url))) for url in urls]  # type: ignore[misc]
        # A count that stops at a thousand asks once more where it stops.
        assert many <= few + 1, address
    open_jobs = [client.interventions.get(state=State.TO_PLAN) for client in regulars]
    cancel = {"to": "cancelled", "reason": "Annulée par le client"}
    many, few = [cost(lambda job=job: desk.post(f"{job.get_absolute_url()}transition/", cancel)) for job in open_jobs]  # type: ignore[misc]
    assert many <= few
    for client in regulars:
        client.refresh_from_db()
        assert not is_active(client, timezone.now())
        assert client.open_interventions == 0


def test_it_is_told_and_merged_whole(regulars: tuple[Client, Client], tmp_path: Path) -> None:
    archives = [tmp_path / f"{client.reference}.zip" for client in regulars]
    tell = [
        cost(lambda client=client, path=path: call_command("export_client_data", client.reference, str(path)))  # type: ignore[misc]
        for client, path in zip(regulars, archives, strict=True)
    ]
    assert tell[0] <= tell[1] + PARTS
    told = json.loads(ZipFile(archives[0]).read("dossier.json"))
    assert len(told["interventions"]) == MANY + 1
    kept = [make_client(company_name="Repreneur"), make_client(company_name="Repreneuse")]
    merge = [
        cost(lambda one=one, other=other: merge_clients(one, other, by=None))  # type: ignore[misc]
        for one, other in zip(kept, regulars, strict=True)
    ]
    assert merge[0] <= merge[1] + 2 * PARTS
    assert kept[0].interventions.count() == MANY + 1
    assert Intervention.history.filter(client=kept[0], history_type="~").count() == MANY + 1
    kept[0].refresh_from_db()
    assert is_active(kept[0], timezone.now())
