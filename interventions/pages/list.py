"""Lists of interventions, all of them and those of one client: filters, columns, figures, tabs."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, ClassVar
from urllib.parse import urlencode

import django_filters
from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy as _, ngettext_lazy, npgettext

from access.shared.filters import VehicleFilter
from access.shared.lists import ClientTab, client_cell
from clients.lists.filters import ClientFilter, SearchFilter
from clients.models import Client
from clients.pages.page import Link
from fixaloop.lists.choices import RowChoices
from fixaloop.lists.days import DayFilter, SinceFilter, UntilFilter
from fixaloop.lists.figures import Figure, remembered, shares
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.page import Column, ListPage
from fixaloop.lists.saved import Saved
from fixaloop.words.dates import end_of, start_of
from fixaloop.words.text import person_name
from interventions.models import Intervention, InterventionQuerySet
from interventions.pages import cells
from interventions.pages.file_columns import EXPORTED, WITHOUT_MONEY
from interventions.pages.forms import technicians
from interventions.rights import CHANGE_OWN, SEE_MONEY
from interventions.search import matching
from interventions.states import OPEN, State

MINE, NOBODY, ALL_OPEN = "me", "none", "open"
CREDIT = (("true", _("De l’argent à rendre")),)
HELD_OVER, GONE = "waiting", "gone"


def mine_url() -> str:
    query = urlencode({"technician": MINE, "state": ALL_OPEN, "sort": "planned"})
    return f"{reverse('interventions:list')}?{query}"


def view_tabs(request: HttpRequest) -> list[Link]:
    listed, planning = reverse("interventions:list"), reverse("interventions:planning")
    mine = request.GET.get("technician") == MINE
    own = [Link(_("Mes interventions"), mine_url(), request.path == listed and mine)]
    return [
        Link(_("Toutes"), listed, request.path == listed and not mine),
        *(own if request.user.has_perm(CHANGE_OWN) else ()),
        Link(_("Planning"), planning, request.path == planning),
    ]


def _people() -> Iterable[tuple[str, str]]:
    """The team; others appear while they have interventions."""
    jobs = Intervention.objects.filter(technician=OuterRef("pk"))
    others = User.objects.filter(Exists(jobs)).exclude(pk__in=technicians().values("pk"))
    users = [*technicians(), *others.order_by("-is_active", "last_name", "username")]
    return [(str(user.pk), person_name(user)) for user in users]


# One’s own, nobody’s, those of people who left, or those of one person.
TECHNICIANS = RowChoices(
    "interventions.technicians", _people, ((MINE, _("Moi")), (NOBODY, _("Personne")), (GONE, _("Partis")))
)


def of_technician(rows: QuerySet[Any], who: str, user: Any, job: str = "") -> QuerySet[Any]:
    if who == NOBODY:
        return rows.filter(**{f"{job}technician__isnull": True})
    gone = User.objects.filter(is_active=False)
    keys = gone.values_list("pk", flat=True) if who == GONE else [user.pk if who == MINE else int(who)]
    return rows.filter(**{f"{job}technician__in": list(keys)})


class InterventionListFilter(ListFilter):
    q = SearchFilter(label=_("Recherche"), method="search_words")
    state = django_filters.ChoiceFilter(
        label=_("État"),
        choices=[(ALL_OPEN, _("Ouvertes")), *State.choices],
        empty_label=_("Tous les états"),
        method="by_state",
    )
    technician = django_filters.ChoiceFilter(
        label=_("Technicien"),
        choices=TECHNICIANS,
        empty_label=_("Tous les techniciens"),
        method="by_technician",
    )
    late = django_filters.ChoiceFilter(
        label=_("Retard"),
        choices=(("true", _("En retard seulement")), (HELD_OVER, _("En attente, créneau passé"))),
        empty_label=_("En retard ou non"),
        method="only_late",
    )
    client = ClientFilter(label=_("Client"))
    vehicle = VehicleFilter(label=_("Véhicule"))
    company = ClientFilter(label=_("Entreprise et ses membres"), method="of_company", companies_only=True)
    city = django_filters.CharFilter(label=_("Ville du client"), method="in_town", max_length=120)
    planned_after = DayFilter(label=_("Prévue à partir du"), method="planned_from")
    planned_before = DayFilter(label=_("Prévue jusqu’au"), method="planned_until")
    created_after = SinceFilter(label=_("Créée depuis le"), field_name="created_at")
    created_before = UntilFilter(label=_("Créée jusqu’au"), field_name="created_at")
    finished_after = SinceFilter(label=_("Terminée depuis le"), field_name="finished_at")
    finished_before = UntilFilter(label=_("Terminée jusqu’au"), field_name="finished_at")
    unpaid = django_filters.ChoiceFilter(
        label=_("Paiement"),
        choices=(("true", _("Impayées seulement")),),
        empty_label=_("Toutes"),
        method="only_unpaid",
    )

    credit = django_filters.ChoiceFilter(
        label=_("À rendre"), choices=CREDIT, empty_label=_("Toutes"), method="only_credits"
    )

    primary = ("state", "technician", "late")
    may_begin_late = ("late", "company", "city", "created_before", "finished_after", "finished_before")
    needs: ClassVar = {
        "unpaid": SEE_MONEY,
        "credit": SEE_MONEY,
        "vehicle": "access.view_vehicle",
        "company": "clients.view_client",
        "city": "clients.view_client",
    }
    search_label = _("Rechercher une intervention")
    search_placeholder = _("Objet, appareil, plaque, client, référence…")

    def search_words(self, rows: InterventionQuerySet, name: str, query: str) -> QuerySet[Any]:
        return rows.filter(matching(query))

    def of_company(self, rows: InterventionQuerySet, name: str, company: Client) -> QuerySet[Any]:
        return rows.filter(client__in=Client.objects.of_company(company).values("pk"))

    def in_town(self, rows: InterventionQuerySet, name: str, town: str) -> QuerySet[Any]:
        return rows.filter(client__in=Client.objects.in_town(town).values("pk"))

    def by_state(self, rows: InterventionQuerySet, name: str, state: str) -> QuerySet[Any]:
        return rows.open() if state == ALL_OPEN else rows.filter(state=state)

    def withheld(self, name: str) -> Collection[str]:
        # Work is given to nobody without that right.
        return (MINE,) if name == "technician" and not self.request.user.has_perm(CHANGE_OWN) else ()

    def by_technician(self, rows: InterventionQuerySet, name: str, who: str) -> QuerySet[Any]:
        return of_technician(rows, who, self.request.user)

    def only_late(self, rows: InterventionQuerySet, name: str, asked: str) -> QuerySet[Any]:
        return rows.held_over(self.at) if asked == HELD_OVER else rows.late(self.at)

    def planned_from(self, rows: InterventionQuerySet, name: str, day: date) -> QuerySet[Any]:
        return rows.planned_from(start_of(day))

    def planned_until(self, rows: InterventionQuerySet, name: str, day: date) -> QuerySet[Any]:
        return rows.planned_until(end_of(day))

    def only_unpaid(self, rows: InterventionQuerySet, name: str, asked: str) -> QuerySet[Any]:
        return rows.unpaid()

    def only_credits(self, rows: InterventionQuerySet, name: str, asked: str) -> QuerySet[Any]:
        return rows.to_give_back()


IDENTITY = Column("reference", _("Intervention"), cells.identity_cell, sort="reference", css="cell-main")
STATE = Column("state", _("État"), cells.state_cell, css="cell-status")
CLIENT = Column("client", _("Client"), client_cell, css="cell-rest cell-name")
SLOT = Column("planned", _("Prévue"), cells.slot_cell, sort="planned", css="cell-rest")
TECHNICIAN = Column("technician", _("Technicien"), cells.technician_cell, css="cell-rest cell-tight")
TIME = Column("time", _("Temps"), cells.time_cell, css="cell-wide cell-spare num")
MONEY = Column("balance", _("Montant"), cells.money_cell, sort="balance", css="cell-rest cell-amount num")
# What the cells read: whole rows cost more to read than to show.
SHOWN = (
    "number", "title", "equipment_brand", "equipment_model", "state", "state_reason", "planned_start", "planned_end",
    "started_at", "finished_at", "waiting_since", "waited",
    "reopened_at",    "parts_amount", "labor_amount", "cancellation_fee", "balance",
    "client__number", "client__kind", "client__company_name", "client__first_name", "client__last_name",
    "technician__username", "technician__first_name", "technician__last_name", "technician__is_active",
    "vehicle__plate", "vehicle__country",
)  # fmt: skip


def count_states(interventions: QuerySet[Intervention]) -> dict[str, int]:
    return dict(interventions.order_by().values_list("state").annotate(count=Count("pk")))


def state_figures(counts: dict[str, int]) -> tuple[Figure, ...]:
    opened = sum(counts.get(state, 0) for state in OPEN)
    ended = counts.get(State.DONE, 0) + counts.get(State.CLOSED, 0)
    cancelled = counts.get(State.CANCELLED, 0)
    progress = [
        (npgettext("chiffre", "ouverte", "ouvertes", opened), opened, "brand", f"?state={ALL_OPEN}"),
        (npgettext("chiffre", "terminée", "terminées", ended), ended, "ok", ""),
        (npgettext("chiffre", "annulée", "annulées", cancelled), cancelled, "muted", f"?state={State.CANCELLED}"),
    ]
    words = (
        (State.TO_PLAN, gettext("à planifier"), "warn"),
        (State.PLANNED, npgettext("chiffre", "planifiée", "planifiées", counts.get(State.PLANNED, 0)), "brand"),
        (State.IN_PROGRESS, gettext("en cours"), "ok"),
        (State.ON_HOLD, gettext("en attente"), "muted"),
    )
    stages = [(word, counts.get(state, 0), tone, f"?state={state}") for state, word, tone in words]
    return (
        Figure(gettext("Total"), number_format(opened + ended + cancelled)),
        Figure(gettext("Avancement"), parts=shares(progress)),
        Figure(gettext("Ouvertes"), parts=shares(stages)),
    )


class InterventionList(ListPage):
    """All interventions, the latest first; those of a period in the order they are planned."""

    model = Intervention
    filterset_class = InterventionListFilter
    views = (
        Saved(_("Toutes")),
        Saved(_("Ouvertes"), f"state={ALL_OPEN}"),
        Saved(_("Les miennes"), f"technician={MINE}&state={ALL_OPEN}&sort=planned"),
        Saved(_("En retard"), "late=true"),
        Saved(_("À planifier"), f"state={State.TO_PLAN}"),
        Saved(_("À encaisser"), "unpaid=true"),
    )
    columns: ClassVar[Sequence[Column]] = (IDENTITY, STATE, CLIENT, SLOT, TECHNICIAN, TIME, MONEY)
    orders: ClassVar = {
        "reference": ("number",),
        "planned": ("planned_key", "id"),
        "created": ("created_at", "id"),
        "balance": ("balance", "id"),
    }
    default_sort = "-reference"
    addressed_by = "number"
    title = _("Interventions")
    template_name = "interventions/list.html"
    noun = ngettext_lazy("%(count)s intervention", "%(count)s interventions", "number")
    export_columns = EXPORTED
    export_permission = "interventions.export_intervention"
    new_page = "interventions:new"
    new_label = _("Nouvelle intervention")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if not request.user.has_perm(SEE_MONEY):
            self.columns = [column for column in self.columns if column is not MONEY]  # type: ignore[misc]
            self.orders = {name: order for name, order in self.orders.items() if name != "balance"}  # type: ignore[misc]
            self.export_columns = WITHOUT_MONEY  # type: ignore[misc]
        if any(request.GET.get(name) for name in ("planned_after", "planned_before")):
            self.default_sort = "planned"  # type: ignore[misc]

    def shown(self, queryset: QuerySet[Intervention]) -> QuerySet[Intervention]:
        return queryset.select_related("client", "technician", "vehicle").only(*SHOWN)

    def exported(self, queryset: QuerySet[Intervention]) -> QuerySet[Intervention]:
        rows = queryset.select_related("client", "technician", "vehicle")
        return rows.defer("search_text", "client__search_text", "vehicle__search_text")

    def told_beside(self, row: Intervention) -> Sequence[tuple[Any, str]]:
        return ((_("Description"), row.description), (_("Compte rendu"), row.report))

    def figures(self) -> tuple[Figure, ...]:
        return state_figures(remembered("interventions.figures", lambda: count_states(self.base_queryset())))

    def extra_context(self) -> dict[str, Any]:
        return {"tabs": view_tabs(self.request)}


class ClientInterventionList(ClientTab, InterventionList):
    tab = "client-interventions"
    stylesheet = ""
    columns = (IDENTITY, STATE, SLOT, TECHNICIAN, TIME, MONEY)

    def figures(self) -> tuple[Figure, ...]:
        return state_figures(count_states(self.base_queryset()))
