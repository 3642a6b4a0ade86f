"""`gettext` for what a page says hundreds of times: a text is looked up once a language, not once a row."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import get_language, gettext as look_up

from fixaloop.speed import is_on, kept

_drawing = threading.local()


def language() -> str | None:
    return getattr(_drawing, "language", None) or get_language()


@contextmanager
def one_language() -> Iterator[None]:
    """Ask Django once for the language of a whole table: asking costs as much as a cell."""
    _drawing.language = get_language() if is_on("translations") else None
    try:
        yield
    finally:
        _drawing.language = None


def gettext(text: str) -> str:
    return _looked_up(text, language())


@kept("translations", 4096)
def _looked_up(text: str, language: str | None) -> str:
    return look_up(text)
