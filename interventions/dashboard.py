"""The first page after signing in: what there is to do now, today’s work, and who is on the site."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from access.counter.presence import rooms
from access.counter.recent import recent
from access.gate.unread import unread_exits
from access.tasks import access_tasks
from clients.models import NAMED_BY, Client
from clients.status import active, explain
from clients.tasks import client_tasks
from fixaloop.lists.counting import read
from fixaloop.lists.figures import SHOWN, Item, Panel, make_panel, remembered
from fixaloop.lists.tasks import Task, draw, tell
from fixaloop.web.icons import chip, icon
from fixaloop.web.refusals import givers_of_rights
from fixaloop.words.dates import end_of, said_day, say_clock, start_of
from fixaloop.words.text import person_name
from fixaloop.worker.silence import worker_tasks
from interventions.activity import newly_active
from interventions.first_steps import first_steps
from interventions.models import Intervention
from interventions.pages.cells import slot_chip, state_chip
from interventions.pages.list import mine_url
from interventions.reports.glance import glance
from interventions.rights import VIEW, works_alone
from interventions.states import State
from interventions.tasks import READ, job_tasks

# What one reads at a glance; the others are in their lists.
MOST = 16
# What is read of a client to name it and to say its status.
READ_CLIENT = (
    *(*NAMED_BY, "sort_name", "active_until", "resumes_at", "resumes_until"),
    *("status_mode", "status_until", "status_reason", "status_at", "deciding_number", "deciding_state", "deciding_end"),
)
WAY = ("client__street", "client__postal_code", "client__city")
SOON = timedelta(days=7)


def dashboard(request: HttpRequest) -> HttpResponse:
    now, user = timezone.now(), request.user
    today = timezone.localdate(now)
    # Of a superuser, all rights there are would be read.
    is_nobody = not (user.is_superuser or user.get_all_permissions())
    tasks = _tasks(user, now)
    context = {
        "day": said_day(today, "l j F"),
        "actions": list(_actions(user)),
        "first_steps": first_steps(user),
        "is_nobody": is_nobody,
        "givers": givers_of_rights() if is_nobody else [],
        "glance": glance(user, now),
        "tasks": tasks,
        "tasks_drawn": draw(tasks),
        "passages": _passages(user, now) if _keeps_the_gate(user) else None,
        "panels": list(_panels(user, now)),
    }
    return render(request, "dashboard.html", context)


def _tasks(user: Any, now: datetime) -> list[Task]:
    told = (*worker_tasks(user, now), *access_tasks(user, now), *job_tasks(user, now), *client_tasks(user, now))
    return sorted(tell(told), key=lambda task: task.rank)[:MOST]


def _keeps_the_gate(user: Any) -> bool:
    return bool(user.has_perm("access.use_control") and not user.has_perm(VIEW))


def _actions(user: Any) -> Iterator[tuple[str, str, str]]:
    """The gestures of the day, the most usual last: the gate for gatekeepers, their own work for technicians."""
    if works_alone(user):
        yield _("Planning"), reverse("interventions:planning"), "calendar"
        yield _("Mes interventions"), mine_url(), "wrench"
    elif user.has_perm("interventions.add_intervention"):
        if user.has_perm("clients.add_client"):
            yield _("Nouveau client"), reverse("clients:new"), "user-plus"
        yield _("Nouvelle intervention"), reverse("interventions:new"), "plus"
    elif user.has_perm("access.use_control"):
        yield _("Contrôle"), reverse("access:control"), "scan-line"


def _panels(user: Any, now: datetime) -> Iterator[Panel]:
    if user.has_perm(VIEW):
        yield _today(user, now)
    if user.has_perm("access.view_entry"):
        yield _inside(now)
    if user.has_perm("clients.view_client") and not (works_alone(user) or _keeps_the_gate(user)):
        yield from (panel for panel in _turning(now) if panel.items)


def _today(user: Any, now: datetime) -> Panel:
    own, day = works_alone(user), timezone.localdate(now)
    rows = Intervention.objects.filter(technician=user) if own else Intervention.objects.all()
    rows = rows.select_related("client", "technician").only(*READ, *WAY, "place", "planned_end", "reopened_at")
    today = rows.exclude(state__in=(State.CANCELLED, State.TO_PLAN)).overlapping(start_of(day), end_of(day))
    return make_panel(
        _("Aujourd’hui"),
        today.order_by("planned_key", "id"),
        lambda job: _job(job, now, own=own),
        url=reverse("interventions:planning"),
        nothing=_("Rien n’est prévu aujourd’hui."),
    )


def _job(job: Intervention, now: datetime, *, own: bool) -> Item:
    who = f" · {person_name(job.technician)}" if job.technician and not own else ""
    when = say_clock(timezone.localtime(job.planned_start))
    state = (
        _way(job) if own and job.place == Intervention.Place.ON_SITE else slot_chip(job, now) or state_chip(job.state)
    )
    return Item(job.title, job.get_absolute_url(), f"{when} · {job.client.name}{who}", state)


def _way(job: Intervention) -> str:
    """A link to a map with the address of a job; its state if the client has no address."""
    client = job.client
    address = " ".join(part for part in (client.street, client.postal_code, client.city) if part)
    if not address:
        return state_chip(job.state)
    url = f"https://www.openstreetmap.org/search?{urlencode({'query': address})}"
    return format_html('<a class="btn" href="{}" rel="noreferrer">{}{}</a>', url, icon("map-pin", 16), _("Y aller"))


def _inside(now: datetime) -> Panel:
    url, every = reverse("access:occupancy"), remembered("dashboard.rooms", lambda: rooms(now, unread_exits(now)))
    shown = sorted(every, key=lambda room: room.fraction or 0, reverse=True)[:SHOWN]
    items = [Item(room.zone.name, f"{url}?zone={room.zone.pk}", room.room, room.inside) for room in shown]
    return Panel(_("Sur place"), items, "", url, _("Aucune zone pour l’instant."))


def _passages(user: Any, now: datetime) -> Panel:
    items = [Item(one.who, one.url, f"{one.word} · {one.where}", one.time) for one in recent(user, now)]
    url = f"{reverse('access:events')}?kind=entry&kind=exit&kind=refused"
    return Panel(_("Derniers passages"), items, "", url, _("Personne n’est passé depuis 24 heures."))


def _turning(now: datetime) -> Iterator[Panel]:
    def item(client: Client) -> Item:
        status = explain(client, now)
        note = f"{client.reference} · {status.reason}"
        return Item(client.name, client.get_absolute_url(), note, chip(status.label, status.tone, status.icon))

    turning, newest = remembered("dashboard.turning", lambda: (_soon_inactive(now), _newest(now)))
    yield make_panel(_("Inactifs d’ici 7 jours"), turning, item, counted=False)
    yield make_panel(_("Devenus actifs depuis 7 jours"), newest, item, counted=False)


def _soon_inactive(now: datetime) -> list[Client]:
    turning = Client.objects.filter(active_until__gt=now, active_until__lte=now + SOON)
    return read(turning.only(*READ_CLIENT).order_by("active_until", "id")[: SHOWN + 1])


def _newest(now: datetime) -> list[Client]:
    found: list[Client] = []
    for some in newly_active(Client.objects.filter(active(now)), now - SOON):
        found += read(some.only(*READ_CLIENT).order_by("-active_until", "sort_name", "id")[: SHOWN + 1])
    found.sort(key=lambda client: (-client.active_until.timestamp(), client.sort_name, client.pk))
    return found[: SHOWN + 1]
