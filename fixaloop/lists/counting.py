"""How long a list is, counted no further than is cheap, how its rows are best read, and why it is empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection, connections
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from fixaloop.lists.starting import ways_to_fill
from fixaloop.speed import is_on
from fixaloop.speed.statements import is_preparable, prepared, statement_of

if TYPE_CHECKING:
    from fixaloop.lists.page import ListPage

Order = tuple[str, ...]

COUNT_CAP = 1_000
# So many keys are sent back to the database as quickly as the conditions they were found by.
FEW = 100
# More matches than that are found sooner by walking a list of a million rows in its order than by sorting them.
FREQUENT = 10_000
# So many keys are looked at before the matches of several words, which may never occur together, are walked to.
MOST_SORTED = 5_000
# Seconds for which a list that was too long to count is not counted again, while people page through it and sort it.
LONG_FOR = 60


def ordered(rows: QuerySet[Any], order: Order, *, sort_found: bool) -> QuerySet[Any]:
    """The rows in an order; with `sort_found`, PostgreSQL finds all of them and then sorts.

    Left to itself it may walk the whole list in its order for matches that come late. No index holds the expression
    that stands here for the first column.
    """
    if not sort_found:
        return rows.order_by(*order)
    column = F(order[0].removeprefix("-"))
    unindexed = Coalesce(column, column)
    return rows.order_by(unindexed.desc() if order[0].startswith("-") else unindexed.asc(), *order[1:])


def read(rows: QuerySet[Any]) -> list[Any]:
    return list(prepared(rows) if is_preparable(rows) else rows)


def capped_count(rows: QuerySet[Any]) -> int:
    """How many rows there are, counted no further than one past `COUNT_CAP`."""
    found = _first_row("SELECT COUNT(*) FROM ({}) found", rows.order_by().values_list("pk")[: COUNT_CAP + 1])
    return int(found[0]) if found else 0


def count(rows: QuerySet[Any]) -> int | None:
    found = capped_count(rows)
    return found if found <= COUNT_CAP else None


def say_count(count: int | None) -> str:
    """“512”, or “plus de 1 000” where counting stopped."""
    if count is None or count > COUNT_CAP:
        return _("plus de %(cap)s") % {"cap": number_format(COUNT_CAP)}
    return number_format(count)


def expected_count(rows: QuerySet[Any]) -> int | None:
    """How many rows PostgreSQL expects by its statistics; None on SQLite."""
    if connection.vendor != "postgresql":
        return None
    plan = _first_row("EXPLAIN (FORMAT JSON) {}", rows.order_by())
    return int(plan[0][0]["Plan"]["Plan Rows"]) if plan else 0


def _first_row(sql: str, rows: QuerySet[Any]) -> tuple[Any, ...] | None:
    try:
        found, values = statement_of(rows)
    except EmptyResultSet:
        return None
    with connections[rows.db].cursor() as cursor:
        cursor.execute(sql.format(found), values)
        return cursor.fetchone()


class LongList:
    """Remembers for a while that a list is too long to count, and whether its pages sort what they find."""

    def __init__(self, *marks: Any) -> None:
        self._key = f"list.long.{hash(marks)}"

    @cached_property
    def sort_found(self) -> bool | None:
        return cache.get(self._key) if is_on("long_lists") else None

    def remember(self, total: int | None, *, sort_found: bool) -> None:
        if total is None:
            cache.set(self._key, sort_found, LONG_FOR)


@dataclass(frozen=True)
class Extent:
    """How long a list is, and what its pages are read from.

    `total` is None for more than `COUNT_CAP` rows. With `sort_found`, pages find the rows first and sort them then.
    `keys` are those of the first rows in the order of the list, which are then fetched from `everything` by key.
    """

    total: int | None
    rows: QuerySet[Any]
    sort_found: bool = False
    keys: Sequence[Any] = ()
    everything: QuerySet[Any] | None = None


@dataclass(frozen=True)
class Selection:
    """The rows that filters let through: with what cells show, and bare to count; and all rows with what cells show.

    `slow_to_find`: finding a row costs more than fetching it. `by_one_word`: a single word is searched, and PostgreSQL
    knows about how many rows hold it; of two words that may never occur together it does not. `only_in_order`: matches
    can only be met by walking the list. `may_begin_late`: the rows may lie together, far from the beginning.
    """

    shown: QuerySet[Any]
    bare: QuerySet[Any]
    everything: QuerySet[Any]
    slow_to_find: bool = False
    by_one_word: bool = False
    only_in_order: bool = False
    may_begin_late: bool = False

    def measure(self, order: Order) -> Extent:
        """Count, and choose how to read.

        Rows that many thousands share are met by walking the list. What was found once is not searched again: few
        rows are fetched by their keys, and so is whatever is slow to find.
        """
        if self.by_one_word:
            expected = expected_count(self.bare)
            if expected is not None and expected > (COUNT_CAP if self.only_in_order else FREQUENT):
                return Extent(None, self.shown)
            if expected is not None and not self.only_in_order:
                return self.find(order)
        most = MOST_SORTED if self.slow_to_find else COUNT_CAP
        keys = read(self.bare.order_by().values_list("pk", flat=True)[: most + 1])
        if len(keys) > COUNT_CAP:
            return self.find(order) if self._sorts(len(keys)) else Extent(None, self.shown)
        if self.slow_to_find or len(keys) <= FEW:
            return Extent(len(keys), self.everything.filter(pk__in=keys))
        return Extent(len(keys), self._found_first())

    def find(self, order: Order) -> Extent:
        keys = read(ordered(self.bare, order, sort_found=True).values_list("pk", flat=True)[: COUNT_CAP + 1])
        if len(keys) > COUNT_CAP:
            return Extent(None, self.shown, sort_found=True, keys=keys, everything=self.everything)
        return Extent(len(keys), self.everything.filter(pk__in=keys), keys=keys, everything=self.everything)

    def _sorts(self, found: int) -> bool:
        if self.slow_to_find:
            return found <= MOST_SORTED
        return self.may_begin_late and (expected_count(self.bare) or 0) <= FREQUENT

    def _found_first(self) -> QuerySet[Any]:
        """The rows, known to be `COUNT_CAP` at most; the limit makes PostgreSQL find them before it sorts.

        If it expected many matches, it would walk the whole list in its order: seconds, for two frequent words that
        never occur together.
        """
        return self.shown.filter(pk__in=self.bare.order_by().values("pk")[: COUNT_CAP + 1])


@dataclass(frozen=True)
class Culprit:
    """What brings rows back: a filter taken away, or a wider search; `leaves` the page for another one."""

    label: str
    remove_url: str
    count_text: str
    action: str
    leaves: bool = False


@dataclass(frozen=True)
class Emptiness:
    """What an empty list says and offers."""

    kind: str
    title: str
    text: str
    culprits: list[Culprit] = field(default_factory=list)
    action_url: str | None = None
    action_label: str = ""
    # What may have been meant: words and the address that looks for them.
    proposals: Sequence[tuple[str, str]] = ()
    # Other ways to begin: words and address.
    ways: Sequence[tuple[str, str]] = ()


def explain_emptiness(page: ListPage) -> Emptiness:
    """Say why nothing is shown. Costs one capped count a filter, and only where nothing was found."""
    if not page.filterset.is_valid():
        return Emptiness("filtered", _("Un filtre est à corriger"), _("Corrigez-le ou retirez-le pour voir la liste."))
    if not page.filterset.active:
        return _nothing_yet(page)
    without_filters = page.unfiltered_count
    text = _("%(count)s sans les filtres.") % {"count": page.noun_count(say_count(without_filters), without_filters)}
    return Emptiness(
        "filtered",
        _("Aucun résultat"),
        text,
        [*_culprits(page), *page.wider()],
        page.clear_url,
        _("Tout effacer"),
        page.proposals(),
    )


def _nothing_yet(page: ListPage) -> Emptiness:
    title = _("La liste est vide")
    if before := page.needed_first():
        label, url = before
        return Emptiness("nothing", title, page.nothing, [], url, label)
    return Emptiness("nothing", title, page.nothing, [], page.new_url, page.new_label, ways=ways_to_fill(page))


def _culprits(page: ListPage) -> list[Culprit]:
    found = []
    tokens = page.tokens
    only_one = len(page.filterset.active) == 1
    for name, label in {token.name: token.label for token in tokens}.items():
        if count := page.unfiltered_count if only_one else capped_count(page.filterset.without(name)):
            values = ", ".join(token.value for token in tokens if token.name == name)
            said = _("%(filter)s : %(value)s") % {"filter": label, "value": values}
            text = page.noun_count(say_count(count), count)
            found.append(Culprit(said, page.query.without(name), text, page.removal_label(name)))
    return found or _search_alone(page)


def _search_alone(page: ListPage) -> list[Culprit]:
    """The search without the other filters, where taking one of them away is not enough."""
    others = [name for name in page.filterset.active if name != "q"]
    if not page.filterset.is_searched or len(others) < 2:
        return []
    count = capped_count(page.filterset.only("q"))
    text = page.noun_count(say_count(count), count)
    url = page.query.without(*others)
    return [Culprit(_("Les filtres ensemble"), url, text, _("Chercher sans les filtres"))] if count else []
