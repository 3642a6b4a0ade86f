"""Which page of a list is asked for, and the links to the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from fixaloop.pagination import (
    COUNT_CAP,
    FREQUENT,
    WINDOW,
    Order,
    Page,
    among,
    capped_count,
    expected_count,
    numbered_page,
    page_after,
    page_before,
)
from fixaloop.query import Query

PER_PAGE = (10, 25, 50, 100)
PER_PAGE_DEFAULT = 25
PER_PAGE_COOKIE = "per_page"
LAST = "last"
# Eight digits: no list is as long, and no database counts much further.
PAGE_NUMBER = re.compile("[1-9][0-9]{0,7}")
YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Choice:
    """A number of rows one may ask for."""

    value: int
    url: str
    current: bool


class Pager:
    """The page of a list that an address asks for.

    Nothing is counted beyond `COUNT_CAP` rows, and nothing at all where there is nothing to count: no `counted`.
    """

    def __init__(
        self,
        shown: QuerySet[Any],
        counted: QuerySet[Any] | None,
        order: Order,
        query: Query,
        request: HttpRequest,
        *,
        unsearched: QuerySet[Any] | None = None,
    ) -> None:
        self.total, self.shown = self._few(shown, counted, unsearched) if counted is not None else (None, shown)
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
        if asked == LAST:
            return page_before(self.shown, self.order, None, self.per_page)
        if before := self._anchor("before_row"):
            return page_before(self.shown, self.order, before, self.per_page)
        after = self._anchor("after_row")
        if after and not self.request.GET.get("page"):
            following = page_after(self.shown, self.order, after, self.per_page)
            return following if following.rows else page_before(self.shown, self.order, None, self.per_page)
        if not PAGE_NUMBER.fullmatch(asked):
            self.errors.append(_("La page « %(page)s » n’existe pas.") % {"page": asked[:20]})
            asked = "1"
        page = numbered_page(self.shown, self.order, int(asked), self.per_page, after)
        if page.rows or page.number == 1:
            return page
        self.errors.append(_("La page %(page)s n’existe pas : la liste est plus courte.") % {"page": asked})
        return numbered_page(self.shown, self.order, 1, self.per_page, None)

    def _anchor(self, name: str) -> Any:
        """The row a link names; a row deleted since is as if it had not been named."""
        key = self.request.GET.get(name, "")
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            return None
        return self.shown.model._default_manager.filter(pk=key).first()

    @property
    def error(self) -> str:
        return " ".join(self.errors)

    @staticmethod
    def _few(
        shown: QuerySet[Any], counted: QuerySet[Any], unsearched: QuerySet[Any] | None
    ) -> tuple[int | None, QuerySet[Any]]:
        """How many rows there are, None when more than `COUNT_CAP`; and the rows to page through, found among few.

        `unsearched` are the rows before a search, which costs more than fetching: what it has found is taken from
        them by its keys, not looked for again; and a word that thousands share is met in the order of the list.
        """
        if unsearched is not None:
            if expected_count(counted) > FREQUENT:
                return None, shown
            keys = list(counted.order_by().values_list("pk", flat=True)[: COUNT_CAP + 1])
            return (len(keys), unsearched.filter(pk__in=keys)) if len(keys) <= COUNT_CAP else (None, shown)
        count = capped_count(counted)
        return (count, among(shown, counted)) if count <= COUNT_CAP else (None, shown)

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

    @property
    def per_page_choices(self) -> Sequence[Choice]:
        return [Choice(size, self.query.url(per_page=size), size == self.per_page) for size in PER_PAGE]
