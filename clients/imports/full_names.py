"""A whole name in one cell, told apart into first and last name."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import NamedTuple

CIVILITIES = frozenset(
    ("m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "dr", "docteur", "me", "maître")
)
_AND = frozenset(("et", "&", "ou"))
_PARTICLES = frozenset(
    ("de", "du", "des", "d", "la", "le", "les", "von", "van", "der", "den", "di", "da", "del", "della")
)
_ELIDED = re.compile(r"[dl]['’]", re.IGNORECASE)


class FullName(NamedTuple):
    """First and last name; `sure` where only one reading makes sense."""

    first: str
    last: str
    sure: bool


def is_civility(text: str) -> bool:
    """Whether a cell says how a person is addressed: « Mme », « M. »."""
    return text.strip().rstrip(".").lower() in CIVILITIES


def split_name(text: str) -> FullName:
    """« DE BRETAGNE Anne », « Anne de Bretagne », « M. Jean Dupont »; a single word is a last name.

    Capitals tell the last name; else a particle begins it; else it is all that follows the first word.
    """
    words = text.split()
    while len(words) > 1 and (is_civility(words[0]) or (words[0].lower() in _AND and is_civility(words[1]))):
        words = words[1:]
    if len(words) < 2:
        return FullName("", " ".join(words), True)
    capitals = [_is_capitals(word) for word in words]
    if any(capitals) and not all(capitals):
        return _by_capitals(words, capitals)
    particle = next((at for at, word in enumerate(words) if at and _is_particle(word)), None)
    sure = len(words) == 2 or particle == 1
    return FullName(words[0], " ".join(words[1:]), sure)


def _by_capitals(words: list[str], capitals: list[bool]) -> FullName:
    """The capitals at the beginning or at the end, with the small particles among them."""
    leading = len(list(takewhile(lambda at: capitals[at] or _joins(words, capitals, at), range(len(words)))))
    if leading:
        return FullName(" ".join(words[leading:]), " ".join(words[:leading]), True)
    first = next(at for at in range(1, len(words)) if capitals[at])
    while first > 1 and _is_particle(words[first - 1]):
        first -= 1
    return FullName(" ".join(words[:first]), " ".join(words[first:]), all(capitals[first + 1 :]))


def _joins(words: list[str], capitals: list[bool], at: int) -> bool:
    return _is_particle(words[at]) and any(capitals[at + 1 : at + 3])


def _is_capitals(word: str) -> bool:
    return word.isupper() and not word.endswith(".")


def _is_particle(word: str) -> bool:
    return word.lower() in _PARTICLES or bool(_ELIDED.match(word) and word[0].islower())
