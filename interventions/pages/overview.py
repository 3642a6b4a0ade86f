"""What the first page of a client shows of its interventions: those under way, their next steps, what is owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from access.models import Vehicle
from clients.extensions import Block, Due, Overview, Owed
from clients.models import Client
from fixaloop.lists.counting import read
from fixaloop.words.dates import short_day
from fixaloop.words.text import person_name
from interventions import rights
from interventions.models import Intervention
from interventions.pages.cells import since, slot_chip, state_chip
from interventions.pages.statistics import Counted, count_jobs, statistics, total
from interventions.rights import SEE_MONEY, TAKE_MONEY, VIEW
from interventions.states import OPEN, Move, State

# As many are read; of those that are under way, as many are shown.
MOST_READ = 20
MOST_SHOWN = 5
# Which come first: what goes on, what is fixed, what is still to be fixed, what only waits to be closed.
URGENCY = (State.IN_PROGRESS, State.ON_HOLD, State.PLANNED, State.TO_PLAN, State.DONE)
MOST_STEPS = 2


@dataclass(frozen=True)
class UnderWay:
    job: Intervention
    state: str
    late: str
    detail: str
    steps: Sequence[Move]


def overview(client: Client, request: HttpRequest, at: datetime) -> Overview:
    user = request.user
    if not user.has_perm(VIEW):
        return Overview()
    counted = count_jobs(client)
    rows = _rows(client, counted)
    count = sum(row["total"] for row in counted.values())
    return Overview(
        under_way=[_under_way(client, user, rows, count, at)],
        facts=[figures_block(client, user, counted)] if count else (),
        owed=_owed(client, user, counted, rows) if user.has_perm(SEE_MONEY) else None,
        counts={"client-interventions": count},
    )


def figures_block(client: Client, user: Any, counted: Counted) -> Block:
    return Block("interventions/_statistics.html", statistics(client, user, counted))


def _rows(client: Client, counted: Counted) -> Sequence[Intervention]:
    """The jobs that are not closed, or owed for; no query where there are none."""
    if not any(state in URGENCY or row["owed"] for state, row in counted.items()):
        return ()
    found = read(_standing().filter(client=client)[:MOST_READ])
    for job in found:
        job.client = client
    return found


@cache
def _standing() -> QuerySet[Intervention]:
    rows = Intervention.objects.filter(Q(state__in=URGENCY) | Q(balance__gt=0)).select_related("technician")
    return rows.defer("search_text", "description", "diagnosis", "report").order_by("-number")


def _under_way(client: Client, user: Any, rows: Sequence[Intervention], count: int, at: datetime) -> Block:
    shown = [job for job in rows if job.is_open or (job.state == State.DONE and job.balance <= 0)]
    said = ngettext("Son intervention", "Les %(count)s interventions", count) % {"count": count}
    all_of_it = (reverse("client-interventions", args=[client.reference]), said)
    return under_way_block(shown, user, at, client.get_absolute_url(), all_of_it if count else None)


def under_way_on(vehicle: Vehicle) -> list[Intervention]:
    """The jobs on a vehicle that are not closed, the latest first."""
    return read(_standing().filter(vehicle=vehicle, state__in=URGENCY)[:MOST_READ])


def under_way_block(
    jobs: list[Intervention], user: Any, at: datetime, here: str, all_of_it: tuple[str, str] | None
) -> Block:
    """The most urgent of these jobs with their next steps, which come back `here`; address and words of all of them."""
    jobs.sort(key=lambda job: (URGENCY.index(State(job.state)), job.planned_start or at))
    shown = {"jobs": [_line(job, user, at) for job in jobs[:MOST_SHOWN]], "here": here}
    return Block("interventions/_under_way.html", shown | {"all": all_of_it})


def _line(job: Intervention, user: Any, at: datetime) -> UnderWay:
    told = [since(job, at), job.state_reason, person_name(job.technician) if job.technician else ""]
    detail = " · ".join(filter(None, told))
    return UnderWay(job, state_chip(job.state), slot_chip(job, at), detail, next_steps(user, job)[:MOST_STEPS])


def next_steps(user: Any, job: Intervention) -> list[Move]:
    """The moves that go on with the work; giving it up and taking it up again are no next steps."""
    return [move for move in rights.moves_of(user, job) if move.verb not in ("cancel", "reopen")]


def _owed(client: Client, user: Any, counted: Counted, rows: Sequence[Intervention]) -> Owed:
    """What is owed for work that is over; what is typed of work under way is not due yet."""
    over = [row for state, row in counted.items() if state not in OPEN]
    url = reverse("client-interventions", args=[client.reference])
    may = user.has_perm(TAKE_MONEY)
    dues = [_due(job, may) for job in rows if job.balance > 0 and not job.is_open]
    owed, credit = total(over, "owed"), -total(over, "credit")
    return Owed(owed, f"{url}?unpaid=true", dues[:MOST_SHOWN], credit, f"{url}?credit=true")


def _due(job: Intervention, may: bool) -> Due:
    ended = job.finished_at or job.created_at
    day = {"day": short_day(timezone.localdate(ended), year=True)}
    detail = (_("terminée le %(day)s") if job.finished_at else _("demandée le %(day)s")) % day
    pay = reverse("interventions:payments", args=[job.reference]) if may else ""
    return Due(f"{job.reference} · {job.title}", job.get_absolute_url(), detail, job.balance, pay)
