"""The sections of the reports: what each tells, and who sees it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from access.models import Entry, Event
from clients.models import Client
from interventions.models import Intervention
from interventions.reports import money, newcomers, refusals, status, visits, work
from interventions.reports.asked import SEE_CLIENTS, Asked
from interventions.reports.told import Told
from interventions.rights import VIEW

# Up to so many rows of each source, all sections are told at once; of more, each when it is asked for.
MANY = 50_000
ENDED, LEFT = (Intervention.objects.all(), "finished_at"), (Entry.objects.all(), "exited_at")
REFUSED, FLIPPED = (Event.objects.filter(kind=kind) for kind in (Event.Kind.REFUSED, Event.Kind.STATUS))


@dataclass(frozen=True)
class Section:
    """Figures that belong together, for whoever has one of the rights."""

    key: str
    title: Any
    icon: str
    any_of: Sequence[str]
    tell: Callable[[Asked], Told]
    # The rows that are read, by their moment: what telling takes.
    reads: Sequence[tuple[QuerySet[Any], str]]
    # Whether a technician makes a difference to it.
    of_technician: bool = False

    def is_for(self, user: Any) -> bool:
        return any(map(user.has_perm, self.any_of))

    def is_large(self, asked: Asked) -> bool:
        """Whether telling takes long; of one company, few rows are read."""
        rows = (asked.during(rows.order_by(), moment).values_list("pk") for rows, moment in self.reads)
        return not asked.company and any(some[MANY:].exists() for some in rows)


SEE_STAYS, SEE_EVENTS = "access.view_entry", "access.view_event"
SECTIONS = (
    Section("jobs", _("Interventions"), "wrench", (VIEW,), work.tell, (ENDED,), of_technician=True),
    Section("amounts", _("Montants"), "euro", money.ANY_OF, money.tell, (ENDED, LEFT), of_technician=True),
    Section("visits", _("Visites"), "door-open", (SEE_STAYS,), visits.tell, ((Entry.objects.all(), "entered_at"),)),
    Section("refusals", _("Refus"), "ban", (SEE_EVENTS,), refusals.tell, ((REFUSED, "at"),)),
    Section("status", _("Actifs et inactifs"), "toggle-right", (SEE_CLIENTS,), status.tell, ((FLIPPED, "at"),)),
    Section(
        "clients",
        _("Nouveaux clients"),
        "user-plus",
        (SEE_CLIENTS,),
        newcomers.tell,
        ((Client.objects.all(), "created_at"),),
    ),
)
ANY_OF = tuple(dict.fromkeys(right for section in SECTIONS for right in section.any_of))


def sections_of(user: Any) -> list[Section]:
    return [section for section in SECTIONS if section.is_for(user)]
