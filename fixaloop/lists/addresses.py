"""The page at an address that the worker writes or a batch takes whole, as somebody may see it now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, QueryDict
from django.urls import resolve

if TYPE_CHECKING:
    from fixaloop.lists.page import ListPage


def page_at(path: str, query: str, user: AbstractBaseUser | AnonymousUser) -> ListPage:
    """Raises PermissionDenied, and Http404 where there is no list."""
    found = resolve(path)
    view: Any = found.func
    if not hasattr(getattr(view, "view_class", None), "export_columns"):
        raise Http404
    request = HttpRequest()
    request.method, request.path, request.path_info = "GET", path, path
    request.GET = QueryDict(query)
    request.user = user  # type: ignore[assignment]
    page: ListPage = view.view_class(**view.view_initkwargs)
    page.setup(request, *found.args, **found.kwargs)
    if not user.is_active or not page.has_permission():
        raise PermissionDenied
    return page
