"""What a plate may have been that a camera misread, or somebody mistyped.

Each country says where its plates have letters and where digits. So O where only a digit can stand was a 0: that is
certain. Plates of countries without a grammar here are compared as they are.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from string import ascii_uppercase, digits

# What cameras take for one another.
_ALIKE = {character: group for group in ("0ODQ", "1IL", "2Z", "4A", "5S", "6G", "7T", "8B") for character in group}
_SHORTEST = 4
_CANTONS = "AG|AI|AR|BE|BL|BS|FR|GE|GL|GR|JU|LU|NE|NW|OW|SG|SH|SO|SZ|TG|TI|UR|VD|VS|ZG|ZH"


@dataclass(frozen=True)
class _Form:
    """A form of plates. `pattern` says which are given out, `shapes` where letters (A) and digits (9) stand."""

    country: str
    pattern: str
    shapes: tuple[str, ...]
    without: str = ""

    @cached_property
    def letters(self) -> str:
        return "".join(letter for letter in ascii_uppercase if letter not in self.without)

    def takes(self, key: str) -> bool:
        return re.fullmatch(self.pattern, key) is not None and not set(self.without) & set(key)


def _runs(*counts: tuple[str, int, int]) -> tuple[str, ...]:
    """All shapes made of runs: `("A", 1, 2), ("9", 3, 3)` are A999 and AA999."""
    runs = [[kind * count for count in range(least, most + 1)] for kind, least, most in counts]
    return tuple("".join(parts) for parts in product(*runs))


_FNI = _runs(("9", 1, 4), ("A", 1, 3))
_FORMS = (
    # SS is never given out; WW is a provisional plate.
    _Form("FR", r"(?!SS)[A-Z]{2}(?!000)\d{3}(?!SS)[A-Z]{2}", ("AA999AA",), "IOU"),
    _Form("FR", r"W\d{3}[A-Z]{2}", ("A999AA",), "IOU"),
    _Form(
        "FR",
        r"[1-9]\d{0,3}[A-Z]{1,3}(0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8]|98[4678])",
        tuple(start + department for start in _FNI for department in ("99", "9A", "999")),
        "IO",
    ),
    _Form("BE", r"[1-9][A-Z]{3}\d{3}|[A-Z]{3}\d{3}|\d{3}[A-Z]{3}", ("9AAA999", "AAA999", "999AAA")),
    _Form("DE", r"[A-Z]{2,5}[1-9]\d{0,3}[EH]?", _runs(("A", 2, 5), ("9", 1, 4), ("A", 0, 1))),
    _Form("ES", r"\d{4}[A-Z]{3}", ("9999AAA",), "AEIOUQ"),
    _Form("IT", r"[A-Z]{2}\d{3}[A-Z]{2}", ("AA999AA",), "IOQU"),
    _Form("CH", rf"({_CANTONS})[1-9]\d{{0,5}}", _runs(("A", 2, 2), ("9", 1, 6))),
    _Form(
        "GB",
        r"[A-Z]{2}\d{2}[A-Z]{3}|[A-Z]\d{1,3}[A-Z]{3}|[A-Z]{3}\d{1,3}[A-Z]",
        ("AA99AAA", *_runs(("A", 1, 1), ("9", 1, 3), ("A", 3, 3)), *_runs(("A", 3, 3), ("9", 1, 3), ("A", 1, 1))),
        "IQ",
    ),
)


def readings(key: str) -> dict[str, set[str]]:
    """The plates that a key can only have been, each with its countries; empty for one that may be right as it is.

    Only what cannot stand where it was read is put right, and among the ways to do so those with the fewest changes.
    """
    if not key.isascii() or not any(map(str.isdigit, key)) or any(form.takes(key) for form in _FORMS):
        return {}
    found: defaultdict[int, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for form in _FORMS:
        for shape in form.shapes:
            for possible in _fitted(key, shape, form):
                changes = sum(map(str.__ne__, key, possible))
                found[changes][possible].add(form.country)
    return dict(found[min(found)]) if found else {}


def _fitted(key: str, shape: str, form: _Form) -> Iterator[str]:
    if len(shape) != len(key):
        return
    allowed = [form.letters if kind == "A" else digits for kind in shape]
    possible = [_possible(character, among) for character, among in zip(key, allowed, strict=True)]
    yield from filter(form.takes, map("".join, product(*possible)))


def _possible(character: str, among: str) -> str:
    if character in among:
        return character
    return "".join(other for other in _ALIKE.get(character, "") if other in among)


def neighbours(key: str) -> set[str]:
    """The keys that differ in one character: another, one more, one less, or two that changed places.

    Empty for what is too short to be a plate.
    """
    if len(key) < _SHORTEST or not key.isascii():
        return set()
    found = set(readings(key))
    for index in range(len(key) + 1):
        head, tail = key[:index], key[index:]
        found |= {head + character + tail for character in digits + ascii_uppercase}
        if tail:
            found |= {head + character + tail[1:] for character in digits + ascii_uppercase}
            found.add(head + tail[1:])
        if len(tail) > 1:
            found.add(head + tail[1] + tail[0] + tail[2:])
    return found - {key}


def is_near(read: str, key: str) -> bool:
    return key in readings(read) or key in neighbours(read)


def looks_like_plate(key: str) -> bool:
    """Whether what was typed may be a plate: four to nine letters and digits, some of each."""
    return key.isascii() and _SHORTEST <= len(key) <= 9 and any(map(str.isdigit, key)) and any(map(str.isalpha, key))
