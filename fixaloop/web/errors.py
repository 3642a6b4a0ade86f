"""Answers when something does not work: a bug, an unreadable request, no database, a busy one.

The pages are drawn without the request: its user is in the database, and its body may be what cannot be read.
"""

import logging
import sys
from collections.abc import Callable
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string

logger = logging.getLogger("fixaloop")


def misunderstood(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400. Django's own page asks the body for its token, and fails as the view before it did."""
    return HttpResponse(render_to_string("400.html"), status=HTTPStatus.BAD_REQUEST)


def failed(request: HttpRequest) -> HttpResponse:
    """500; 503 if the database is out of reach, 400 if the body could not be read on the way to a 404 page."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return unavailable(busy=False)
    if isinstance(error, BadRequest | SuspiciousOperation | MultiPartParserError):
        return misunderstood(request)
    return HttpResponse(render_to_string("500.html"), status=HTTPStatus.INTERNAL_SERVER_ERROR)


def unavailable(*, busy: bool) -> HttpResponse:
    """503: nothing of the request is written."""
    return HttpResponse(render_to_string("503.html", {"busy": busy}), status=HTTPStatus.SERVICE_UNAVAILABLE)


class BusyDatabaseMiddleware:
    """Answers 503 when SQLite, which has one writer at a time, has kept a request waiting too long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError) or "locked" not in str(exception):
            return None
        logger.warning("%s %s waited in vain for its turn to write", request.method, request.path)
        return unavailable(busy=True)


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 with `{"status": "ok"}`; 503 when the database does not answer. Monitors ask every minute."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        logger.exception("the database does not answer")
        return JsonResponse({"status": "error", "database": "unreachable"}, status=503)
    return JsonResponse({"status": "ok"})
