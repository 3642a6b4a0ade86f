"""What every answer passes through: the language of the person, a database that is busy."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from fixaloop.web.errors import unavailable

logger = logging.getLogger("fixaloop")


class ChosenLanguageMiddleware:
    """Activate the language of the person's cookie, French without one.

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


class BusyDatabaseMiddleware:
    """Tell that the database is busy where SQLite, which has one writer at a time, has made somebody wait too long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 503 to what waited in vain for its turn to write; nothing of it is written."""
        if not isinstance(exception, OperationalError) or "locked" not in str(exception):
            return None
        logger.warning("%s %s waited in vain for its turn to write", request.method, request.path)
        return unavailable(busy=True)
