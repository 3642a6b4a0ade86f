"""Work done before it was entered here: as it was, in bulk, with the statuses it makes."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clients.models import Client
from clients.status import active, explain
from interventions import activity, services
from interventions.models import Intervention, InterventionPayment
from tests.factories import make_client
from tests.interventions.factories import in_state, make_technician

pytestmark = pytest.mark.django_db


def test_it_keeps_state_times_numbers_and_origin() -> None:
    client, now = make_client(), timezone.now()
    past = [
        Intervention(client=client, title="Ancienne", state="done", finished_at=now - timedelta(days=100)),
        Intervention(client=client, title="Soldée", state="closed", finished_at=now, labor_amount=50),
        Intervention(client=client, title="En cours", state="in_progress", started_at=now),
    ]
    kept = services.record_past(past, by=None, reason="Import n° 1")
    assert [job.number for job in kept] == [1, 2, 3]
    assert [job.history.get().history_change_reason for job in kept] == ["Import n° 1"] * 3
    assert Intervention.objects.get(title="Soldée").balance == 0
    assert InterventionPayment.objects.get().amount == 50
    assert Client.objects.get().open_interventions == 1
    assert explain(Client.objects.get(), now).reason == "INT-003 en cours"


@pytest.mark.parametrize(
    ("state", "fields", "named"),
    [
        ("done", {"finished_at": None}, "finished_at"),
        ("to_plan", {"finished_at": timezone.now()}, "finished_at"),
        ("in_progress", {"started_at": None}, "started_at"),
        ("done", {"started_at": timezone.now(), "finished_at": timezone.now() - timedelta(days=1)}, "finished_at"),
        ("done", {"finished_at": timezone.now() + timedelta(days=1)}, "finished_at"),
        ("cancelled", {"state_reason": ""}, "state_reason"),
        ("done", {"state_reason": "pièces"}, "state_reason"),
        ("planned", {"technician": None}, "technician"),
        ("done", {"labor_amount": -1}, "labor_amount"),
    ],
)
def test_what_cannot_have_been_is_refused_whole(state: str, fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        in_state(state, **fields)
    assert named in refusal.value.message_dict
    assert not Intervention.objects.exists()


def test_who_has_left_may_have_done_it() -> None:
    gone = make_technician(is_active=False)
    assert in_state("done", technician=gone).technician == gone
    with pytest.raises(ValidationError):
        in_state("planned", technician=gone)


def test_it_takes_many_at_the_cost_of_few(django_assert_max_num_queries: Any) -> None:
    clients, now = [make_client() for _index in range(20)], timezone.now()
    past = [
        Intervention(client=clients[index % 20], title="Passée", state="done", finished_at=now - timedelta(days=index))
        for index in range(400)
    ]
    # SQLite takes about thirty rows a statement, twice: the row and its history.
    with django_assert_max_num_queries(80):
        services.record_past(past, by=None, reason="Import n° 1", at=now)
    assert Client.objects.filter(active(now)).count() == 20
    assert activity.repair(Client.objects.all(), now) == 0
