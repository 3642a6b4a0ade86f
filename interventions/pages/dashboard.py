"""The first page after signing in: what matters today to this person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from access.dashboard import access_panels
from clients.models import Client
from fixaloop.lists.figures import remembered
from fixaloop.lists.pagination import COUNT_CAP, capped_count
from fixaloop.web.icons import icon
from fixaloop.words.people import person_name
from interventions import activity
from interventions.facts import newly_active
from interventions.models import Intervention, InterventionQuerySet
from interventions.pages.cells import late_chip, near_day, state_chip
from interventions.pages.filters import start_of
from interventions.pages.shortcuts import shortcuts
from interventions.rights import VIEW, works_alone
from interventions.states import State

SHOWN = 8
SOON = timedelta(days=7)


@dataclass(frozen=True)
class Line:
    """One thing to look at: its name, what one needs to know of it, its chip."""

    name: str
    url: str
    note: str
    chip: SafeString


@dataclass(frozen=True)
class Panel:
    """Some lines under a heading, how many there are in all and where, and what is said when there are none."""

    title: str
    lines: list[Line]
    count: str
    url: str
    nothing: str


def dashboard(request: HttpRequest) -> HttpResponse:
    """Today's work, what is late or without a place, and the clients whose status turns."""
    now, user = timezone.now(), request.user
    panels: list[Any] = []
    if user.has_perm(VIEW):
        panels += list(_work(user, now))
    if user.has_perm("clients.view_client") and not works_alone(user):
        panels += list(_clients(now))
    panels += access_panels(user, now)
    return render(request, "dashboard.html", {"shortcuts": shortcuts(user), "panels": panels})


def _work(user: Any, now: datetime) -> Iterator[Panel]:
    """A technician's own work; everybody's for those who plan."""
    own = works_alone(user)
    rows = Intervention.objects.filter(technician=user) if own else Intervention.objects.all()
    rows = rows.select_related("client", "technician").defer("search_text", "client__search_text")
    morning, midnight = start_of(timezone.localdate(now)), start_of(timezone.localdate(now) + timedelta(days=1))
    listed = f"{reverse('interventions:list')}?{'technician=me&' if own else ''}"
    today = rows.exclude(state__in=(State.CANCELLED, State.TO_PLAN)).overlapping(morning, midnight)
    yield _panel(
        _("Aujourd’hui"),
        today.order_by("planned_key", "id"),
        reverse("interventions:planning"),
        _("Rien n’est prévu aujourd’hui."),
        lambda some: [_job(job, now, _hours(job), own) for job in some],
    )
    yield _panel(
        _("En retard"),
        rows.late(now).order_by("planned_end", "id"),
        f"{listed}late=true&sort=planned",
        _("Rien n’est en retard."),
        lambda some: [_job(job, now, _near(job.planned_end or now, now), own) for job in some],
    )
    if not own:
        yield _panel(
            _("À planifier"),
            rows.filter(state=State.TO_PLAN).order_by("number"),
            f"{listed}state=to_plan&sort=reference",
            _("Tout est planifié."),
            lambda some: [_job(job, now, _near(job.created_at, now), own) for job in some],
        )


def _job(job: Intervention, now: datetime, when: str, own: bool) -> Line:
    who = f" · {person_name(job.technician)}" if job.technician and not own else ""
    chip = late_chip() if job.is_late(now) else state_chip(job.state)
    return Line(job.title, job.get_absolute_url(), f"{when} · {job.client.name}{who}", chip)


def _near(moment: datetime, now: datetime) -> str:
    return near_day(timezone.localdate(moment), timezone.localdate(now))


def _hours(job: Intervention) -> str:
    start = timezone.localtime(job.planned_start)
    return f"{start:%H:%M}"


def _clients(now: datetime) -> Iterator[Panel]:
    latest = Client.objects.order_by("-created_at", "-id")
    turning = Client.objects.filter(active_until__gt=now, active_until__lte=now + SOON)
    yield _panel(
        _("Devenus actifs depuis 7 jours"),
        remembered("dashboard.newly_active", lambda: _newest(now)),
        "",
        _("Aucun client n’est devenu actif cette semaine."),
        lambda some: _people(some, now),
        counted=False,
    )
    yield _panel(
        _("Inactifs d’ici 7 jours"),
        turning.order_by("active_until", "id"),
        "",
        _("Aucun client ne devient inactif cette semaine."),
        lambda some: _people(some, now),
        counted=False,
    )
    yield _panel(
        _("Derniers clients"),
        latest[:SHOWN],
        "",
        _("Aucun client pour l’instant."),
        lambda some: _people(some, now),
        counted=False,
    )


def _newest(now: datetime) -> list[Client]:
    """Some clients that have become active lately, in the order of lists."""
    found: list[Client] = []
    for some in newly_active(Client.objects.filter(activity.active(now)), now - SOON):
        found += some.order_by("-active_until", "sort_name", "id")[: SHOWN + 1]
    return sorted(found, key=lambda client: (-client.active_until.timestamp(), client.sort_name, client.pk))[
        : SHOWN + 1
    ]


def _people(clients: Iterable[Client], now: datetime) -> list[Line]:
    explained = [(client, activity.explain(client, now)) for client in clients]
    return [
        Line(
            client.name,
            client.get_absolute_url(),
            f"{client.reference} · {status.reason}",
            format_html(
                '<span class="chip" data-tone="{}">{}{}</span>', status.tone, icon(status.icon, 14), status.label
            ),
        )
        for client, status in explained
    ]


def _panel(
    title: str,
    rows: InterventionQuerySet | QuerySet[Any] | list[Any],
    url: str,
    nothing: str,
    lines: Callable[[Iterable[Any]], list[Line]],
    counted: bool = True,
) -> Panel:
    found = list(rows[: SHOWN + 1])
    count = number_format(len(found)) if len(found) <= SHOWN else ""
    if counted and not count and not isinstance(rows, list):
        total = capped_count(rows)
        cap = {"cap": number_format(COUNT_CAP)}
        count = number_format(total) if total <= COUNT_CAP else _("plus de %(cap)s") % cap
    return Panel(title, lines(found[:SHOWN]), count, url if len(found) > SHOWN else "", nothing)
