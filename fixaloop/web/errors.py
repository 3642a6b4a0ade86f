"""What is answered where a page could not be made: an error of ours, a request that nobody can read, no database.

The pages are drawn without the request, whose user is in the database and whose body may be what cannot be read.
"""

import sys
from http import HTTPStatus

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string


def misunderstood(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400. Django's own page asks the body for its token, and fails as the view before it did."""
    return HttpResponse(render_to_string("400.html"), status=HTTPStatus.BAD_REQUEST)


def failed(request: HttpRequest) -> HttpResponse:
    """The page of an error: 503 where the database is out of reach, which the session is read from before any view.

    400 where the body turned out to be unreadable on the way to another page, the one of an address that is none.
    """
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return unavailable(busy=False)
    if isinstance(error, BadRequest | SuspiciousOperation | MultiPartParserError):
        return misunderstood(request)
    return HttpResponse(render_to_string("500.html"), status=HTTPStatus.INTERNAL_SERVER_ERROR)


def unavailable(*, busy: bool) -> HttpResponse:
    """503: nothing of what was sent is written."""
    return HttpResponse(render_to_string("503.html", {"busy": busy}), status=HTTPStatus.SERVICE_UNAVAILABLE)
