"""The WSGI application that the web server runs."""

import os
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

from django.core.wsgi import get_wsgi_application

from fixaloop.speed.stack_room import with_headroom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fixaloop.settings")

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def without_bodies_of_heads(served: Application) -> Application:
    """Answer HEAD with headers alone: the web server warns of each body that it must drop."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response: Any = served(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return response
        with closing(response):
            return []

    return answer


application = with_headroom(without_bodies_of_heads(get_wsgi_application()))
