"""The site with one page more: the trivial signed-in page, yardstick of every figure."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from fixaloop.urls import urlpatterns as site

HELLO = engines["django"].from_string(
    '{% extends "base.html" %}{% block content %}<h1>Bonjour</h1><p>Rien à signaler.</p>{% endblock %}'
)


def hello(request: HttpRequest) -> HttpResponse:
    """The base layout with its navigation and one sentence: no data."""
    return HttpResponse(HELLO.render({}, request))


class Cost:
    """Middleware that says in headers how many queries a page took, and how many milliseconds of processor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        count, waited, started = 0, 0.0, time.thread_time()

        def counting(execute: Callable[..., Any], *args: Any) -> Any:
            nonlocal count, waited
            count += 1
            asked = time.perf_counter()
            try:
                return execute(*args)
            finally:
                waited += time.perf_counter() - asked

        with connection.execute_wrapper(counting):
            response = self.get_response(request)
        response.headers["X-Queries"] = str(count)
        response.headers["X-Database"] = f"{waited * 1000:.3f}"
        response.headers["X-Processor"] = f"{(time.thread_time() - started) * 1000:.3f}"
        return response


urlpatterns = [path("hello/", hello), *site]
