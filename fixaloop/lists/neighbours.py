"""The records before and after one, in the list that its reader came from.

A list leaves its address in a cookie, which ends with the browser. The page of a record that was opened from there, or
from a page of its own kind, seeks from its place in that order: also when a change has taken it out of the list.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db.models import Model, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve

from fixaloop.lists.counting import COUNT_CAP, Order
from fixaloop.lists.pagination import reverse, rows_after

if TYPE_CHECKING:
    from fixaloop.lists.page import ListPage

PREFIX = "list_"
LONGEST = 1_000
# How the pages of the list are read: few rows, found first; the order walked; all of them found, then sorted.
FEW, WALKED, SORTED = "few", "walked", "sorted"


@dataclass(frozen=True)
class Neighbours:
    """The addresses of the list and of the records beside one; empty where there is none."""

    list_url: str
    previous: str
    next: str


def remember(page: ListPage, response: HttpResponse) -> None:
    """Keep the address of a list, and how its pages are read, for the pages of its records."""
    name, kept = _cookie(page.model), f"{_reading(page)} {page.query.url()}"
    if len(kept) <= LONGEST and page.request.COOKIES.get(name) != kept:
        secure = page.request.is_secure()
        response.set_cookie(name, kept, secure=secure, httponly=True, samesite="Lax")


def forget(request: HttpRequest, response: HttpResponse) -> None:
    """On signing out, remove from the browser what the person looked for."""
    for name in request.COOKIES:
        if name.startswith(PREFIX):
            response.delete_cookie(name, samesite="Lax")


def _cookie(model: type[Model]) -> str:
    return f"{PREFIX}{model._meta.model_name}"


def _reading(page: ListPage) -> str:
    if page.pager.total is not None:
        return FEW
    return SORTED if page.pager.extent.sort_found else WALKED


def neighbours(request: HttpRequest, record: Model) -> Neighbours | None:
    """One query; None where the reader came from no list of such records, or may not see it."""
    reading, _space, address = request.COOKIES.get(_cookie(type(record)), "").partition(" ")
    here: str = record.get_absolute_url()  # type: ignore[attr-defined]
    path = urlsplit(address).path
    came = urlsplit(request.headers.get("Referer", "")).path
    if not path or not (came == path or came.startswith(here[: here.rindex("/", 0, -1) + 1])):
        return None
    page = _list_at(request, address, type(record))
    return _beside(page, record, reading) if page and page.has_permission() and not page.errors else None


def _list_at(request: HttpRequest, address: str, model: type[Model]) -> ListPage | None:
    parts = urlsplit(address)
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    view = getattr(match.func, "view_class", None)
    if view is None or getattr(view, "model", None) is not model or not hasattr(view, "filterset_class"):
        return None
    asked = copy(request)
    asked.path, asked.resolver_match, asked.GET = parts.path, match, QueryDict(parts.query)
    page: ListPage = view(**match.func.view_initkwargs)  # type: ignore[attr-defined]
    page.setup(asked, *match.args, **match.kwargs)
    return page


def _beside(page: ListPage, record: Model, reading: str) -> Neighbours:
    rows, named = page.queryset, page.addressed_by
    if reading == FEW:
        # The limit makes PostgreSQL find them before it sorts.
        rows = rows.filter(pk__in=rows.order_by().values("pk")[: COUNT_CAP + 1])
    orders = (reverse(page.order), page.order)
    beside = [_nearest(rows, order, record, named, sort_found=reading == SORTED) for order in orders]
    found = type(record)._default_manager.filter(pk=record.pk).order_by().values_list(*beside).first()
    addresses = [type(record)(**{named: key}).get_absolute_url() if key else "" for key in found or ("", "")]  # type: ignore[attr-defined]
    return Neighbours(page.query.url(), *addresses)


def _nearest(rows: QuerySet[Any], order: Order, record: Model, named: str, *, sort_found: bool) -> Any:
    runs = rows_after(rows, order, record, sort_found=sort_found)
    keys = [Subquery(following.values(named)[:1]) for following in runs]
    return Coalesce(*keys) if len(keys) > 1 else keys[0]
