"""What comes with a request: its language, its visitor's address, the page to come back to; and how logs quote it."""

import logging
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

# Would begin a new line, or tell a terminal something.
CONTROLS = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}


class ChosenLanguageMiddleware:
    """Activates the language of the person's cookie, French without one.

    Django's own middleware would follow the browser's settings, which on a shared desk are often nobody's choice.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
        return response


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
    """The address if it is one of this site, else an empty text."""
    return url if url and url_has_allowed_host_and_scheme(url, {request.get_host()}) else ""


def come_back(address: str, **values: Any) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(values)}"


class LineFormatter(logging.Formatter):
    """Keeps a message on one line, whatever a visitor typed into it (a failed sign-in tells the username)."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - named by logging
        record.message = record.message.translate(CONTROLS)
        return super().formatMessage(record)
