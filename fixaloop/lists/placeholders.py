"""Markup drawn once by a template, with places left open for what differs from page to page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.safestring import SafeString

# Unicode keeps this one out of every text.
MARK = "\ufdd0"


def slot(name: str) -> SafeString:
    """What a template is given for something that differs."""
    return SafeString(f"{MARK}{name}{MARK}")


def around(markup: str) -> tuple[str, ...]:
    """The parts of what a template has drawn: markup and names of places, in turn."""
    return tuple(markup.split(MARK))


def fill(parts: Sequence[str], values: Mapping[str, str]) -> SafeString:
    """The markup with something in each place; the values are safe already."""
    return SafeString("".join([values[part] if at % 2 else part for at, part in enumerate(parts)]))
