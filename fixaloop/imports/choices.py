"""How files write a choice: in the language of whoever exported it, not of whoever imports it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import override

from fixaloop.words.text import normalise


def spellings(choices: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """The code of each choice by its label in every language, and by itself; in the form they are compared in."""
    return {normalise(text): code for code, label in choices for text in (*_said(label), code)}


def _said(label: Any) -> Iterator[str]:
    for language, _name in settings.LANGUAGES:
        with override(language):
            yield str(label)
