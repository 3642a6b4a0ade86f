"""Demonstration data: two years of a workshop near Metz, and this week on the planning."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group, User
from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import Vehicle
from clients.models import Client
from fixaloop.groups import TECHNICIAN
from fixaloop.words.dates import end_of, start_of
from interventions import services
from interventions.models import Absence, Intervention, InterventionPayment
from interventions.states import ENDED, EXPLAINED, STARTED, State

if TYPE_CHECKING:
    from faker import Faker

JOBS = tomllib.loads((Path(__file__).parent / "demo_jobs.toml").read_text(encoding="utf-8"))["job"]
DAYS = 730
# How many in each state, besides this week’s.
COUNTS = {
    State.CLOSED: 400,
    State.DONE: 70,
    State.CANCELLED: 30,
    State.TO_PLAN: 18,
    State.ON_HOLD: 9,
    State.IN_PROGRESS: 7,
}
THIS_WEEK = 66
# The one of them that takes three days.
LONG_JOB = 2
TEAM = (
    ("jmuller", "Julien", "Muller", True),
    ("sweber", "Sandrine", "Weber", True),
    ("tnguyen", "Thi", "Nguyen", True),
    ("pklein", "Paul", "Klein", False),
)
# How long a few jobs waited, and after how much work those that wait now began to.
WAITED = timedelta(minutes=30)
WAITING = ("pièces commandées", "devis à accepter", "client injoignable", "attente du véhicule")
GIVEN_UP = ("devis refusé", "réparé ailleurs", "client absent deux fois", "appareil irréparable")


def obstacle() -> str:
    return _("elle contient des interventions") if Intervention.objects.exists() else ""


def load(faker: Faker, by: User) -> None:
    now = timezone.now()
    team = _team()
    clients = list(Client.objects.order_by("number"))
    jobs = [
        *_past(faker, clients, team, now),
        *_this_week(faker, clients, [person for person in team if person.is_active], now),
    ]
    jobs.sort(key=lambda job: job.created_at)
    services.record_past(jobs, by=by, reason=_("Données de démonstration"), at=now)
    _absences(team, now)
    _take_money(faker, by)


def _team() -> list[User]:
    group = Group.objects.get(name=TECHNICIAN)
    for username, first_name, last_name, here in TEAM:
        person, _created = User.objects.get_or_create(
            username=username, defaults={"first_name": first_name, "last_name": last_name, "is_active": here}
        )
        person.groups.add(group)
    return list(group.user_set.order_by("pk"))


def _past(faker: Faker, clients: Sequence[Client], team: Sequence[User], now: datetime) -> Iterator[Intervention]:
    for state, count in COUNTS.items():
        for _index in range(count):
            recent = state not in (*ENDED, State.CANCELLED)
            ago = faker.random.random() * (12 if recent else 60 if state == State.DONE else DAYS)
            created = _at_work(faker, now - timedelta(days=ago + 2))
            known = [client for client in clients if client.created_at < created] or clients[:1]
            people = [person for person in team if person.is_active or ago > 200]
            yield _job(faker, _regular(faker, known), state, created, faker.random_element(people))


def _regular(faker: Faker, clients: Sequence[Client]) -> Client:
    return clients[int(len(clients) * 0.6 * faker.random.random() ** 1.5)]


def _job(faker: Faker, client: Client, state: State, created: datetime, technician: User) -> Intervention:
    vehicle = Vehicle.objects.filter(client=client).first()
    work = faker.random_element([work for work in JOBS if vehicle or "brand" in work])
    job = Intervention(
        client=client,
        state=state,
        title=work["title"],
        description=work["problem"],
        equipment_brand=work.get("brand", ""),
        equipment_model=work.get("model", ""),
        created_at=created,
        updated_at=created,
        place=faker.random_element(("workshop", "workshop", "on_site")),
        equipment_serial=faker.bothify("??-######").upper() if faker.random.random() < 0.5 else "",
    )
    job._history_date = created
    if "brand" not in work:
        job.vehicle, job.place = vehicle, "workshop"
    if state in (*STARTED, *ENDED):
        start = _at_work(faker, created + timedelta(days=1))
        end = start + timedelta(hours=faker.random_int(1, 4))
        job.technician, job.started_at, job.planned_start, job.planned_end = technician, start, start, end
        job.finished_at = min(end, timezone.now()) if state in ENDED else None
        job.waiting_since = start + WAITED if state == State.ON_HOLD else None
        if state in ENDED and start.minute % 6 == 0:
            job.waited = WAITED
        job.diagnosis = "" if faker.random.random() < 0.5 else work["problem"]
        job.quote_amount = Decimal(faker.random_int(8, 60)) * 10 if faker.random.random() < 0.4 else None
    if state in ENDED:
        job.report, job.warranty_months = work["report"], faker.random_element((None, 3, 6, 12))
        job.parts_amount = Decimal(faker.random_int(0, 40_000)) / 100
        job.labor_amount = Decimal(faker.random_int(4, 30)) * 10
    if state == State.TO_PLAN:
        job.estimated = timedelta(minutes=60 + 30 * (created.minute % 4))
    if state in EXPLAINED:
        job.state_reason = faker.random_element(WAITING if state == State.ON_HOLD else GIVEN_UP)
    return job


def _this_week(faker: Faker, clients: Sequence[Client], team: Sequence[User], now: datetime) -> Iterator[Intervention]:
    monday = timezone.localtime(now).replace(hour=8, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    for index in range(THIS_WEEK):
        day, technician = index % 10, team[index % len(team)]
        start = monday + timedelta(days=day + (2 if day > 4 else 0), hours=faker.random_element((0, 2, 4, 6)))
        end = start + timedelta(minutes=faker.random_element((60, 90, 120)))
        if index == LONG_JOB:
            end += timedelta(days=2)
        created = min(start, now) - timedelta(days=faker.random_int(2, 9))
        late = faker.random.random() < 0.12
        state = State.PLANNED if end > now or late else State.DONE
        job = _job(faker, _regular(faker, clients), state, created, technician)
        job.technician, job.planned_start, job.planned_end = technician, start, end
        if state == State.DONE:
            job.started_at, job.finished_at = start, end
        yield job


def _absences(team: Sequence[User], now: datetime) -> None:
    monday = timezone.localdate(now) - timedelta(days=timezone.localdate(now).weekday())
    first, second = [person for person in team if person.is_active][:2]
    for person, kind, start, days in ((first, "training", 3, 1), (second, "leave", 7, 5)):
        day = monday + timedelta(days=start)
        ends_at = end_of(day + timedelta(days=days - 1))
        services.keep_absence(Absence(technician=person, kind=kind, starts_at=start_of(day), ends_at=ends_at))


def _take_money(faker: Faker, by: User) -> None:
    for job in Intervention.objects.filter(state=State.DONE, balance__gt=0).order_by("number"):
        luck = faker.random.random()
        if luck < 0.55:
            _pay(job, by, amount=job.balance, kind="balance")
        elif luck < 0.7:
            _pay(job, by, amount=Decimal(30), kind="partial")
    for job in Intervention.objects.filter(state__in=STARTED, quote_amount__gt=0).order_by("number"):
        _pay(job, by, amount=(job.quote_amount or 0) / 2, kind="deposit")


def _pay(job: Intervention, by: User, **values: Any) -> None:
    at = job.finished_at or job.started_at or timezone.now()
    by_card = {"method": InterventionPayment.Method.CARD, "paid_on": timezone.localdate(at)}
    services.record_payment(InterventionPayment(intervention=job, **by_card, **values), by=by, at=at)


def _at_work(faker: Faker, at: datetime) -> datetime:
    day = timezone.localtime(at)
    day -= timedelta(days=max(0, day.weekday() - 4))
    return day.replace(hour=faker.random_int(8, 17), minute=faker.random_int(0, 59), second=0, microsecond=0)
