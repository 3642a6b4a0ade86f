"""Which page of a list is asked for, and the links to the others."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from fixaloop.lists.address import Query
from fixaloop.lists.counting import Extent
from fixaloop.lists.pagination import (
    COUNT_CAP,
    WINDOW,
    Order,
    Page,
    found_page,
    numbered_page,
    page_after,
    page_before,
    read,
)

PER_PAGE = (10, 25, 50, 100)
PER_PAGE_DEFAULT = 25
PER_PAGE_COOKIE = "per_page"
LAST = "last"
# Eight digits: no list is as long, and no database counts much further.
PAGE_NUMBER = re.compile("[1-9][0-9]{0,7}")
YEAR = 365 * 24 * 3600


class Pager:
    """The page of a list that an address asks for."""

    def __init__(self, extent: Extent, order: Order, query: Query, request: HttpRequest) -> None:
        self.extent, self.total, self.shown, self.is_sorted = extent, extent.total, extent.rows, extent.is_sorted
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
        """Keep the number of rows just chosen for the lists to come."""
        if self.request.GET.get("per_page") == str(self.per_page):
            response.set_cookie(
                PER_PAGE_COOKIE,
                str(self.per_page),
                max_age=YEAR,
                httponly=True,
                samesite="Lax",
            )

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
        """Page `number`: from the keys, where they reach that far and the page after."""
        keys, everything, size = self.extent.keys, self.extent.everything, self.per_page
        if everything is not None and (self.total is not None or len(keys) > number * size):
            page = found_page(everything, keys, number, size)
        else:
            page = self._read(numbered_page, number, size, anchor)
        # Where a page ends the list, its rows say how many there are; after a row that a link names, they say nothing.
        if self.total is None and anchor is None and not page.has_next and (page.rows or number == 1):
            self.total = (number - 1) * size + len(page.rows)
        return page

    def _read(self, page: Callable[..., Page], *which: Any) -> Page:
        return page(self.shown, self.order, *which, is_sorted=self.is_sorted)

    def _anchor(self, name: str) -> Any:
        """The row a link names; a row deleted since is as if it had not been named."""
        key = self.request.GET.get(name, "")
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            return None
        names = [name.removeprefix("-") for name in self.order]
        found = self.shown.model._default_manager.filter(pk=key).order_by().only(*names)
        return next(iter(read(found)), None)

    @property
    def error(self) -> str:
        return " ".join(self.errors)

    def total_text(self, noun_count: Callable[[str, int], str]) -> str:
        """“5 clients”, or “plus de 1 000 clients” where counting stops."""
        if self.total is None:
            return noun_count(_("plus de %(cap)s") % {"cap": number_format(COUNT_CAP)}, COUNT_CAP)
        return noun_count(number_format(self.total), self.total)

    @property
    def range_text(self) -> str:
        page = self.page
        if not page.rows:
            return ""
        if page.first_index is None:
            return _("dernières lignes") if not page.has_next else _("%(count)s lignes") % {"count": len(page.rows)}
        total = (
            number_format(self.total)
            if self.total is not None
            else _("plus de %(cap)s") % {"cap": number_format(COUNT_CAP)}
        )
        values = {
            "first": number_format(page.first_index),
            "last": number_format(page.first_index + len(page.rows) - 1),
            "total": total,
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
        following = page.number + 1
        deep = page.number * page.size >= WINDOW
        return self.query.url(page=following, after_row=page.rows[-1].pk if deep else None)

    @property
    def previous_url(self) -> str | None:
        page = self.page
        if not page.has_previous:
            return None
        if page.number is not None and (page.number - 2) * page.size < WINDOW:
            return self.query.url(page=page.number - 1) if page.number > 2 else self.query.url()
        return self.query.url(before_row=page.rows[0].pk)
