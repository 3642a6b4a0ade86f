"""Postal codes and towns of France, to suggest one from the other (source and licence: data/README.md).

A code covers up to 46 towns, a town has up to 21 codes. Suggestions only: CEDEX, foreign and old codes are not listed.
"""

import csv
import re
from bisect import bisect_left
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from pathlib import Path
from sys import intern
from typing import NamedTuple

from fixaloop.words.text import normalise

_FILE = Path(__file__).parent / "data" / "communes.csv"
_CEDEX = re.compile(r" ?cedex\b.*")
_FROM_CEDEX = re.compile(r"\s+cedex\b.*", re.IGNORECASE)
_SAINT = re.compile(r"\bst(e?)\b")
MOST = 50


class Town(NamedTuple):
    """A town and one of its postal codes."""

    postal_code: str
    town: str


@lru_cache(maxsize=10_000)
def towns(postal_code: str) -> tuple[str, ...]:
    return tuple(found.town for found in _starting_with(postal_code.strip(), exact=True))


def codes(city: str) -> tuple[str, ...]:
    """The postal codes of a town, whatever its case, accents, hyphens, « St » or CEDEX."""
    key = _key(city)
    return tuple(sorted({town.postal_code for its_key, town in _towns_from(key) if its_key == key}))


def spelt(postal_code: str, city: str) -> str:
    """The town as the list has it under this postal code, with what follows CEDEX; where it has none, as it is."""
    key = _key(city)
    cedex = _FROM_CEDEX.search(city)
    found = (town for town in towns(postal_code) if _key(town) == key)
    return next((town + (cedex[0] if cedex else "") for town in found), city)


@lru_cache(maxsize=10_000)
def is_elsewhere(postal_code: str, city: str) -> bool:
    """Whether the list knows both the code and the town, but not together."""
    key, listed = _key(city), towns(postal_code) if postal_code else ()
    return bool(key and listed) and all(_key(town) != key for town in listed) and bool(codes(city))


def suggest(postal_code: str = "", city: str = "") -> tuple[Town, ...]:
    """Up to 50 towns that match both; if none does, those of the postal code."""
    code, key = postal_code.strip(), _key(city)
    by_code = _starting_with(code) if code else ()
    if not key:
        return tuple(by_code[:MOST])
    both = [found for found in by_code if _key(found.town).startswith(key)]
    if both or by_code:
        return tuple((both or by_code)[:MOST])
    return tuple(town for _name, town in islice(_towns_from(key), MOST))


@lru_cache(maxsize=1)
def _listed() -> tuple[tuple[Town, ...], tuple[tuple[str, Town], ...]]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        by_town = sorted((_key(town), Town(intern(code), town)) for code, town, *_others in rows)
    by_code = tuple(town for _name, town in sorted(by_town, key=lambda pair: pair[1].postal_code))
    return by_code, tuple(by_town)


def _starting_with(code: str, *, exact: bool = False) -> tuple[Town, ...]:
    by_code, _by_town = _listed()
    start = bisect_left(by_code, code, key=itemgetter(0))
    end = bisect_left(by_code, code + ("" if exact else "\uffff") + "\0", key=itemgetter(0))
    return by_code[start:end]


def _towns_from(key: str) -> list[tuple[str, Town]]:
    _by_code, by_town = _listed()
    start = bisect_left(by_town, key, key=itemgetter(0))
    end = bisect_left(by_town, key + "\uffff", key=itemgetter(0))
    return list(by_town[start:end]) if key else []


@lru_cache(maxsize=10_000)
def _key(town: str) -> str:
    return _SAINT.sub(r"saint\1", _CEDEX.sub("", normalise(town)))
