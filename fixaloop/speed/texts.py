"""Texts looked up once a language, and markup that a template draws once, with places for what differs.

Cells and tables say the same hundreds of times a page: a text is looked up once a language, not once a row.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.utils.safestring import SafeString
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


# Unicode keeps this character out of every text.
MARK = "\ufdd0"


def slot(name: str) -> SafeString:
    """A place left open, given to a template instead of a value."""
    return SafeString(f"{MARK}{name}{MARK}")


def around(markup: str) -> tuple[str, ...]:
    return tuple(markup.split(MARK))


def fill(parts: Sequence[str], values: Mapping[str, str]) -> SafeString:
    """The markup with values in its places; they must be safe HTML."""
    return SafeString("".join([values[part] if at % 2 else part for at, part in enumerate(parts)]))
