"""What operators learn of each request: its number, in the answer and in each line of the log; how long it took."""

import logging
import re
from collections.abc import Callable
from time import perf_counter
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

from fixaloop.watch import logs, metrics
from fixaloop.web.requests import Unavailable

logger = logging.getLogger("fixaloop.requests")
SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
HEADER = "X-Request-ID"
# Whatever else somebody sends as a method.
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class WatchMiddleware:
    """Stands around all others: what any of them answers is seen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        number = number_of(request)
        # Until the next request of this thread: some lines are written when the answer has left.
        logs.begin(lambda: {"request": number, "method": method_of(request), "view": view_of(request), **_who(request)})
        response = self.get_response(request)
        response.headers[HEADER] = number
        self._tell(request, response, perf_counter() - began)
        return response

    def _tell(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        view = view_of(request)
        metrics.count(metrics.REQUESTS, view, method_of(request), f"{response.status_code // 100}xx")
        metrics.observe(metrics.REQUEST_SECONDS, seconds, view)
        if isinstance(response, Unavailable):
            metrics.count(metrics.DATABASE_ERRORS, "busy" if response.busy else "away")
        if settings.LOG_FORMAT == "json":
            told = {"status": response.status_code, "ms": round(1000 * seconds, 1)}
            logger.info("%s %s", method_of(request), view, extra={"told": told})


def number_of(request: HttpRequest) -> str:
    """The number that the proxy gave a request, or a new one (fixaloop/serving.py believes the proxy alone)."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if SANE.fullmatch(given) else uuid4().hex


def method_of(request: HttpRequest) -> str:
    return request.method if request.method in METHODS else "other"


def view_of(request: HttpRequest) -> str:
    """The name of the view: never the address, which may name a client or hold a token. There are so many views."""
    match = request.resolver_match
    if match is None:
        return "static" if request.path_info.startswith(f"/{settings.STATIC_URL.lstrip('/')}") else "none"
    return match.view_name or match.route


def _who(request: HttpRequest) -> dict[str, Any]:
    """Whose request it is, if that was looked up: no line of the log asks the database."""
    session = getattr(request, "session", None)
    user = session.get(SESSION_KEY) if session is not None and session.accessed else None
    return {"user": int(user)} if user else {}
