"""The groups of hits for what somebody typed, by their rights: records, then actions and pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from fixaloop.search.hits import SHOWN, Action, Asked, Best, Hit, actions, same, sources
from fixaloop.search.marking import draw
from fixaloop.web.navigation import GROUPS, may_open
from fixaloop.words.text import words

# Before anything is typed, the actions alone.
SHOWN_FIRST = 9
# The code of the best action of the name that was typed, for offers.
ACTIONS = "actions"


@dataclass(frozen=True)
class Group:
    """Hits of one kind, and the address of the list with all of them where there are more."""

    label: Any
    hits: Sequence[Hit]
    drawn: Sequence[tuple[str, str]]
    more_url: str = ""

    @property
    def is_exact(self) -> bool:
        return any(hit.is_exact for hit in self.hits)


def find_groups(asked: Asked) -> list[Group]:
    """Groups that found something, first those with exactly what was typed."""
    found: list[Group] = []
    best: dict[str, Hit] = {}
    for source in sources():
        hits = source.find(asked) if asked.words and asked.user.has_perms(source.rights) else []
        if hits:
            best[source.code] = hits[0]
            found.append(_group(asked, source.label, hits, source.list_url(asked.text)))
    if chosen := _actions(asked, best):
        found.append(_group(asked, _("Actions"), chosen))
    return sorted(found, key=lambda group: not group.is_exact)


def to_open(groups: Sequence[Group]) -> Hit | None:
    """What Enter opens at once: the page that was named exactly, or the only record found."""
    exact = [hit for group in groups for hit in group.hits if hit.is_exact]
    if exact:
        return exact[0]
    records = [hit for group in groups for hit in group.hits if hit.key]
    return records[0] if len(records) == 1 else None


def _group(asked: Asked, label: Any, hits: Sequence[Hit], list_url: str = "") -> Group:
    shown = hits[:SHOWN] if list_url else hits
    drawn = [(hit.url, draw(hit, asked.words)) for hit in shown]
    return Group(label, shown, drawn, list_url if len(hits) > SHOWN else "")


def _actions(asked: Asked, best: Best) -> list[Hit]:
    """Actions and pages of that name, the nearest first; then what can be done with what was typed."""
    allowed = [action for action in actions() if asked.user.has_perms(action.rights)]
    if not asked.text:
        return [_plain(action) for action in allowed][:SHOWN_FIRST]
    if not asked.words:
        return []
    named = [hit for hit in (*map(_plain, allowed), *_pages(asked, allowed)) if _is_named(hit.title, asked.words)]
    named = sorted(named, key=lambda hit: not same(hit.title, asked.text))
    named = [_exact(hit, asked.text) for hit in named]
    found = {**best, ACTIONS: named[0]} if named else best
    return [*named[:SHOWN], *_offers(asked, found, allowed)]


def _offers(asked: Asked, best: Best, allowed: Sequence[Action]) -> Iterator[Hit]:
    for action in allowed:
        if (offer := action.offer(asked, best)) is not None:
            yield Hit(action.url(offer.query), action.icon, offer.label)


def _plain(action: Action) -> Hit:
    return Hit(action.url({}), action.icon, str(action.label))


def _pages(asked: Asked, others: Sequence[Action]) -> Iterator[Hit]:
    known = {action.url_name for action in others if not action.query}
    for _label, links in GROUPS:
        for link in links:
            if link.url_name not in known and may_open(asked.user, link):
                yield Hit(reverse(link.url_name), link.icon, str(link.label))


def _is_named(label: str, typed: Sequence[str]) -> bool:
    parts = words(label)
    return all(any(part.startswith(word) for part in parts) for word in typed)


def _exact(hit: Hit, text: str) -> Hit:
    return Hit(hit.url, hit.icon, hit.title, is_exact=same(hit.title, text))
