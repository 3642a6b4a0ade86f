"""`/notifications/`: what happened that somebody should look at; and the count on the bell."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fixaloop.accounts.middleware import unattended
from fixaloop.forms.parsing import parse_key
from fixaloop.lists.pagination import Query
from fixaloop.notices.bell import count_unread, mark_all_read, mark_read, notices_for, read_by, unread
from fixaloop.notices.kinds import NoticeKind, kinds_for, told
from fixaloop.notices.models import Notice
from fixaloop.web.requests import safe_address

SHOWN = 50
FILTERS = ("kind", "unread", "before")


@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    kinds = kinds_for(request.user)
    errors = _errors(request, kinds)
    rows = [] if errors else list(_asked(request).order_by("-pk")[: SHOWN + 1])
    query, only_unread = Query(request.path, request.GET), bool(request.GET.get("unread"))
    context = {
        "page_title": _("Notifications"),
        "errors": errors,
        "told": told(rows[:SHOWN]),
        "read": read_by(request.user, rows),
        "kinds": [(code, kind.label) for code, kind in kinds.items()],
        "kind": request.GET.get("kind", ""),
        "only_unread": only_unread,
        "tabs": (
            {"label": _("Toutes"), "url": query.without("unread", "before"), "current": not only_unread},
            {"label": _("Non lues"), "url": query.url(unread="1", before=None), "current": only_unread},
        ),
        "newest_url": query.without("before") if "before" in request.GET else "",
        "older_url": query.url(before=rows[SHOWN - 1].pk) if len(rows) > SHOWN else "",
        "upto": rows[0].pk if rows else "",
        "back": request.get_full_path(),
    }
    return render(request, "notices/list.html", context)


def _errors(request: HttpRequest, kinds: dict[str, NoticeKind]) -> list[str]:
    asked = request.GET
    errors = Query(request.path, asked).errors(FILTERS)
    if asked.get("kind") and asked["kind"] not in kinds:
        message = _("« %(value)s » n’est pas un choix. Choix possibles : %(choices)s.")
        choices = ", ".join(str(kind.label) for kind in kinds.values())
        errors.append(message % {"value": asked["kind"][:40], "choices": choices})
    for name in ("unread", "before"):
        if asked.get(name) and parse_key(asked[name]) is None:
            message = _("« %(name)s » attend un nombre, pas « %(value)s ».")
            errors.append(message % {"value": asked[name][:40], "name": name})
    return errors


def _asked(request: HttpRequest) -> QuerySet[Notice]:
    found = notices_for(request.user)
    if request.GET.get("unread"):
        found = unread(found, request.user)
    if kind := request.GET.get("kind"):
        found = found.filter(kind=kind)
    if before := request.GET.get("before"):
        found = found.filter(pk__lt=parse_key(before))
    return found


@require_POST
def read_one(request: HttpRequest, pk: int) -> HttpResponse:
    mark_read(request.user, get_object_or_404(notices_for(request.user), pk=pk))
    return _back(request)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    upto = parse_key(request.POST.get("upto", ""))
    newest = notices_for(request.user).filter(pk__lte=upto or 0).order_by("-pk").values_list("pk", flat=True).first()
    if newest:
        mark_all_read(request.user, newest)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(safe_address(request, request.POST.get("back")) or reverse("notices:list"))


@unattended
@require_safe
def count(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"count": count_unread(request.user)}
    return render(request, "notices/_count.html", context)
