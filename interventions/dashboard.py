"""The first page after signing in: shortcuts, today’s work, and the clients whose status changes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from access.dashboard import access_panels
from clients.models import Client
from clients.status import active, explain
from fixaloop.lists.figures import SHOWN, Item, Panel, make_panel, remembered
from fixaloop.web.icons import chip
from fixaloop.words.dates import end_of, start_of
from fixaloop.words.money import euros
from fixaloop.words.text import person_name
from interventions.activity import newly_active
from interventions.models import Intervention, InterventionQuerySet
from interventions.pages.cells import near_day, slot_chip, state_chip
from interventions.pages.list import mine_url
from interventions.rights import SEE_MONEY, VIEW, works_alone
from interventions.states import State

SOON = timedelta(days=7)


def dashboard(request: HttpRequest) -> HttpResponse:
    now, user = timezone.now(), request.user
    panels: list[Panel] = []
    if user.has_perm(VIEW):
        panels += _work(user, now)
    if user.has_perm("clients.view_client") and not works_alone(user):
        panels += _clients(now)
    panels += access_panels(user, now)
    return render(request, "dashboard.html", {"shortcuts": _shortcuts(user), "panels": panels})


def _shortcuts(user: Any) -> list[dict[str, str]]:
    """The tiles on top: the gate comes first for those who keep it, own work for those who do nothing else."""
    clients, new_client = reverse("clients:list"), reverse("clients:new")
    planning, new = reverse("interventions:planning"), reverse("interventions:new")
    add = "interventions.add_intervention"
    offered = [
        ("clients.view_client", _("Chercher un client"), clients, "search", _("nom, téléphone, SIRET…")),
        (VIEW, _("Planning"), planning, "calendar-days", _("la semaine par technicien")),
        (add, _("Nouvelle intervention"), new, "wrench", _("pour un client connu ou nouveau")),
        ("clients.add_client", _("Nouveau client"), new_client, "user-plus", _("particulier ou entreprise")),
    ]
    if user.has_perm("access.use_control") and not user.has_perm(add):
        gate = (_("Contrôle"), reverse("access:control"), "scan-line", _("carte, plaque ou nom"))
        inside = (_("Qui est là"), reverse("access:occupancy"), "users-round", _("les présents par zone"))
        offered[:0] = [("access.use_control", *gate), ("access.view_entry", *inside)]
    if works_alone(user):
        offered.insert(0, (VIEW, _("Mes interventions"), mine_url(), "wrench", _("celles qui sont ouvertes")))
    return [
        {"label": label, "url": url, "icon": icon, "hint": hint}
        for right, label, url, icon, hint in offered
        if user.has_perm(right)
    ]


def _work(user: Any, now: datetime) -> Iterator[Panel]:
    own = works_alone(user)
    rows = Intervention.objects.filter(technician=user) if own else Intervention.objects.all()
    rows = rows.select_related("client", "technician").defer("search_text", "client__search_text")
    day = timezone.localdate(now)
    listed = f"{reverse('interventions:list')}?{'technician=me&' if own else ''}"
    today = rows.exclude(state__in=(State.CANCELLED, State.TO_PLAN)).overlapping(start_of(day), end_of(day))
    yield make_panel(
        _("Aujourd’hui"),
        today.order_by("planned_key", "id"),
        lambda job: _job(job, now, f"{timezone.localtime(job.planned_start):%H:%M}", own),
        url=reverse("interventions:planning"),
        nothing=_("Rien n’est prévu aujourd’hui."),
    )
    yield make_panel(
        _("En retard"),
        rows.late(now).order_by("planned_end", "id"),
        lambda job: _job(job, now, _near(job.planned_end, now), own),
        url=f"{listed}late=true&sort=planned",
        nothing=_("Rien n’est en retard."),
    )
    yield make_panel(
        _("En attente"),
        rows.filter(state=State.ON_HOLD).order_by("waiting_since", "id"),
        lambda job: _job(job, now, f"{job.state_reason}, {_near(job.waiting_since, now)}", own),
        url=f"{listed}state=on_hold",
        nothing=_("Rien n’attend."),
    )
    if not own:
        yield from _left(rows, now, listed)
        yield make_panel(
            _("À planifier"),
            rows.filter(state=State.TO_PLAN).order_by("number"),
            lambda job: _job(job, now, _near(job.created_at, now), own),
            url=f"{listed}state=to_plan&sort=reference",
            nothing=_("Tout est planifié."),
        )
    if not own and user.has_perm(SEE_MONEY):
        yield make_panel(
            _("Argent à rendre"),
            rows.to_give_back().order_by("-number"),
            lambda job: _job(job, now, euros(-job.balance), own),
            url=f"{listed}credit=true",
            nothing=_("Il n’y a rien à rendre."),
        )


def _left(rows: InterventionQuerySet, now: datetime, listed: str) -> Iterator[Panel]:
    panel = make_panel(
        _("Technicien parti"),
        rows.open().filter(technician__is_active=False).order_by("planned_key", "id"),
        lambda job: _job(job, now, _near(job.planned_start or job.created_at, now), own=False),
        url=f"{listed}technician=gone&state=open&sort=planned",
    )
    if panel.items:
        yield panel


def _job(job: Intervention, now: datetime, when: str, own: bool) -> Item:
    who = f" · {person_name(job.technician)}" if job.technician and not own else ""
    state = slot_chip(job, now) or state_chip(job.state)
    return Item(job.title, job.get_absolute_url(), f"{when} · {job.client.name}{who}", state)


def _near(moment: datetime, now: datetime) -> str:
    return near_day(timezone.localdate(moment), timezone.localdate(now))


def _clients(now: datetime) -> Iterator[Panel]:
    def item(client: Client) -> Item:
        status = explain(client, now)
        note = f"{client.reference} · {status.reason}"
        return Item(client.name, client.get_absolute_url(), note, chip(status.label, status.tone, status.icon))

    turning = Client.objects.filter(active_until__gt=now, active_until__lte=now + SOON)
    yield make_panel(
        _("Devenus actifs depuis 7 jours"),
        remembered("dashboard.newly_active", lambda: _newest(now)),
        item,
        nothing=_("Aucun client n’est devenu actif cette semaine."),
        counted=False,
    )
    yield make_panel(
        _("Inactifs d’ici 7 jours"),
        turning.order_by("active_until", "id"),
        item,
        nothing=_("Aucun client ne devient inactif cette semaine."),
        counted=False,
    )
    yield make_panel(
        _("Derniers clients"),
        Client.objects.order_by("-created_at", "-id")[:SHOWN],
        item,
        nothing=_("Aucun client pour l’instant."),
    )


def _newest(now: datetime) -> list[Client]:
    found: list[Client] = []
    for some in newly_active(Client.objects.filter(active(now)), now - SOON):
        found += some.order_by("-active_until", "sort_name", "id")[: SHOWN + 1]
    found.sort(key=lambda client: (-client.active_until.timestamp(), client.sort_name, client.pk))
    return found[: SHOWN + 1]
