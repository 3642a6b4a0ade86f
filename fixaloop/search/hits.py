"""What a search of everything finds: each app declares its records and its actions in its module `on_search`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse

from fixaloop.discovery import modules
from fixaloop.words.text import normalise, words

# Hits of a group; sources give one more, which tells that there are others.
SHOWN = 4
WANTED = SHOWN + 1

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Asked:
    """What somebody types, and when."""

    text: str
    user: Any
    at: datetime

    @cached_property
    def words(self) -> tuple[str, ...]:
        return words(self.text)

    @cached_property
    def is_short(self) -> bool:
        """Whether a single letter was typed, which begins too much to be looked for."""
        return len("".join(self.words)) < 2

    @cached_property
    def number(self) -> int | None:
        return int(self.text) if self.text.isascii() and self.text.isdigit() and len(self.text) < 7 else None


@dataclass(frozen=True)
class Hit:
    """A page that was found. `state` is HTML, `key` what other pages need to find the same record."""

    url: str
    icon: str
    title: str
    detail: str = ""
    state: str = ""
    key: str = ""
    is_exact: bool = False


@dataclass(frozen=True)
class Source:
    """A kind of record, for those who have all its rights.

    `find` gives `WANTED` hits at most, the best first, each query of it bounded. `list_name` is the URL name of the
    list that searches in the same way. Groups stand in the order of `place`.
    """

    code: str
    label: Any
    place: int
    rights: tuple[str, ...]
    list_name: str
    find: Callable[[Asked], list[Hit]]

    def list_url(self, text: str) -> str:
        return f"{reverse(self.list_name)}?{urlencode({'q': text})}"


# The best hit of each source, by its code.
Best = Mapping[str, Hit]


@dataclass(frozen=True)
class Offer:
    """An action with what was typed or found: its words, and what its page is given."""

    label: str
    query: Mapping[str, str]


def no_offer(asked: Asked, best: Best) -> Offer | None:
    return None


@dataclass(frozen=True)
class Action:
    """A page where something is done, for those who have all its rights. It is found by its name, or offered."""

    label: Any
    icon: str
    url_name: str
    rights: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    offer: Callable[[Asked, Best], Offer | None] = no_offer

    def url(self, query: Mapping[str, str]) -> str:
        string = urlencode({**self.query, **query})
        return f"{reverse(self.url_name)}?{string}" if string else reverse(self.url_name)


@cache
def sources() -> tuple[Source, ...]:
    found = [source for module in modules("on_search").values() for source in getattr(module, "SOURCES", ())]
    return tuple(sorted(found, key=lambda source: source.place))


@cache
def actions() -> tuple[Action, ...]:
    return tuple(action for module in reversed(modules("on_search").values()) for action in module.ACTIONS)


def collect(batches: Iterable[Iterable[M]], enough: int = WANTED, most: int = 0) -> list[M]:
    """The rows of each batch in turn, each row once; a batch is asked for only while there are not enough."""
    found: dict[Any, M] = {}
    for batch in batches:
        for row in batch:
            found.setdefault(row.pk, row)
        if len(found) >= enough:
            break
    return list(found.values())[: most or enough]


def same(text: str, other: str) -> bool:
    """Whether two texts say the same but for case, accents and punctuation."""
    return normalise(text) == normalise(other)
