"""Markup that a template draws once, with places left open for what differs from page to page."""

from collections.abc import Mapping, Sequence

from django.utils.safestring import SafeString

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
