"""The last passages: those of a site beside the counter, all of them on the first page of the gatekeeper."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate.reasons import reason_label
from access.models import Event, Zone
from clients.models import named_by
from fixaloop.words.dates import say_clock

SHOWN = 9
SINCE = timedelta(hours=24)
_KINDS = {
    Event.Kind.ENTRY: ("log-in", "ok"),
    Event.Kind.EXIT: ("log-out", "brand"),
    Event.Kind.REFUSED: ("ban", "stop"),
}
_READ = ("kind", "at", "reasons", "plate_read", "zone__name", *named_by("client"))


@dataclass(frozen=True)
class Recent:
    icon: str
    tone: str
    word: str
    who: str
    where: str
    time: str
    url: str


def recent(user: Any, at: datetime, zone: Zone | None = None) -> list[Recent]:
    """The newest first, of the site of a zone or of all; none without the right to see events."""
    if not user.has_perm("access.view_event"):
        return []
    events = Event.objects.filter(kind__in=_KINDS, at__gte=at - SINCE, at__lte=at)
    if zone is not None:
        events = events.filter(zone__path__startswith=zone.site_path)
    told = events.select_related("client", "zone").only(*_READ)
    return list(_told(told.order_by("-at", "-pk")[:SHOWN]))


def _told(events: Any) -> Iterator[Recent]:
    for event in events:
        icon, tone = _KINDS[Event.Kind(event.kind)]
        who = event.client.name if event.client else event.plate_read or _("Inconnu")
        reason = str(reason_label(event.reasons[0])).lower() if event.reasons else ""
        where = ", ".join(filter(None, (event.zone.name if event.zone else "", reason)))
        time = say_clock(timezone.localtime(event.at))
        yield Recent(icon, tone, event.get_kind_display(), who, where, time, reverse("access:event", args=[event.pk]))
