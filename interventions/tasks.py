"""What jobs give somebody to do now: late ones, those that wait, those to plan, what is to collect or to give back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.lists.tasks import Rank, Task, tasks_of
from fixaloop.words.money import euros
from fixaloop.words.text import person_name
from interventions.models import Intervention, InterventionQuerySet
from interventions.pages.cells import near_day
from interventions.rights import SEE_MONEY, VIEW, works_alone
from interventions.states import State


def job_tasks(user: Any, at: datetime) -> Iterator[Task]:
    if not user.has_perm(VIEW):
        return
    jobs = Jobs(user, at)
    yield from jobs.late()
    yield from jobs.waiting()
    if user.has_perm(SEE_MONEY) and not jobs.own:
        yield from jobs.to_collect()
        yield from jobs.to_give_back()
    if not jobs.own:
        yield from jobs.left_behind()
        yield from jobs.to_plan()


class Jobs:
    """The jobs that concern one person, as tasks; own ones for who only works."""

    def __init__(self, user: Any, at: datetime) -> None:
        self.at, self.own = at, works_alone(user)
        self.may_change = user.has_perm("interventions.change_intervention")
        rows = Intervention.objects.filter(technician=user) if self.own else Intervention.objects.all()
        self.rows: InterventionQuerySet = rows.select_related("client", "technician").defer(
            "search_text", "client__search_text"
        )
        self.listed = f"{reverse('interventions:list')}?{'technician=me&' if self.own else ''}"

    def late(self) -> list[Task]:
        return tasks_of(
            self.rows.late(self.at).order_by("planned_end", "id"),
            lambda job: self._task(
                job, Rank.LATE, "alarm-clock", _("%(job)s est en retard : %(title)s"), job.planned_end, _("Replanifier")
            ),
            others=lambda count: _("%(count)s interventions en retard") % {"count": count},
            url=f"{self.listed}late=true&sort=planned",
        )

    def waiting(self) -> list[Task]:
        return tasks_of(
            self.rows.filter(state=State.ON_HOLD).order_by("waiting_since", "id"),
            lambda job: self._task(
                job, Rank.PLAN, "pause", _("%(job)s attend (%(why)s) : %(title)s"), job.waiting_since, _("Reprendre")
            ),
            others=lambda count: _("%(count)s interventions en attente") % {"count": count},
            url=f"{self.listed}state=on_hold",
        )

    def to_collect(self) -> list[Task]:
        return tasks_of(
            self.rows.filter(state=State.DONE).unpaid().order_by("-number"),
            lambda job: self._task(
                job,
                Rank.MONEY,
                "banknote",
                _("%(job)s est terminée, %(amount)s à encaisser"),
                job.finished_at,
                _("Encaisser"),
            ),
            others=lambda count: _("%(count)s interventions terminées à encaisser") % {"count": count},
            url=f"{self.listed}state=done&unpaid=true",
        )

    def to_give_back(self) -> list[Task]:
        return tasks_of(
            self.rows.to_give_back().order_by("-number"),
            lambda job: self._task(
                job, Rank.MONEY, "undo-2", _("Argent à rendre : %(back)s pour %(job)s"), job.finished_at, _("Rendre")
            ),
            others=lambda count: _("Argent à rendre pour %(count)s interventions") % {"count": count},
            url=f"{self.listed}credit=true",
        )

    def left_behind(self) -> list[Task]:
        # By their keys: joined with all accounts, every open job would be read.
        former = list(User.objects.filter(is_active=False).values_list("pk", flat=True))
        return tasks_of(
            self.rows.open().filter(technician__in=former).order_by("planned_key", "id"),
            lambda job: self._task(
                job, Rank.LATE, "user-round-x", _("%(job)s est à un technicien parti : %(title)s"), None, _("Confier")
            ),
            others=lambda count: _("%(count)s interventions d’un technicien parti") % {"count": count},
            url=f"{self.listed}technician=gone&state=open&sort=planned",
        )

    def to_plan(self) -> list[Task]:
        return tasks_of(
            self.rows.filter(state=State.TO_PLAN).order_by("number"),
            lambda job: self._task(
                job, Rank.PLAN, "calendar-plus", _("Planifier %(job)s : %(title)s"), job.created_at, _("Planifier")
            ),
            others=lambda count: _("%(count)s interventions à planifier") % {"count": count},
            url=f"{self.listed}state=to_plan&sort=reference",
        )

    def _task(self, job: Intervention, rank: Rank, icon: str, words: str, when: datetime | None, action: str) -> Task:
        said = {
            "job": job.reference,
            "title": job.title,
            "why": job.state_reason or "?",
            "amount": euros(job.balance),
            "back": euros(-job.balance),
        }
        told = [job.client.name]
        if when:
            told.append(near_day(timezone.localdate(when), timezone.localdate(self.at)))
        if job.technician and not self.own:
            told.append(person_name(job.technician))
        places = self.may_change and action in (_("Replanifier"), _("Planifier"), _("Confier"))
        url = reverse("interventions:slot", args=[job.reference]) if places else job.get_absolute_url()
        return Task(rank, icon, words % said, " · ".join(told), action if self.may_change else _("Ouvrir"), url)
