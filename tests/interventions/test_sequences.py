"""Whatever people do in whatever order, what is kept of a client is what the facts say."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import HealthCheck, given, settings, strategies as st

from access.models import Event
from clients.models import Client
from clients.services import force_status, update_client
from clients.status import active, is_active
from fixaloop.records.frozen import thawed
from interventions import activity, services
from interventions.models import ZERO, Intervention, InterventionPayment
from interventions.states import State
from tests.factories import make_client
from tests.interventions.factories import make_technician

pytestmark = pytest.mark.any_database

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
ACTIONS = (
    "create", "plan", "start", "hold", "resume", "finish", "close", "cancel", "reopen", "delete", "move", "pay",
    "refund", "price", "force_active", "force_inactive", "release", "rename",
)  # fmt: skip

steps = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 3), st.integers(0, 60)), min_size=1, max_size=25)


def act(action: str, which: int, at: datetime, clients: list[Client], technician: Any) -> None:
    """One thing somebody does; what is refused leaves all as it was, which is what is checked."""
    if action == "create":
        services.create(Intervention(client=clients[which % 2], title="Réparer"), by=None, at=at)
        return
    client = Client.objects.get(pk=clients[which % 2].pk)
    until = at + timedelta(days=which * 20) if which else None
    if action in ("force_active", "force_inactive", "release"):
        mode = {"force_active": "active", "force_inactive": "inactive", "release": "automatic"}[action]
        force_status(client, mode=mode, until=until, reason="parking", by=None, at=at)
        return
    if action == "rename":
        client.last_name += "a"
        update_client(client, by=None, at=at)
        return
    jobs = list(Intervention.objects.order_by("number"))
    if not jobs:
        return
    job = jobs[which % len(jobs)]
    verbs: dict[str, Any] = {
        "plan": lambda: services.plan(
            job, technician=technician, planned_start=at, planned_end=at + timedelta(hours=1), by=None, at=at
        ),
        "hold": lambda: services.hold(job, reason="pièces", by=None, at=at),
        "finish": lambda: services.finish(job, report="Fait.", by=None, at=at),
        "cancel": lambda: services.cancel(job, reason="doublon", by=None, at=at),
        "delete": lambda: services.delete(job, by=None, at=at),
        "pay": lambda: receive(job, "partial", at),
        "refund": lambda: receive(job, "refund", at),
        "price": lambda: change(job, at, labor_amount=Decimal(10 * which)),
        "move": lambda: change(job, at, client=clients[(which + 1) % 2]),
    }
    verbs.get(action, lambda: getattr(services, action)(job, by=None, at=at))()


def receive(job: Intervention, kind: str, at: datetime) -> None:
    payment = InterventionPayment(intervention=job, amount=Decimal(10), kind=kind, method="cash", paid_on=at.date())
    services.record_payment(payment, by=None, at=at)


def change(job: Intervention, at: datetime, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(job, name, value)
    services.update(job, by=None, at=at)


def kept() -> list[tuple[Any, ...]]:
    return list(Client.objects.order_by("pk").values_list(*activity.KEPT))


@pytest.mark.django_db
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_what_is_kept_is_what_the_facts_say(steps: list[tuple[str, int, int]]) -> None:
    # Each sequence begins in an empty house.
    Event.objects.all()._raw_delete(using="default")
    with thawed(connection, [InterventionPayment._meta.db_table]):
        InterventionPayment.objects.all()._raw_delete(using="default")
    for model in (Intervention, Client):
        model.objects.all().delete()
    clients, technician, at = [make_client(at=START), make_client(at=START)], make_technician(), START
    for action, which, days in steps:
        at += timedelta(days=days, seconds=1)
        with suppress(services.IllegalMove, services.Refused, ValidationError):
            act(action, which, at, clients, technician)
        before = kept()
        moments = [at, at + timedelta(days=45), at + timedelta(days=91)]
        active_before = [set(Client.objects.filter(active(moment)).values_list("pk")) for moment in moments]
        activity.refresh(Client.objects.all(), at)
        # The columns of those nobody touched may hold a forced period that has ended since; what they mean is the same.
        assert [set(Client.objects.filter(active(moment)).values_list("pk")) for moment in moments] == active_before
        assert activity.repair(Client.objects.all(), at) == 0
        assert [row[-1] for row in before] == [row[-1] for row in kept()]
        for job in Intervention.objects.prefetch_related("payments"):
            paid = sum((payment.amount for payment in job.payments.all()), ZERO)
            due = ZERO if job.state == State.CANCELLED else job.parts_amount + job.labor_amount
            assert (job.paid_amount, job.balance) == (paid, due - paid)
    # One event for each flip, the clock's included: what they tell alternates and ends with what is true.
    activity.tell_clock_flips(Client.objects.all(), at)
    for client in Client.objects.all():
        told = list(Event.objects.filter(client=client, kind="status").order_by("pk").values_list("at", "inputs"))
        flips = [facts["active"] for _at, facts in told]
        assert flips == [number % 2 == 0 for number in range(len(flips))]
        assert (flips or [False])[-1] is is_active(client, at)
        assert [moment for moment, _facts in told] == sorted(moment for moment, _facts in told)
