"""Pages that read from the replica, and what somebody wrote: that they see at once.

After a request that writes, the browser keeps the position of that in a cookie: all its tabs have it, a page costs no
query for it, and two requests at a time do not overwrite each other's session. Who changes it only cheats themselves.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from fixaloop.databases.replica import FAR, is_set_up, position, reading_replica, watch

V = TypeVar("V", bound=Callable[..., HttpResponseBase])

SAFE = ("GET", "HEAD")
COOKIE = f"{settings.COOKIES}written"
# A replica that is further behind than this serves nobody.
KEPT_FOR = settings.REPLICA_MAX_LAG_SECONDS + 60


def from_replica(view: V) -> V:
    """Let the replica answer where it may; the primary does what it cannot, and what it knows nothing of yet."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in SAFE and watch.may_serve(_written(request)):
            try:
                with reading_replica():
                    return view(request, *args, **kwargs)
            except (OperationalError, InterfaceError) as error:
                watch.failed(error)
            except Http404:
                pass
        return view(request, *args, **kwargs)

    return cast(V, answer)


def show_written(request: HttpRequest) -> None:
    """This page tells of something the worker has written: its reader sees that on the next ones."""
    request.tells_written = True  # type: ignore[attr-defined]


class WrittenMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        writes = request.method not in SAFE or hasattr(request, "tells_written")
        if writes and is_set_up() and settings.SESSION_COOKIE_NAME in request.COOKIES:
            secure = settings.SESSION_COOKIE_SECURE
            kept = str(position())
            response.set_cookie(COOKIE, kept, max_age=KEPT_FOR, secure=secure, httponly=True, samesite="Lax")
        return response


def _written(request: HttpRequest) -> int:
    said = request.COOKIES.get(COOKIE, "0")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 20 else FAR
