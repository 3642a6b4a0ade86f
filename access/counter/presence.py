"""Who is inside: by zone, searched, a page at a time; and all of them, once each, for an evacuation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Count, Max, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from access.counter.person import since
from access.counter.place import places_left
from access.models import Entry, Zone
from clients.models import Client
from clients.search import matching
from fixaloop.words.text import normalise

PAGE = 100
_HEAVY = ("client__search_text", "client__description", "client__extra_search", "card__search_text")


@dataclass(frozen=True)
class ZoneRoom:
    """A zone and how full it is; `fraction` of its places is taken, None where it has no capacity."""

    zone: Zone
    inside: str
    room: str
    fraction: float | None
    tone: str


@dataclass(frozen=True)
class Present:
    """Somebody inside, with what the page says of him."""

    entry: Entry
    since: str

    @property
    def key(self) -> str:
        """The key by which the counter knows who it is (access.counter.subject)."""
        if self.entry.card_id:
            return f"card-{self.entry.card_id}"
        return f"vehicle-{self.entry.vehicle_id}" if self.entry.vehicle_id else f"client-{self.entry.client_id}"


@dataclass(frozen=True)
class Gathering:
    """Those of one zone."""

    zone: Zone
    people: list[Present]


@dataclass(frozen=True)
class Wanted:
    """Which of those inside are asked for."""

    zone: int | None = None
    query: str = ""
    page: int = 1


def state_of(at: datetime) -> str:
    """A mark that changes with every passage and every minute, from one walk of the open entries."""
    kept = Entry.objects.open().aggregate(count=Count("pk"), last=Max("pk"))
    text = f"{kept['count']} {kept['last']} {at:%Y%m%d%H%M}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def rooms() -> list[ZoneRoom]:
    """Every zone with how many are in it and how many more it holds."""
    counts = dict(Entry.objects.open().order_by().values_list("zone").annotate(count=Count("pk")))
    return [_room(zone, counts.get(zone.pk, 0)) for zone in Zone.objects.all()]


def _room(zone: Zone, inside: int) -> ZoneRoom:
    shown = number_format(inside, force_grouping=True)
    if zone.capacity is None:
        return ZoneRoom(zone, shown, _("sans limite"), None, "muted")
    fraction = min(inside / zone.capacity, 1) if zone.capacity else 1
    tone = "stop" if inside >= zone.capacity else "warn" if fraction >= 0.9 else "ok"
    return ZoneRoom(zone, shown, places_left(inside, zone.capacity), fraction, tone)


def present(wanted: Wanted, at: datetime) -> tuple[list[Gathering], int]:
    """A page of those asked for, by zone and longest there first, and how many there are in all."""
    entries = Entry.objects.open()
    if wanted.zone is not None:
        entries = entries.filter(zone=wanted.zone)
    if wanted.query:
        entries = entries.filter(client__in=_named(wanted.query))
    start = (wanted.page - 1) * PAGE
    page = _shown(entries).order_by("zone__name", "zone_id", "entered_at", "pk")[start : start + PAGE]
    return _gathered(page, at), entries.count()


def _named(query: str) -> QuerySet[Client]:
    inside = Client.objects.filter(inside_since__isnull=False)
    # PostgreSQL takes no NUL, and a query of punctuation alone would name everybody.
    return inside.filter(matching(query)) if "\0" not in query and normalise(query) else inside.none()


def _shown(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    return entries.select_related("zone", "client", "card", "vehicle").defer(*_HEAVY)


def everybody(at: datetime) -> list[Gathering]:
    """All who are inside by zone and name; who is in a zone inside another is looked for in the inner one."""
    entries = list(_shown(Entry.objects.open()).order_by("zone__name", "zone_id", "client__sort_name", "pk"))
    paths: dict[tuple[int | None, ...], list[str]] = {}
    for entry in entries:
        paths.setdefault(_holder(entry), []).append(entry.zone.path)
    innermost = [
        entry
        for entry in entries
        if not any(path != entry.zone.path and path.startswith(entry.zone.path) for path in paths[_holder(entry)])
    ]
    return _gathered(innermost, at)


def _holder(entry: Entry) -> tuple[int | None, ...]:
    return entry.client_id, entry.card_id, entry.vehicle_id


def _gathered(entries: Iterable[Entry], at: datetime) -> list[Gathering]:
    return [
        Gathering(zone, [Present(entry, since(entry.entered_at, at)) for entry in group])
        for zone, group in groupby(entries, key=lambda entry: entry.zone)
    ]


def range_text(page: int, total: int) -> str:
    """« 101–200 sur 3 214 »."""
    shown = {
        "first": number_format(min((page - 1) * PAGE + 1, total), force_grouping=True),
        "last": number_format(min(page * PAGE, total), force_grouping=True),
        "total": number_format(total, force_grouping=True),
    }
    return _("%(first)s–%(last)s sur %(total)s") % shown
