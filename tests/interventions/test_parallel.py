"""Several people at once on one intervention, or on the work of one client: one wins, the others are told."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from access.models import Event
from clients.models import Client
from interventions import activity, services
from interventions.models import Intervention, InterventionPayment
from tests.factories import make_client, make_user
from tests.interventions.factories import in_state, make_intervention, make_technician

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 6


def at_once(work: Callable[[int], Any], times: int = PEOPLE) -> Counter[str]:
    """How the same work went for several threads that start together: “done”, or the name of what was raised."""
    barrier = Barrier(times)

    def run(number: int) -> str:
        try:
            barrier.wait()
            work(number)
        except Exception as refusal:  # noqa: BLE001 — what is raised is what is counted
            return type(refusal).__name__
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return Counter(pool.map(run, range(times)))


def test_one_of_them_makes_the_transition() -> None:
    make_intervention()
    read = [Intervention.objects.get() for _person in range(PEOPLE)]
    assert at_once(lambda number: services.start(read[number], by=None, version=1)) == {"done": 1, "Stale": PEOPLE - 1}
    assert at_once(lambda number: services.start(Intervention.objects.get(), by=None)) == {"IllegalMove": PEOPLE}
    assert Intervention.objects.get().version == 2


def test_payments_all_count_and_refunds_never_exceed_them() -> None:
    job = make_intervention(labor_amount=100)

    def receive(kind: str) -> Callable[[int], Any]:
        def one(number: int) -> Any:
            paid_on = timezone.localdate()
            payment = InterventionPayment(amount=Decimal(10), kind=kind, method="cash", paid_on=paid_on)
            payment.intervention = Intervention(pk=job.pk)
            return services.record_payment(payment, by=None)

        return one

    assert at_once(receive("partial"), 3) == {"done": 3}
    assert Intervention.objects.get().paid_amount == 30
    assert at_once(receive("refund")) == {"done": 3, "ValidationError": PEOPLE - 3}
    assert Intervention.objects.get().paid_amount == 0


def test_the_status_follows_when_one_job_ends_while_another_begins() -> None:
    client = make_client()
    jobs = [in_state("in_progress", client) for _job in range(PEOPLE)]

    def work(number: int) -> None:
        if number % 2:
            services.cancel(Intervention.objects.get(pk=jobs[number].pk), reason="doublon", by=None)
        else:
            services.create(Intervention(client=Client.objects.get(), title="Autre"), by=None)

    assert at_once(work) == {"done": PEOPLE}
    stored = Client.objects.get()
    assert stored.open_interventions == Intervention.objects.open().count() == PEOPLE
    assert activity.repair(Client.objects.all(), timezone.now()) == 0
    assert Event.objects.filter(kind="status").count() == 1
    numbers = list(Intervention.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_of_two_slots_taken_at_once_one_is_told_of_the_other() -> None:
    technician, jobs = make_technician(), [make_intervention(make_client()) for _job in range(2)]
    sent = {"technician": str(technician.pk), "planned_start": "2030-01-07T09:00", "planned_end": "2030-01-09T17:00"}
    told: list[bool] = []

    def place(number: int) -> None:
        browser = Browser()
        browser.force_login(make_user(group="Direction"))
        page = browser.post(f"{jobs[number].get_absolute_url()}slot/", sent, follow=True)
        told.append("a déjà un créneau" in page.content.decode())

    assert at_once(place, 2) == {"done": 2}
    assert True in told
