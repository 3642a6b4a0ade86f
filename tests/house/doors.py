"""Every address of the site, found by walking the resolver: a new one is tested the day it appears."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

SAMPLES = {
    "client": "CLT-001",
    "intervention": "INT-001",
    "int": "1",
    "day": "2026-01-31",
    "str": "1",
    "slug": "un",
    "path": "1",
    "uuid": "0" * 32,
}


@dataclass(frozen=True)
class Door:
    """One address, with its name."""

    name: str
    path: str


def doors() -> list[Door]:
    """All of them, with the sample of each kind of parameter in its place."""
    return list(_walk(get_resolver().url_patterns, "/", ""))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[Door]:
    for pattern in patterns:
        path = prefix + _sample(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            inside = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, path, inside)
        else:
            yield Door(f"{namespace}{pattern.name or path}", path)


def _sample(route: str) -> str:
    """A route with a value for each parameter; of an expression's alternatives, the first."""
    route = re.sub(r"\(\?P<\w+>(?:\.\*|(\w+)(?:\|\w+)*)\)", lambda group: group[1] or "nowhere", route)
    route = route.replace("([^/]+)", "1")
    route = re.sub(r"<(?:(\w+):)?\w+>", lambda parameter: SAMPLES[parameter[1] or "str"], route)
    return route.removeprefix("^").removesuffix("$")
