"""The language of a request, the compression of its page, and the answer of a busy database."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from secrets import randbelow
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.loader import render_to_string
from django.urls import is_valid_path
from django.utils import translation
from django.utils.cache import patch_vary_headers
from isal.igzip import IGzipFile

from fixaloop.web.profile import chosen_language
from fixaloop.web.requests import BARE_PAGE, unavailable

logger = logging.getLogger("fixaloop")
LEVEL = 2
SHORTEST = 200
PADDING = 100
API = "/api/"
# As long as a name of a machine gets.
LONGEST_HOST = 253


class KnownHostMiddleware:
    """Tells a visitor at an unknown host name what to ask for; the log tells the operator the cure."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
        except DisallowedHost:
            asked = request.META.get("HTTP_HOST", "")[:LONGEST_HOST]
            if request.path.startswith(f"/{settings.STATIC_URL.lstrip('/')}"):
                return self.get_response(request)
            logger.warning("refused the address %s: add it to ALLOWED_HOSTS, or start with make run LAN=1", asked)
            page = render_to_string("host.html", {"asked": asked})
            return HttpResponse(page, status=HTTPStatus.BAD_REQUEST, headers=BARE_PAGE)
        return self.get_response(request)


class ChosenLanguageMiddleware:
    """Activates the language of the account; else of the cookie, set before signing in; else of the browser.

    Readers are answered in French, whatever their library asks for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = self._chosen(request) or translation.get_language_from_request(request)
        with translation.override(language):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            patch_vary_headers(response, ("Accept-Language",))
        return response

    def _chosen(self, request: HttpRequest) -> str:
        if request.path_info.startswith(API):
            return settings.LANGUAGE_CODE
        return chosen_language(request.user)


class PageAboveMiddleware:
    """After signing in again, leads from an address that only takes forms to the page of the form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        came_from = urlsplit(request.headers.get("Referer", "")).path
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or came_from != resolve_url(settings.LOGIN_URL):
            return response
        return redirect(_page_above(request.path)) if request.method == "GET" else response


def _page_above(path: str) -> str:
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        if is_valid_path(path):
            return path
    return path


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


class PageGZipMiddleware:
    """Compress whole pages; what is streamed is a spreadsheet, which is compressed already.

    ISA-L takes a tenth of the time that Django's middleware takes, for an eighth more bytes.

    As Django does, hide the true length of a page behind a name of random length, against those who would guess its
    secrets by it (BREACH).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.streaming or len(response.content) < SHORTEST or "Content-Encoding" in response.headers:
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.content = compress(response.content)
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Length"] = str(len(response.content))
        return response


def compress(content: bytes) -> bytes:
    """The content as a gzip file of no date and of a name that means nothing."""
    packed = BytesIO()
    name = "a" * (1 + randbelow(PADDING))
    with IGzipFile(name, "wb", LEVEL, packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()
