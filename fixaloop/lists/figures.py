"""Figures over a list, counted and remembered, and the panels of the dashboard."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from threading import Thread
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fixaloop.lists.counting import capped_count, read, say_count
from fixaloop.speed import is_on

KEPT = 100
# Seconds: how long an answer counts as fresh, how long it may be shown at all, and what is long to wait for.
LONGEST = 60
OLDEST = 120
SLOW = 0.05


@dataclass(frozen=True)
class Part:
    """One share of a whole, with where it starts on the bar."""

    label: str
    count: int
    fraction: float
    offset: float
    tone: str
    # The list of what is counted, from the list itself: “?status=active”.
    url: str = ""

    @property
    def count_text(self) -> str:
        return number_format(self.count)

    @property
    def percent_text(self) -> str:
        return _("%(percent)s %%") % {"percent": round(100 * self.fraction)}


@dataclass(frozen=True)
class Figure:
    """One value, or a bar of parts."""

    title: str
    value: str = ""
    note: str = ""
    parts: Sequence[Part] = field(default_factory=tuple)
    url: str = ""


@dataclass(frozen=True)
class Line:
    """One thing counted, with the list that shows it."""

    label: str
    value: str
    url: str = ""


def shares(counts: Sequence[tuple[Any, int, str, str]]) -> tuple[Part, ...]:
    total = sum(count for _label, count, _tone, _url in counts)
    parts: list[Part] = []
    offset = 0.0
    for label, count, tone, url in counts:
        fraction = count / total if total else 0.0
        parts.append(Part(label, count, fraction, offset, tone, url))
        offset += fraction
    return tuple(parts)


def remembered(key: str, count: Callable[[], Any]) -> Any:
    """The answer of `count`, kept a hundred times as long as it took: fresh in a small firm, cheap in a large one.

    If counting takes long, nobody waits for it again: the old answer is shown while a thread counts anew.
    """
    if not is_on("figures"):
        return count()
    kept = cache.get(key)
    if kept is None:
        return recount(key, count)
    answer, fresh_until = kept
    if time.time() > fresh_until and cache.add(f"{key}.counting", True, LONGEST):
        Thread(target=_count_beside, args=(key, count), daemon=True).start()
    return answer


def recount(key: str, count: Callable[[], Any]) -> Any:
    started = time.monotonic()
    answer = count()
    taken = time.monotonic() - started
    fresh = min(LONGEST, KEPT * taken)
    cache.set(key, (answer, time.time() + fresh), fresh if taken < SLOW else OLDEST)
    return answer


def _count_beside(key: str, count: Callable[[], Any]) -> None:
    try:
        recount(key, count)
    finally:
        cache.delete(f"{key}.counting")
        connection.close()


SHOWN = 8


@dataclass(frozen=True)
class Item:
    name: str
    url: str
    note: str
    chip: str = ""


@dataclass(frozen=True)
class Panel:
    title: str
    items: Sequence[Item]
    count: str
    url: str = ""
    nothing: str = ""

    @property
    def lines(self) -> SafeString:
        return SafeString("".join(map(_line, self.items)))


def _line(item: Item) -> str:
    name = f'<a class="who" href="{escape(item.url)}">{escape(item.name)}</a>'
    return (
        f'<li><span>{name}<br><small class="num">{escape(item.note)}</small></span>'
        f'<span class="num">{conditional_escape(item.chip)}</span></li>'
    )


def make_panel(
    title: str,
    rows: QuerySet[Any] | Sequence[Any],
    item: Callable[[Any], Item],
    *,
    url: str = "",
    nothing: str = "",
    counted: bool = True,
) -> Panel:
    """A panel of the first rows. Its link stands only where there are more than it shows.

    `counted=False` leaves out how many there are beyond those shown, and `nothing` is what an empty panel says.
    """
    found = read(rows[: SHOWN + 1]) if isinstance(rows, QuerySet) else rows[: SHOWN + 1]
    items = [item(row) for row in found[:SHOWN]]
    if len(found) <= SHOWN:
        return Panel(title, items, number_format(len(found)), nothing=nothing)
    count = say_count(capped_count(rows)) if counted and isinstance(rows, QuerySet) else ""
    return Panel(title, items, count, url, nothing)
