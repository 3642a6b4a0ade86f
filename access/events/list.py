"""Lists of events: the timeline of everything, and that of one client."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from access.events.cells import Sight, timeline
from access.events.columns import export_columns
from access.events.filters import ClientEventFilter, EventFilter
from access.models import AccessCard, Device, Event, Vehicle, Zone
from access.shared.deferred_columns import besides
from access.shared.filters import start_of
from access.shared.tabs import ClientTab
from clients.models import Client
from fixaloop.lists.figures import Figure, remembered
from fixaloop.lists.page import Column, ListPage

NAMED = ("client", "card", "vehicle", "device", "zone", "actor")
UNSHOWN = besides(client=Client, card=AccessCard, vehicle=Vehicle, device=Device, zone=Zone, actor=User)


def _untold(event: Event, at: object) -> str:
    """The timeline draws whole rows: its columns only have headings."""
    return ""


TIME = Column("at", gettext_lazy("Heure"), _untold, sort="at", css="event__time")
WHAT = Column("what", gettext_lazy("Événement"), _untold, css="event__what")
CLIENT = Column("client", gettext_lazy("Client"), _untold, css="event__who")
WHERE = Column("where", gettext_lazy("Zone"), _untold, css="event__where")


def count_events(count_text: str, count: int) -> str:
    """“5 événements”."""
    return ngettext("%(count)s événement", "%(count)s événements", count) % {"count": count_text}


class EventList(ListPage):
    """All that happened, day by day, the latest first."""

    model = Event
    filterset_class = EventFilter
    columns: ClassVar[Sequence[Column]] = (TIME, WHAT, CLIENT, WHERE)
    orders = {"at": ("at", "id")}
    default_sort = "-at"
    title = gettext_lazy("Événements")
    template_name = "access/list.html"
    noun_count = staticmethod(count_events)
    export_columns = export_columns(Sight())
    export_permission = "access.export_event"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.export_columns = export_columns(self.sight)  # type: ignore[misc]

    @cached_property
    def sight(self) -> Sight:
        """What this person may see of what events name."""
        return Sight.of(self.request.user)

    def shown(self, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.select_related(*NAMED).prefetch_related("tags").defer(*UNSHOWN)

    @property
    def rows(self) -> SafeString:
        """The events of the page under the days they happened on."""
        return timeline(self.pager.page.rows, self.at, self.sight, with_client=CLIENT in self.columns)

    def figures(self) -> Sequence[Figure]:
        """What happened today."""
        counts = remembered("access.event_figures", self._counts)
        titles = {"entry": _("Entrées aujourd’hui"), "exit": _("Sorties"), "refused": _("Refus")}
        return [Figure(title, number_format(counts[kind])) for kind, title in titles.items()]

    def _counts(self) -> dict[str, int]:
        today = Event.objects.filter(at__gte=start_of(timezone.localdate(self.at))).order_by()
        kinds = (Event.Kind.ENTRY, Event.Kind.EXIT, Event.Kind.REFUSED)
        return today.aggregate(**{kind.value: Count("pk", filter=Q(kind=kind)) for kind in kinds})


class ClientEventList(ClientTab, EventList):
    """The timeline of one client."""

    tab = "client-events"
    filterset_class = ClientEventFilter
    columns = (TIME, WHAT, WHERE)

    new_label = gettext_lazy("Nouvelle note")

    @property
    def new_url(self) -> str | None:
        if not self.request.user.has_perm("clients.change_client"):
            return None
        return f"{reverse('access:event-new')}?client={self.client.reference}"

    def figures(self) -> Sequence[Figure]:
        return ()
