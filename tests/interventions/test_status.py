"""When is a client active? The rule of docs/rules.md, Status, as one table, its edges a second before and after."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser

from clients.models import Client
from clients.services import force_status
from clients.services.merging import merge_clients
from clients.status import active, explain, inactive
from interventions import services
from interventions.models import Intervention
from interventions.states import State
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, slot
from tests.pages import said

NOW = datetime(2026, 11, 14, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RECENT = timedelta(days=90)


@pytest.fixture(autouse=True)
def at_a_fixed_time(db: None) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def status(client: Client, at: datetime = NOW) -> tuple[bool, str]:
    """What is said of a client, checked against the queryset, which counts and filters go by."""
    stored = Client.objects.get(pk=client.pk)
    said_active = explain(stored, at).is_active
    assert Client.objects.filter(active(at), pk=client.pk).exists() == said_active
    assert Client.objects.filter(inactive(at), pk=client.pk).exists() != said_active
    return said_active, explain(stored, at).reason


@pytest.mark.parametrize(
    ("state", "said_of_it"),
    [
        ("to_plan", "INT-001 à planifier"),
        ("planned", "INT-001 planifiée"),
        ("in_progress", "INT-001 en cours"),
        ("on_hold", "INT-001 en attente"),
    ],
)
def test_it_is_active_as_long_as_something_is_open(state: str, said_of_it: str) -> None:
    client = make_client()
    in_state(state, client)
    assert status(client) == (True, said_of_it)
    assert status(client, NOW + timedelta(days=3650)) == (True, said_of_it)


@pytest.mark.parametrize("state", ["done", "closed"])
@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(0), (True, "jusqu’au 12 févr. 2027, 90 jours après INT-001")),
        (RECENT - SECOND, (True, "jusqu’au 14 nov., 90 jours après INT-001")),
        (RECENT, (False, "dernière intervention terminée le 16 août")),
        (RECENT + SECOND, (False, "dernière intervention terminée le 16 août")),
        (timedelta(days=400), (False, "dernière intervention terminée le 10 oct. 2025")),
    ],
)
def test_it_stays_active_for_a_while_after_the_last_one_done(
    state: str, ago: timedelta, expected: tuple[bool, str]
) -> None:
    client = make_client()
    in_state(state, client, started_at=None, finished_at=NOW - ago)
    assert status(client) == expected


def test_it_turns_inactive_to_the_second_without_anybody_doing_anything() -> None:
    client = make_client()
    in_state("done", client, finished_at=NOW)
    assert status(client, NOW + RECENT - SECOND)[0]
    assert not status(client, NOW + RECENT)[0]


def test_a_new_client_and_a_cancelled_job_make_nobody_active() -> None:
    client = make_client()
    assert status(client) == (False, "aucune intervention")
    in_state("cancelled", client)
    assert status(client) == (False, "aucune intervention")


def test_the_most_advanced_open_one_says_why_and_the_last_one_done_after_it() -> None:
    client = make_client()
    in_state("done", client, started_at=None, finished_at=NOW - timedelta(days=20))
    in_state("done", client, started_at=None, finished_at=NOW - timedelta(days=50))
    assert status(client)[1] == "jusqu’au 23 janv. 2027, 90 jours après INT-001"
    in_state("to_plan", client)
    in_state("in_progress", client)
    assert status(client)[1] == "INT-004 en cours"


TOMORROW = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("mode", "until", "has_open", "instants"),
    [
        ("active", None, False, {NOW: True, NOW + 40 * RECENT: True}),
        ("active", TOMORROW, False, {TOMORROW - SECOND: True, TOMORROW: False}),
        ("active", TOMORROW, True, {TOMORROW - SECOND: True, TOMORROW: True}),
        ("inactive", None, True, {NOW: False, NOW + 40 * RECENT: False}),
        ("inactive", TOMORROW, True, {TOMORROW - SECOND: False, TOMORROW: True, TOMORROW + 40 * RECENT: True}),
        ("inactive", TOMORROW, False, {TOMORROW - SECOND: False, TOMORROW: False}),
    ],
)
def test_a_forced_status_goes_before_the_facts_until_its_end(
    mode: str, until: datetime | None, has_open: bool, instants: dict[datetime, bool]
) -> None:
    client = make_client()
    if has_open:
        make_intervention(client)
    client = Client.objects.get(pk=client.pk)
    force_status(client, mode=mode, until=until, reason="parking", by=None)
    assert {at: status(client, at)[0] for at in instants} == instants


def test_a_forced_period_that_ends_gives_way_to_what_was_done_meanwhile() -> None:
    client = make_client()
    force_status(client, mode="inactive", until=NOW + timedelta(days=30), reason="travaux", by=None)
    job = make_intervention(client)
    services.finish(services.start(job, by=None), report="Fait.", by=None)
    assert not status(client, NOW + timedelta(days=30) - SECOND)[0]
    assert status(client, NOW + timedelta(days=30)) == (True, "jusqu’au 12 févr. 2027, 90 jours après INT-001")
    assert not status(client, NOW + RECENT)[0]


def test_every_way_in_and_out_changes_the_status_at_once() -> None:
    client, other = make_client(last_name="Un"), make_client(last_name="Deux")
    job = make_intervention(client)
    assert (status(client)[0], status(other)[0]) == (True, False)
    job.client = other
    services.update(job, by=None)
    assert (status(client)[0], status(other)[0]) == (False, True)
    services.cancel(job, reason="doublon", by=None)
    assert not status(other)[0]
    services.start(services.reopen(job, by=None), by=None)
    assert status(other)[0]
    merge_clients(Client.objects.get(pk=client.pk), Client.objects.get(pk=other.pk), by=None)
    assert status(client)[0]
    services.delete(Intervention.objects.get(), by=None)
    assert not status(client)[0]


def test_it_says_the_same_on_the_list_the_page_and_in_the_file(desk: Browser) -> None:
    client = make_client()
    make_intervention(client)
    for address in ("/clients/", "/clients/?status=active", "/clients/?open=true", "/clients/CLT-001/"):
        assert "INT-001 à planifier".lower() in said(desk.get(address)).lower()
    assert "/interventions/INT-001/" in desk.get("/clients/CLT-001/").content.decode()


def test_it_counts_the_open_ones_of_each_client(desk: Browser) -> None:
    busy, quiet = make_client(last_name="Zola"), make_client(last_name="Aragon")
    for state in State:
        in_state(state, busy)
    in_state("done", quiet)
    assert Client.objects.get(pk=busy.pk).open_interventions == 4
    assert Client.objects.get(pk=quiet.pk).open_interventions == 0
    response = desk.get("/clients/?sort=open")
    assert [row.pk for row in response.context["list"].pager.page.rows] == [busy.pk, quiet.pk]
    assert [row.pk for row in desk.get("/clients/?open=true").context["list"].pager.page.rows] == [busy.pk]


def test_a_client_with_work_is_not_deleted(desk: Browser) -> None:
    client = make_client()
    make_intervention(client, **slot())
    response = desk.post(f"/clients/{client.reference}/delete/")
    assert response.status_code == 409
    assert "1 intervention est à son nom" in said(response)
    assert Client.objects.count() == 1
