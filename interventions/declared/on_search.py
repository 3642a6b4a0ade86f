"""Interventions among the hits of a search of everything, and what begins one."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext as _, gettext_lazy

from clients.models import Client
from clients.reference import parse_reference
from fixaloop.lists.counting import read
from fixaloop.search.hits import WANTED, Action, Asked, Best, Hit, Offer, Source, collect
from fixaloop.search.rows import first_rows
from interventions.models import INTERVENTION, Intervention
from interventions.pages.cells import slot_chip, state_chip
from interventions.pages.list import MINE
from interventions.rights import CHANGE_OWN, VIEW
from interventions.search import matching

SEE_CLIENT = "clients.view_client"
CLIENTS = "clients"
ROWS = Intervention.objects.select_related("client").only(
    *("number", "title", "state", "planned_end", "reopened_at"),
    *(f"client__{name}" for name in ("number", "kind", "company_name", "first_name", "last_name")),
)
ORDER = ("-number",)
# Among so many of the latest, the open ones come first.
COMPARED = 12


def find(asked: Asked) -> list[Hit]:
    number = INTERVENTION.parse(asked.text)
    found = collect(_batches(asked), COMPARED)
    found.sort(key=lambda job: (job.number != asked.number, not job.is_open))
    return [_hit(job, asked, is_exact=job.number == number) for job in found[:WANTED]]


def _batches(asked: Asked) -> Iterator[list[Intervention]]:
    if asked.number is not None:
        yield list(ROWS.filter(number=asked.number))
    if asked.is_short or "@" in asked.text:
        return
    client = parse_reference(asked.text)
    if client is not None:
        # By its key: all interventions hold the letters of the references of clients.
        owner = Client.objects.known_as(client)
        yield read(ROWS.filter(client=owner.pk).order_by(*ORDER)[:COMPARED]) if owner else []
        return
    yield _first(matching(asked.text), asked)


def _first(condition: Q, asked: Asked) -> list[Intervention]:
    return first_rows(condition, ROWS, ORDER, COMPARED)


def _hit(job: Intervention, asked: Asked, *, is_exact: bool) -> Hit:
    return Hit(
        job.get_absolute_url(),
        "wrench",
        f"{job.reference} · {job.title}",
        job.client.name if asked.user.has_perm(SEE_CLIENT) else "",
        slot_chip(job, asked.at) or state_chip(job.state),
        key=job.reference,
        is_exact=is_exact,
    )


def offer_new(asked: Asked, best: Best) -> Offer | None:
    client = best.get(CLIENTS)
    if client is None:
        return None
    return Offer(_("Nouvelle intervention pour %(name)s") % {"name": client.title}, {"client": client.key})


SOURCES = (Source("interventions", gettext_lazy("Interventions"), 2, (VIEW,), "interventions:list", find),)
ACTIONS = (
    Action(
        gettext_lazy("Nouvelle intervention"),
        "plus",
        "interventions:new",
        ("interventions.add_intervention",),
        offer=offer_new,
    ),
    Action(gettext_lazy("Planning"), "calendar-days", "interventions:planning", (VIEW,)),
    Action(
        gettext_lazy("Mes interventions"),
        "wrench",
        "interventions:list",
        (VIEW, CHANGE_OWN),
        {"technician": MINE, "state": "open", "sort": "planned"},
    ),
    Action(gettext_lazy("Clôture de la caisse"), "banknote", "payments:closing", ("interventions.view_closing",)),
)
