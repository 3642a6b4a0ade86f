"""What is answered where a page could not be made: an error of ours, or a database that does not answer."""

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error


def failed(request: HttpRequest) -> HttpResponse:
    """The page of an error: 503 where the database is out of reach, which the session is read from before any view."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return unavailable(busy=False)
    return server_error(request)


def unavailable(*, busy: bool) -> HttpResponse:
    """503: nothing of what was sent is written. Drawn without the request, whose user is in the database."""
    return HttpResponse(render_to_string("503.html", {"busy": busy}), status=HTTPStatus.SERVICE_UNAVAILABLE)
