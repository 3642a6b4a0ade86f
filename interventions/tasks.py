"""What jobs give somebody to do now: late ones, those that wait, those to plan, what is to collect or to give back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _

from clients.models import named_by
from fixaloop.lists.tasks import Pile, Rank, Task
from fixaloop.words.money import euros
from fixaloop.words.text import person_name
from interventions.models import Intervention
from interventions.pages.cells import near_day
from interventions.rights import SEE_MONEY, TAKE_MONEY, VIEW, may_change, works_alone
from interventions.states import State


@dataclass(frozen=True)
class Kind:
    """What is said of one job and of many, the button, and the list of them all.

    `moment` is the column whose day is told. The button leads to the slot (`places`) or to the page of the job;
    without the right to do what it says, it only opens the job.
    """

    rank: Rank
    icon: str
    one: Any
    many: Any
    action: Any
    moment: str
    query: str
    places: bool = False
    pays: bool = False


LATE = Kind(
    Rank.LATE,
    "alarm-clock",
    _("%(job)s est en retard : %(title)s"),
    _("%(count)s interventions en retard"),
    _("Replanifier"),
    "planned_end",
    "late=true&sort=planned",
    places=True,
)
WAITING = Kind(
    Rank.PLAN,
    "pause",
    _("%(job)s attend (%(why)s) : %(title)s"),
    _("%(count)s interventions en attente"),
    _("Reprendre"),
    "waiting_since",
    "state=on_hold",
)
TO_COLLECT = Kind(
    Rank.MONEY,
    "banknote",
    _("%(job)s est terminée, %(amount)s à encaisser"),
    _("%(count)s interventions terminées à encaisser"),
    _("Encaisser"),
    "finished_at",
    "state=done&unpaid=true",
    pays=True,
)
TO_GIVE_BACK = Kind(
    Rank.MONEY,
    "undo-2",
    _("Argent à rendre : %(back)s pour %(job)s"),
    _("Argent à rendre pour %(count)s interventions"),
    _("Rendre"),
    "finished_at",
    "credit=true",
    pays=True,
)
LEFT_BEHIND = Kind(
    Rank.LATE,
    "user-round-x",
    _("%(job)s est à un technicien parti : %(title)s"),
    _("%(count)s interventions d’un technicien parti"),
    _("Confier"),
    "planned_start",
    "technician=gone&state=open&sort=planned",
    places=True,
)
TO_PLAN = Kind(
    Rank.PLAN,
    "calendar-plus",
    _("Planifier %(job)s : %(title)s"),
    _("%(count)s interventions à planifier"),
    _("Planifier"),
    "created_at",
    "state=to_plan&sort=reference",
    places=True,
)


# What is read of a job to tell it; all its columns and its client’s take several times as long.
READ = (
    *("number", "title", "state", "state_reason", "balance", "technician"),
    *named_by("client"),
    *("technician__first_name", "technician__last_name", "technician__username"),
    *{kind.moment for kind in (LATE, WAITING, TO_COLLECT, TO_GIVE_BACK, LEFT_BEHIND, TO_PLAN)},
)


def job_tasks(user: Any, at: datetime) -> Iterator[Pile]:
    if user.has_perm(VIEW):
        for kind, rows in _found(user, at):
            yield _pile(kind, rows, user, at)


def _found(user: Any, at: datetime) -> Iterator[tuple[Kind, QuerySet[Intervention]]]:
    own = works_alone(user)
    jobs = Intervention.objects.filter(technician=user) if own else Intervention.objects.all()
    yield LATE, jobs.late(at).order_by("planned_end", "id")
    yield WAITING, jobs.filter(state=State.ON_HOLD).order_by("waiting_since", "id")
    if own:
        return
    if user.has_perm(SEE_MONEY):
        yield TO_COLLECT, jobs.filter(state=State.DONE).unpaid().order_by("-number")
        yield TO_GIVE_BACK, jobs.to_give_back().order_by("-number")
    # By their keys: joined with all accounts, every open job would be read.
    former = list(User.objects.filter(is_active=False).values_list("pk", flat=True))
    yield LEFT_BEHIND, jobs.open().filter(technician__in=former).order_by("planned_key", "id")
    yield TO_PLAN, jobs.filter(state=State.TO_PLAN).order_by("number")


@cache
def _told() -> QuerySet[Intervention]:
    return Intervention.objects.select_related("client", "technician").only(*READ)


def _pile(kind: Kind, rows: QuerySet[Intervention], user: Any, at: datetime) -> Pile:
    mine = "technician=me&" if works_alone(user) else ""
    return Pile(
        rows,
        _told(),
        lambda job: _task(kind, job, user, at),
        others=lambda count: kind.many % {"count": count},
        url=f"{reverse('interventions:list')}?{mine}{kind.query}",
        whose=mine and user.pk,
    )


def _task(kind: Kind, job: Intervention, user: Any, at: datetime) -> Task:
    said = {
        "job": job.reference,
        "title": job.title,
        "why": job.state_reason or "?",
        "amount": euros(job.balance),
        "back": euros(-job.balance),
    }
    told, moment = [job.client.name], getattr(job, kind.moment)
    if moment:
        told.append(near_day(timezone.localdate(moment), timezone.localdate(at)))
    if job.technician and not works_alone(user):
        told.append(person_name(job.technician))
    may = user.has_perm(TAKE_MONEY) if kind.pays else may_change(user, job)
    url = reverse("interventions:slot", args=[job.reference]) if may and kind.places else job.get_absolute_url()
    action = str(kind.action) if may else gettext("Ouvrir")
    return Task(kind.rank, kind.icon, kind.one % said, " · ".join(told), action, url)
