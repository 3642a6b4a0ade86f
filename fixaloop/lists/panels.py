"""The panels of the dashboard: a few rows under a heading, how many there are in all, and the link to all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format

from fixaloop.lists.counting import capped_count, say_count

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
    found = list(rows[: SHOWN + 1])
    items = [item(row) for row in found[:SHOWN]]
    if len(found) <= SHOWN:
        return Panel(title, items, number_format(len(found)), nothing=nothing)
    count = say_count(capped_count(rows)) if counted and isinstance(rows, QuerySet) else ""
    return Panel(title, items, count, url, nothing)
