"""Who is inside: the page « Qui est là », live."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.counter.place import places_left
from access.gate import persons
from access.gate.doubts import doubts_about
from access.gate.lapse import lapsed
from access.gate.unread import Unread, unread_exits
from access.models import Entry, Zone
from clients.models import Client
from clients.search import matching
from fixaloop.web.refusals import any_permission_required
from fixaloop.words.dates import say_since
from fixaloop.words.text import normalise

PAGE = 100
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_LONGEST_QUERY = 200
_HEAVY = ("client__search_text", "client__description", "client__extra_search", "card__search_text")


@dataclass(frozen=True)
class ZoneRoom:
    """How full a zone is. `fraction` is the share of places taken, None for a zone without capacity."""

    zone: Zone
    inside: str
    room: str
    fraction: float | None
    tone: str
    # Stays that somebody should look at: they last too long, or a read contradicts them.
    doubtful: int = 0


@dataclass(frozen=True)
class Present:
    entry: Entry
    since: str
    doubts: Sequence[str] = ()

    @property
    def key(self) -> str:
        if self.entry.card_id:
            return f"card-{self.entry.card_id}"
        return f"vehicle-{self.entry.vehicle_id}" if self.entry.vehicle_id else f"client-{self.entry.client_id}"


@dataclass(frozen=True)
class ZoneGroup:
    zone: Zone
    people: list[Present]


@dataclass(frozen=True)
class Wanted:
    zone: int | None = None
    query: str = ""
    page: int = 1


def state_of(at: datetime) -> str:
    """A mark that changes with every passage and every minute, from one query."""
    kept = Entry.objects.open().aggregate(count=Count("pk"), last=Max("pk"))
    text = f"{kept['count']} {kept['last']} {at:%Y%m%d%H%M}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def rooms(at: datetime, unread: Unread) -> list[ZoneRoom]:
    zones = list(Zone.objects.annotate(inside=persons.counted()))
    doubtful = Entry.objects.open().filter(Q(to_check=True) | lapsed(zones, at) | unread.condition)
    counts = doubtful.order_by().values_list("zone__path").annotate(count=Count("pk"))
    return [replace(_room(zone, zone.inside), doubtful=_within(zone, dict(counts))) for zone in zones]


def _within(zone: Zone, counts: Mapping[str, int]) -> int:
    return sum(count for path, count in counts.items() if path.startswith(zone.path))


def _room(zone: Zone, inside: int) -> ZoneRoom:
    shown = number_format(inside, force_grouping=True)
    if zone.capacity is None:
        return ZoneRoom(zone, shown, _("sans limite"), None, "muted")
    fraction = min(inside / zone.capacity, 1) if zone.capacity else 1
    tone = "stop" if inside >= zone.capacity else "warn" if fraction >= 0.9 else "ok"
    return ZoneRoom(zone, shown, places_left(inside, zone.capacity), fraction, tone)


def present(wanted: Wanted, at: datetime, unread: Unread) -> tuple[list[ZoneGroup], int]:
    entries = _innermost(Entry.objects.open())
    if wanted.zone is not None:
        around = Zone.objects.get(pk=wanted.zone)
        entries = entries.filter(zone__path__startswith=around.path)
    if wanted.query:
        entries = entries.filter(client__in=_named(wanted.query))
    start = (wanted.page - 1) * PAGE
    page = _shown(entries).order_by("zone__name", "zone_id", "entered_at", "pk")[start : start + PAGE]
    return _grouped(page, at, unread), entries.count()


def _innermost(stays: QuerySet[Entry]) -> QuerySet[Entry]:
    """Without the stays of people who are in a zone further inside too. Two badges may be two people."""
    same = Q(card=None) | Q(card=Coalesce(OuterRef("card"), F("card")))
    deeper = (
        Entry.objects.open()
        .people()
        .filter(same, person=OuterRef("person"), zone__path__startswith=OuterRef("zone__path"))
    )
    return stays.exclude(Q(parked=False) & Exists(deeper.exclude(zone=OuterRef("zone"))))


def _named(query: str) -> QuerySet[Client]:
    # Cars alone are there too.
    inside = Client.objects.filter(pk__in=Entry.objects.open().values("client"))
    # PostgreSQL takes no NUL, and a query of punctuation alone would match everybody.
    return inside.filter(matching(query)) if "\0" not in query and normalise(query) else inside.none()


def _shown(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    return entries.select_related("zone", "client", "card", "vehicle").defer(*_HEAVY)


def _grouped(entries: Iterable[Entry], at: datetime, unread: Unread) -> list[ZoneGroup]:
    def shown(entry: Entry) -> Present:
        return Present(entry, say_since(entry.entered_at, at), doubts_about(entry, at, unread))

    by_zone = groupby(entries, key=lambda entry: entry.zone)
    return [ZoneGroup(zone, [shown(entry) for entry in group]) for zone, group in by_zone]


def range_text(page: int, total: int) -> str:
    shown = {
        "first": number_format(min((page - 1) * PAGE + 1, total), force_grouping=True),
        "last": number_format(min(page * PAGE, total), force_grouping=True),
        "total": number_format(total, force_grouping=True),
    }
    return _("%(first)s–%(last)s sur %(total)s") % shown


@never_cache
@require_safe
@any_permission_required("access.use_control", "access.view_entry")
def occupancy(request: HttpRequest) -> HttpResponse:
    """Who is inside now. The page asks again by itself and gets 204 while nothing has changed."""
    at = timezone.now()
    state = state_of(at)
    live = bool(request.htmx)  # type: ignore[attr-defined]
    if live and request.GET.get("state") == state:
        return HttpResponse(status=204)
    wanted, errors = _wanted(request)
    unread = unread_exits(at)
    groups, total = ([], 0) if errors else present(wanted, at, unread)
    context = {
        "at": at,
        "rooms": rooms(at, unread),
        "groups": groups,
        "wanted": wanted,
        "errors": errors,
        "zone": Zone.objects.filter(pk=wanted.zone).first() if wanted.zone else None,
        "range": range_text(wanted.page, total) if total else "",
        "previous_url": _address(wanted, page=wanted.page - 1) if wanted.page > 1 else "",
        "next_url": _address(wanted, page=wanted.page + 1) if wanted.page * PAGE < total else "",
        "everywhere_url": _address(Wanted(query=wanted.query)),
        "live_url": _address(wanted, page=wanted.page, state=state),
        "may_correct": request.user.has_perm("access.correct_entry"),
        "may_control": request.user.has_perm("access.use_control"),
        "may_see_clients": request.user.has_perm("clients.view_client"),
    }
    template = "access/gate/_presence.html" if live else "access/gate/occupancy.html"
    return render(request, template, context)


def _wanted(request: HttpRequest) -> tuple[Wanted, list[str]]:
    zone, page = request.GET.get("zone", ""), request.GET.get("page", "1") or "1"
    query = request.GET.get("q", "").strip()
    errors = []
    if zone and not (_NUMBER.fullmatch(zone) and Zone.objects.filter(pk=int(zone)).exists()):
        errors.append(_("Cette zone n’existe pas."))
    if not _NUMBER.fullmatch(page):
        errors.append(_("Cette page n’existe pas."))
    if len(query) > _LONGEST_QUERY:
        errors.append(_("La recherche est trop longue."))
    if errors:
        return Wanted(query=query[:_LONGEST_QUERY]), errors
    return Wanted(int(zone) if zone else None, query, int(page)), []


def _address(wanted: Wanted, **more: Any) -> str:
    asked = {"zone": wanted.zone, "q": wanted.query, **more}
    query = urlencode({name: value for name, value in asked.items() if value and (name, value) != ("page", 1)})
    return f"{reverse('access:occupancy')}{'?' if query else ''}{query}"
