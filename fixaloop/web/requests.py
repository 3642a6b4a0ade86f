"""What comes with a request: its language, its visitor's address, the page to come back to; and answers when it fails.

A bug, an unreadable request, no database, a busy one: these pages are drawn without the request, whose user is in the
database and whose body may be what cannot be read.
"""

import logging
import sys
import time
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

# The header in which our server says when a request began to come in.
BEGUN = "FIXALOOP_BEGUN"


def waited(request: HttpRequest) -> float:
    """For how many seconds a request has been waiting for its turn, as far as the server says."""
    try:
        # In this order NaN becomes 0, since `max` keeps the first of two that do not compare.
        return max(0.0, time.monotonic() - float(request.META[f"HTTP_{BEGUN}"]))
    except (KeyError, ValueError):
        return 0


def address_of(request: HttpRequest) -> str:
    """The visitor's address: the last one in the reverse proxy's header, or the connection's without a proxy.

    The proxy writes what it has seen last; anything before it the visitor may have written.
    """
    connected: str = request.META.get("REMOTE_ADDR", "")
    if not settings.HTTPS:
        return connected
    last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        return str(ip_address(last))
    except ValueError:
        return connected


def safe_address(request: HttpRequest, url: str | None) -> str:
    return url if url and url_has_allowed_host_and_scheme(url, {request.get_host()}) else ""


def page_before(request: HttpRequest) -> str:
    address = urlsplit(request.headers.get("Referer", ""))._replace(scheme="", netloc="").geturl()
    return safe_address(request, address)


def come_back(address: str, **values: Any) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(values)}"


logger = logging.getLogger("fixaloop")
# For pages that are answered before the middleware which adds these.
BARE_PAGE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


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


class Unavailable(HttpResponse):
    """503: the database is busy, or out of reach."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    busy = False


def unavailable(*, busy: bool) -> HttpResponse:
    response = Unavailable(render_to_string("503.html", {"busy": busy}))
    response.busy = busy
    return response
