"""Names of people and companies as typed, and whole names split in two."""

import re
from itertools import takewhile
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, ngettext

from fixaloop.forms.parsing import Value, repairs
from fixaloop.words.text import clean

CIVILITIES = frozenset(
    ("m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "dr", "docteur", "me", "maître")
)
_LOST_CHARACTER = re.compile(r"\ufffd|(?<=\w)\?(?=\w)")
_AND = frozenset(("et", "&", "ou"))
_PARTICLES = frozenset(
    ("de", "du", "des", "d", "la", "le", "les", "von", "van", "der", "den", "di", "da", "del", "della")
)
_ELIDED = re.compile(r"[dl]['’]", re.IGNORECASE)


def parse_name(text: str, max_length: int | None = None) -> Value:
    name = clean(text)
    if max_length and len(name) > max_length:
        message = ngettext(
            "%(length)d caractère : le maximum est %(max)d.",
            "%(length)d caractères : le maximum est %(max)d.",
            len(name),
        )
        raise ValidationError(message, "max_length", {"length": len(name), "max": max_length})
    lost = (_("caractère perdu avant l’import (« ? »), à corriger"),) if _LOST_CHARACTER.search(name) else ()
    return Value(name, repairs(text) + lost)


def is_civility(text: str) -> bool:
    return text.strip().rstrip(".").lower() in CIVILITIES


class FullName(NamedTuple):
    """First and last name; `sure` if only one reading makes sense."""

    first: str
    last: str
    sure: bool


def split_name(text: str) -> FullName:
    """« DE BRETAGNE Anne », « Anne de Bretagne », « M. Jean Dupont »; a single word is a last name.

    Capitals tell the last name; else it begins with a particle; else it is everything after the first word. Libraries
    that split names know English names only.
    """
    words = text.split()
    while len(words) > 1 and (is_civility(words[0]) or (words[0].lower() in _AND and is_civility(words[1]))):
        words = words[1:]
    if len(words) < 2:
        return FullName("", " ".join(words), True)
    capitals = [_is_capitals(word) for word in words]
    if any(capitals) and not all(capitals):
        return _split_by_capitals(words, capitals)
    particle = next((at for at, word in enumerate(words) if at and _is_particle(word)), None)
    sure = len(words) == 2 or particle == 1
    return FullName(words[0], " ".join(words[1:]), sure)


def _split_by_capitals(words: list[str], capitals: list[bool]) -> FullName:
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
