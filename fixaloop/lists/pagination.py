"""The address of a list: which page it asks for, read at the same cost at any depth, and the links to the other pages.

Near the start a page is a number. Beyond `WINDOW` rows its links also name the row to go on from (`after_row`), because
an OFFSET reads all it skips; the row is named by its key, never by its values, which may be personal.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, ClassVar
from urllib.parse import urlencode

import django.db.models.fields.tuple_lookups as tuples  # type: ignore[import-untyped]
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from fixaloop.lists.counting import COUNT_CAP, Extent, Order, ordered, read, say_count


class Query:
    """The query string of a list page. Empty parameters are left out of links."""

    # Not “after” and “before”: those are filters of events.
    PAGING: ClassVar = ("page", "after_row", "before_row", "peek")
    RESERVED: ClassVar = (*PAGING, "per_page", "sort")

    def __init__(self, path: str, params: QueryDict) -> None:
        self.path = path
        self.params = {name: params.getlist(name) for name in params}
        given = {name: [value for value in values if value] for name, values in self.params.items()}
        self._kept = tuple(
            (name, value) for name, values in given.items() if name not in self.PAGING for value in values
        )
        self._names = {name for name, _value in self._kept}
        self._string = urlencode(self._kept)

    def url(self, *, path: str = "", **changes: Any) -> str:
        """The address with parameters set, or removed if None. Any change but of the page starts at page one."""
        kept = self._without(*changes)
        added = urlencode([(name, value) for name, value in changes.items() if value is not None], doseq=True)
        string = "&".join(filter(None, (kept, added)))
        return f"{path or self.path}?{string}" if string else path or self.path

    def start(self, name: str) -> str:
        kept = self._without(name)
        return f"{self.path}?{kept}&{name}=" if kept else f"{self.path}?{name}="

    def _without(self, *names: str) -> str:
        if self._names.isdisjoint(names):
            return self._string
        return urlencode([pair for pair in self._kept if pair[0] not in names])

    def without(self, *names: str) -> str:
        return self.url(path="", **dict.fromkeys(names))

    def errors(self, known: Collection[str], several: Collection[str] = ()) -> list[str]:
        """What makes no sense in the address. The filters in `several` may be given more than once."""
        given = {name: {value for value in values if value} for name, values in self.params.items()}
        twice = [name for name, values in given.items() if len(values) > 1 and name not in several]
        unknown = [name for name in self.params if name not in known and name not in self.RESERVED]
        one_value = _("« %(name)s » est donné plusieurs fois : une seule valeur est possible.")
        no_filter = _("Le filtre « %(name)s » n’existe pas.")
        return [one_value % {"name": name[:40]} for name in twice] + [
            no_filter % {"name": name[:40]} for name in unknown
        ]


WINDOW = 5_000
PER_PAGE = (10, 25, 50, 100)
PER_PAGE_DEFAULT = 25
PER_PAGE_COOKIE = "per_page"
LAST = "last"
# Eight digits: no list is as long, and no database counts much further.
PAGE_NUMBER = re.compile("[1-9][0-9]{0,7}")
YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Page:
    """Some rows of a list and where they stand in it. `number` is None where nobody knows it."""

    rows: list[Any]
    number: int | None
    size: int
    has_previous: bool
    has_next: bool

    @property
    def first_index(self) -> int | None:
        return (self.number - 1) * self.size + 1 if self.number else None


def reverse(order: Order) -> Order:
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in order)


def seek(rows: QuerySet[Any], order: Order, anchor: Model, limit: int, *, sort_found: bool = False) -> list[Any]:
    """The first rows after the anchor’s place in an order whose columns are never null.

    Two runs make two queries at most, the second only if the first run of equal values ends.
    """
    found: list[Any] = []
    for following in rows_after(rows, order, anchor, sort_found=sort_found):
        found += read(following[: limit - len(found)])
        if len(found) >= limit:
            break
    return found


def rows_after(rows: QuerySet[Any], order: Order, anchor: Model, *, sort_found: bool) -> Iterator[QuerySet[Any]]:
    """The rows after the anchor’s place: those of the last run of columns in one direction, then of the run before.

    Each run is one comparison of tuples, which an index answers directly.
    """
    runs = [(descending, list(names)) for descending, names in groupby(order, key=lambda name: name.startswith("-"))]
    for depth in reversed(range(len(runs))):
        equal = {name.lstrip("-"): _value(anchor, name) for _descending, names in runs[:depth] for name in names}
        yield ordered(rows.filter(Q(**equal), _beyond(anchor, *runs[depth])), order, sort_found=sort_found)


def _beyond(anchor: Model, descending: bool, names: Sequence[str]) -> Any:
    columns = [name.lstrip("-") for name in names]
    values = [_value(anchor, name) for name in names]
    if len(columns) == 1:
        return Q(**{f"{columns[0]}__{'lt' if descending else 'gt'}": values[0]})
    comparison = tuples.TupleLessThan if descending else tuples.TupleGreaterThan
    return comparison(tuples.Tuple(*columns), values)


def _value(anchor: Model, name: str) -> Any:
    return getattr(anchor, name.lstrip("-"))


def numbered_page(
    rows: QuerySet[Any], order: Order, number: int, size: int, anchor: Model | None, *, sort_found: bool = False
) -> Page:
    """Page `number`, found from the last row of the page before if that is known."""
    start = (number - 1) * size
    if anchor is None and start > WINDOW:
        # A number typed by hand: the rows before it are counted in the index alone.
        names = [name.lstrip("-") for name in order]
        before = ordered(rows, order, sort_found=sort_found).values(*names)[start - 1 : start].first()
        if before is None:
            return Page([], number, size, True, False)
        anchor = rows.model(**before)
    if anchor is not None:
        found = seek(rows, order, anchor, size + 1, sort_found=sort_found)
    else:
        found = read(ordered(rows, order, sort_found=sort_found)[start : start + size + 1])
    return Page(found[:size], number, size, number > 1, len(found) > size)


def found_page(rows: QuerySet[Any], keys: Sequence[Any], number: int, size: int) -> Page:
    start = (number - 1) * size
    wanted = keys[start : start + size]
    found = {row.pk: row for row in read(rows.filter(pk__in=wanted).order_by())}
    # One may have been deleted since.
    there = [found[key] for key in wanted if key in found]
    return Page(there, number, size, number > 1, len(keys) > start + size)


def page_after(rows: QuerySet[Any], order: Order, anchor: Model, size: int, *, sort_found: bool = False) -> Page:
    found = seek(rows, order, anchor, size + 1, sort_found=sort_found)
    return Page(found[:size], None, size, True, len(found) > size)


def page_before(
    rows: QuerySet[Any], order: Order, anchor: Model | None, size: int, *, sort_found: bool = False
) -> Page:
    """The rows that end just before the anchor’s; without an anchor, those that end the list."""
    backwards = reverse(order)
    if anchor is None:
        found = read(ordered(rows, backwards, sort_found=sort_found)[: size + 1])
    else:
        found = seek(rows, backwards, anchor, size + 1, sort_found=sort_found)
    return Page(found[:size][::-1], None, size, len(found) > size, anchor is not None)


class Pager:
    """The page of a list that an address asks for."""

    def __init__(self, extent: Extent, order: Order, query: Query, request: HttpRequest) -> None:
        self.extent, self.total = extent, extent.total
        self.order = order
        self.query = query
        self.request = request
        self.errors: list[str] = []
        self.per_page = self._per_page()
        self.page = self._page()

    def _per_page(self) -> int:
        asked = self.request.GET.get("per_page", "")
        if asked in map(str, PER_PAGE):
            return int(asked)
        if asked:
            choices = ", ".join(map(str, PER_PAGE))
            self.errors.append(
                _("« %(value)s » lignes par page n’est pas possible. Choisissez parmi %(choices)s.")
                % {"value": asked[:20], "choices": choices}
            )
        kept = self.request.COOKIES.get(PER_PAGE_COOKIE, "")
        return int(kept) if kept in map(str, PER_PAGE) else PER_PAGE_DEFAULT

    def remember(self, response: HttpResponse) -> None:
        if self.request.GET.get("per_page") == str(self.per_page):
            response.set_cookie(PER_PAGE_COOKIE, str(self.per_page), max_age=YEAR, httponly=True, samesite="Lax")

    def _page(self) -> Page:
        asked = self.request.GET.get("page") or "1"
        before, after = partial(self._read, page_before), partial(self._read, page_after)
        if asked == LAST:
            return before(None, self.per_page)
        if row := self._anchor("before_row"):
            return before(row, self.per_page)
        anchor = self._anchor("after_row")
        if anchor and not self.request.GET.get("page"):
            following = after(anchor, self.per_page)
            return following if following.rows else before(None, self.per_page)
        if not PAGE_NUMBER.fullmatch(asked):
            self.errors.append(_("La page « %(page)s » n’existe pas.") % {"page": asked[:20]})
            asked = "1"
        page = self._numbered(int(asked), anchor)
        if page.rows or page.number == 1:
            return page
        self.errors.append(_("La page %(page)s n’existe pas : la liste est plus courte.") % {"page": asked})
        return self._numbered(1, None)

    def _numbered(self, number: int, anchor: Any) -> Page:
        keys, everything, size = self.extent.keys, self.extent.everything, self.per_page
        if everything is not None and (self.total is not None or len(keys) > number * size):
            page = found_page(everything, keys, number, size)
        else:
            page = self._read(numbered_page, number, size, anchor)
        # A page that ends the list tells its length; after a row named by a link it does not.
        if self.total is None and anchor is None and not page.has_next and (page.rows or number == 1):
            self.total = (number - 1) * size + len(page.rows)
        return page

    def _read(self, page: Callable[..., Page], *which: Any) -> Page:
        return page(self.extent.rows, self.order, *which, sort_found=self.extent.sort_found)

    def _anchor(self, name: str) -> Any:
        key = self.request.GET.get(name, "")
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            return None
        names = [name.removeprefix("-") for name in self.order]
        found = self.extent.rows.model._default_manager.filter(pk=key).order_by().only(*names)
        return next(iter(read(found)), None)

    @property
    def error(self) -> str:
        return " ".join(self.errors)

    def total_text(self, noun_count: Callable[[str, int], str]) -> str:
        return noun_count(self._total_said, COUNT_CAP if self.total is None else self.total)

    @property
    def _total_said(self) -> str:
        return say_count(None) if self.total is None else number_format(self.total)

    @property
    def range_text(self) -> str:
        page = self.page
        if not page.rows:
            return ""
        if page.first_index is None:
            if not page.has_next:
                return _("dernières lignes")
            lines = len(page.rows)
            return ngettext("%(count)s ligne", "%(count)s lignes", lines) % {"count": lines}
        values = {
            "first": number_format(page.first_index),
            "last": number_format(page.first_index + len(page.rows) - 1),
            "total": self._total_said,
        }
        if self.total is None and page.first_index > COUNT_CAP:
            return _("%(first)s–%(last)s") % values
        return _("%(first)s–%(last)s sur %(total)s") % values

    # Links

    @property
    def first_url(self) -> str | None:
        return self.query.url() if self.page.has_previous else None

    @property
    def last_url(self) -> str | None:
        return self.query.url(page=LAST) if self.page.has_next else None

    @property
    def next_url(self) -> str | None:
        page = self.page
        if not page.has_next:
            return None
        if page.number is None:
            return self.query.url(after_row=page.rows[-1].pk)
        deep = page.number * page.size >= WINDOW
        return self.query.url(page=page.number + 1, after_row=page.rows[-1].pk if deep else None)

    @property
    def previous_url(self) -> str | None:
        page = self.page
        if not page.has_previous:
            return None
        if page.number is not None and (page.number - 2) * page.size < WINDOW:
            return self.query.url(page=page.number - 1) if page.number > 2 else self.query.url()
        return self.query.url(before_row=page.rows[0].pk)
