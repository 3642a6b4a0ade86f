"""Lists of events: the timeline of everything, and that of one client."""

from collections.abc import Collection
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _, ngettext_lazy

from access.events.timeline import Sight, export_columns, timeline, with_names
from access.events.words import hidden_from, unseen_kinds
from access.models import AccessCard, Device, Event, Vehicle, Zone
from access.search import events_matching
from access.shared import filters
from access.shared.lists import ClientTab, deferred
from clients.lists.filters import ClientFilter, SearchFilter
from clients.models import Client
from fixaloop.lists.days import SinceFilter, UntilFilter
from fixaloop.lists.figures import Figure, remembered
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.page import Column, ListPage
from fixaloop.lists.saved import Saved
from fixaloop.lists.several import SeveralChoicesFilter
from fixaloop.words.dates import start_of

DEFERRED = deferred(client=Client, card=AccessCard, vehicle=Vehicle, device=Device, zone=Zone, actor=User)


class EventListFilter(ListFilter):
    q = SearchFilter(label=_("Recherche"), method="search_words")
    kind = SeveralChoicesFilter(label=_("Type"), choices=Event.Kind.choices, empty_label=_("Tous les types"))
    after = SinceFilter(label=_("Depuis le"), field_name="at")
    before = UntilFilter(label=_("Jusqu’au"), field_name="at")
    device = filters.DeviceFilter()
    zone = filters.ZoneFilter()
    tag = filters.TagFilter()
    card = filters.CardFilter(label=_("Carte"))
    vehicle = filters.VehicleFilter(label=_("Véhicule"))
    client = ClientFilter(label=_("Client"))

    primary = ("kind", "after", "before", "device")
    needs = {"card": "access.view_accesscard", "vehicle": "access.view_vehicle"}
    search_label = _("Rechercher un événement")
    search_placeholder = _("Client, plaque, carte, téléphone…")

    def withheld(self, name: str) -> Collection[str]:
        return unseen_kinds(self.request.user) if name == "kind" else ()

    def search_words(self, events: QuerySet[Any], name: str, query: str) -> QuerySet[Any]:
        return events.filter(events_matching(query))


def no_cell(event: Event, at: object) -> str:
    """The timeline draws whole rows: its columns have headings only."""
    return ""


class EventList(ListPage):
    model = Event
    filterset_class = EventListFilter
    views = (
        Saved(_("Tous")),
        Saved(_("Passages"), "kind=entry&kind=exit"),
        Saved(_("Refus"), "kind=refused"),
        Saved(_("Notes"), "kind=note"),
    )
    columns = (
        Column("at", _("Heure"), no_cell, sort="at", css="event__time"),
        Column("what", _("Événement"), no_cell, css="event__what"),
        Column("client", _("Client"), no_cell, css="event__who"),
        Column("where", _("Zone"), no_cell, css="event__where"),
    )
    orders = {"at": ("at", "id")}
    default_sort = "-at"
    title = _("Événements")
    noun = ngettext_lazy("%(count)s événement", "%(count)s événements", "number")
    template_name = "access/list.html"
    export_columns = export_columns(Sight())
    export_permission = "access.export_event"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.export_columns = export_columns(self.sight)  # type: ignore[misc]

    def base_queryset(self) -> QuerySet[Event]:
        return super().base_queryset().exclude(hidden_from(self.request.user))

    @cached_property
    def sight(self) -> Sight:
        return Sight.of(self.request.user)

    def shown(self, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return with_names(queryset).defer(*DEFERRED)

    has_choice = False

    @property
    def rows(self) -> SafeString:
        with_client = any(column.name == "client" for column in self.columns)
        return timeline(self.pager.page.rows, self.at, self.sight, with_client=with_client)

    def figures(self) -> tuple[Figure, ...]:
        counts = remembered("access.event_figures", self._counts)
        titles = {"entry": gettext("Entrées aujourd’hui"), "exit": gettext("Sorties"), "refused": gettext("Refus")}
        return tuple(Figure(title, number_format(counts[kind])) for kind, title in titles.items())

    def _counts(self) -> dict[str, int]:
        today = Event.objects.filter(at__gte=start_of(timezone.localdate(self.at))).order_by()
        kinds = (Event.Kind.ENTRY, Event.Kind.EXIT, Event.Kind.REFUSED)
        return today.aggregate(**{kind.value: Count("pk", filter=Q(kind=kind)) for kind in kinds})


class ClientEventList(ClientTab, EventList):
    tab = "client-events"
    filterset_class = filters.without(EventListFilter, "client", "q")
    new_label = _("Nouvelle note")

    @property
    def new_url(self) -> str | None:
        if not self.request.user.has_perm("clients.change_client"):
            return None
        return f"{reverse('access:event-new')}?client={self.client.reference}"
