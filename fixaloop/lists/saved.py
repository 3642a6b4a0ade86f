"""The views of a list: those it offers ready-made, and those that people save. A view is its address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext as _

from fixaloop.lists import markup
from fixaloop.lists.models import SavedView
from fixaloop.lists.pagination import Query
from fixaloop.records.refusal import Refused
from fixaloop.web.refusals import require

if TYPE_CHECKING:
    from fixaloop.lists.page import ListPage

SHARE = "fixaloop.share_savedview"
# Of one list: for oneself, and as many for all.
MOST = 15


@dataclass(frozen=True)
class Saved:
    """A view that a list offers ready-made: its name, and the filters and sort that make it."""

    label: Any
    query: str = ""


def visible(user: Any) -> QuerySet[SavedView]:
    return SavedView.objects.filter(Q(owner=user) | Q(owner=None))


def draw_views(page: ListPage) -> SafeString:
    """The tabs of a list: its views whose filters this person has, and the way to save one more."""
    asked = _asked(page)
    ready = tuple(view for view in page.views if _is_open(page, parse_qsl(view.query)))
    current = next((view for view in ready if sorted(parse_qsl(view.query)) == asked), None)
    saved = [view for view in visible(page.request.user).filter(list=page.list_path) if _is_open(page, _pairs(view))]
    tabs = [(view.address, view.name, sorted(_pairs(view)) == asked) for view in saved]
    return markup.draw_views(ready, current, tabs, page.query, get_language())


def open_rest(page: ListPage) -> str:
    """The address of what still means something of a saved view that no longer means all it said; else nothing."""
    asked = _asked(page, known=False)
    views = visible(page.request.user).filter(list=page.list_path)
    view = next((view for view in views if sorted(_pairs(view)) == asked), None)
    rest = [pair for pair in asked if _means(page, *pair)]
    if view is None or rest == asked:
        return ""
    said = _("La vue « %(name)s » s’ouvre sans ce qui n’a plus de sens. %(errors)s")
    messages.warning(page.request, said % {"name": view.name, "errors": " ".join(page.errors)})
    return f"{page.list_path}?{urlencode(rest)}" if rest else page.list_path


def save(page: ListPage, name: str, *, for_all: bool) -> tuple[SavedView, str | None]:
    """Keep the filters and sort of a page under a name, and return what the name stood for before, if anything.

    Raises Refused where there are too many.
    """
    owner: Any = None if for_all else page.request.user
    query = urlencode(_asked(page))
    former = SavedView.objects.filter(owner=owner, list=page.list_path, name=name).first()
    if former is None:
        return _add(page.list_path, name, query, owner), None
    before, former.query = former.query, query
    former.save(update_fields=["query"])
    return former, before


def restore(path: str, name: str, query: str, *, for_all: bool, by: Any) -> None:
    """Give a deleted view back. Raises Refused where its name is taken, or there are too many."""
    if for_all:
        require(by, SHARE)
    _add(path, name, query, None if for_all else by)


def _add(path: str, name: str, query: str, owner: Any) -> SavedView:
    if SavedView.objects.filter(owner=owner, list=path).count() >= MOST:
        raise Refused([_("Cette liste a déjà %(most)s vues : supprimez-en une d’abord.") % {"most": MOST}])
    try:
        with transaction.atomic():
            return SavedView.objects.create(owner=owner, list=path, name=name, query=query)
    except IntegrityError:
        raise Refused([_taken(name)]) from None


def rename(view: SavedView, name: str) -> None:
    """Raises Refused where another view has the name."""
    view.name = name
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError:
        raise Refused([_taken(name)]) from None


def _taken(name: str) -> str:
    return _("Cette liste a déjà une vue « %(name)s ».") % {"name": name}


def may_change(view: SavedView, user: Any) -> bool:
    return view.owner_id == user.pk if view.owner_id else bool(user.has_perm(SHARE))


def require_change(view: SavedView, user: Any) -> None:
    if not may_change(view, user):
        require(user, SHARE)


def _asked(page: ListPage, *, known: bool = True) -> list[tuple[str, str]]:
    """The filters and sort of an address; those that the list knows, or all that are given."""
    names = {"sort", *page.filterset.names}
    given = ((name, value) for name, values in page.request.GET.lists() for value in values)
    paging = (*Query.PAGING, "per_page")
    return sorted((name, value) for name, value in given if value and (name in names if known else name not in paging))


def _means(page: ListPage, name: str, value: str) -> bool:
    if name == "sort":
        return value.removeprefix("-") in page.orders
    return name in page.filterset.names and name not in page.filterset.errors


def _is_open(page: ListPage, pairs: Iterable[tuple[str, str]]) -> bool:
    filters = page.filterset
    kept_from = set(type(filters).base_filters).difference(filters.names)
    return not any(name in kept_from or value in filters.withheld(name) for name, value in pairs)


def _pairs(view: SavedView) -> Sequence[tuple[str, str]]:
    return parse_qsl(view.query)
