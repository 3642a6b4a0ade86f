"""The occupancy page, live, and the evacuation list to print from it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import user_passes_test
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.counter.presence import PAGE, Wanted, everybody, present, range_text, rooms, state_of
from access.models import Zone

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_LONGEST_QUERY = 200


def _may_see_who_is_inside(user: Any) -> bool:
    """Who tells people in and out, and who may see entries. Raises `PermissionDenied`."""
    if user.has_perm("access.use_control") or user.has_perm("access.view_entry"):
        return True
    raise PermissionDenied


who_is_inside = user_passes_test(_may_see_who_is_inside)


@never_cache
@require_safe
@who_is_inside
def occupancy(request: HttpRequest) -> HttpResponse:
    """Who is inside now; the page asks again by itself and is told 204 while nothing has changed."""
    at = timezone.now()
    state = state_of(at)
    live = bool(request.htmx)  # type: ignore[attr-defined]
    if live and request.GET.get("state") == state:
        return HttpResponse(status=204)
    wanted, errors = _wanted(request)
    gatherings, total = ([], 0) if errors else present(wanted, at)
    context = {
        "at": at,
        "rooms": rooms(),
        "gatherings": gatherings,
        "wanted": wanted,
        "errors": errors,
        "zone": Zone.objects.filter(pk=wanted.zone).first() if wanted.zone else None,
        "range": range_text(wanted.page, total) if total else "",
        "previous_url": _address(wanted, page=wanted.page - 1) if wanted.page > 1 else "",
        "next_url": _address(wanted, page=wanted.page + 1) if wanted.page * PAGE < total else "",
        "everywhere_url": _address(Wanted(query=wanted.query)),
        "live_url": _address(wanted, page=wanted.page, state=state),
        "may_control": request.user.has_perm("access.use_control"),
        "may_see_clients": request.user.has_perm("clients.view_client"),
    }
    template = "access/gate/_presence.html" if live else "access/gate/occupancy.html"
    return render(request, template, context)


def _wanted(request: HttpRequest) -> tuple[Wanted, list[str]]:
    """What the address asks for, and what in it makes no sense."""
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


@never_cache
@require_safe
@who_is_inside
def evacuation(request: HttpRequest) -> HttpResponse:
    """All who are inside, to be ticked off on paper at the assembly point."""
    at = timezone.now()
    gatherings = everybody(at)
    total = sum(len(gathering.people) for gathering in gatherings)
    return render(request, "access/gate/evacuation.html", {"at": at, "gatherings": gatherings, "total": total})
