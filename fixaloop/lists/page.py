"""The list page: search, filters, tokens, sort, pages and export of one model, declared in a few lines.

    class ClientList(ListPage):
        model = Client
        filterset_class = ClientFilter
        columns = (Column("name", _("Client"), client_cell, sort="name"), …)
        orders = {"name": ("sort_name", "id"), …}

The address is the state: page, fragment and export read the same query string.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from html import escape
from typing import Any, ClassVar

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.cache import cache
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views import View

from fixaloop.exports import export_response
from fixaloop.files.columns import FileColumn
from fixaloop.lists.address import Query
from fixaloop.lists.counting import Extent, Selection, count
from fixaloop.lists.emptiness import Emptiness, explain_emptiness
from fixaloop.lists.figures import Figure
from fixaloop.lists.filters import FilterForm, ListFilter, Token
from fixaloop.lists.markup import (
    draw_actions,
    draw_figures,
    draw_filters,
    draw_headers,
    draw_pager,
    draw_rows,
    draw_tokens,
)
from fixaloop.lists.pager import Pager
from fixaloop.lists.pagination import Order, capped_count, reverse
from fixaloop.lists.placeholders import around, fill, slot
from fixaloop.speed import kept
from fixaloop.speed.translation import gettext as _

# Seconds for which a list that was too long to count is not counted again: it is paged through and sorted meanwhile.
LONG_FOR = 60


@dataclass(frozen=True, eq=False)
class Column:
    """One column on screen: its heading, its cell as safe HTML, the sort its heading offers."""

    name: str
    label: Any
    cell: Callable[[Any, datetime], str]
    sort: str = ""
    css: str = ""


@dataclass(frozen=True)
class Header:
    """A column's heading with the address that sorts by it."""

    label: str
    css: str
    sort_url: str | None
    aria_sort: str


class ListPage(PermissionRequiredMixin, View):
    """A list of one model. Subclasses declare; those that need another page override a step, not a flag."""

    model: ClassVar[type[Model]]
    filterset_class: ClassVar[type[ListFilter]]
    columns: ClassVar[Sequence[Column]]
    orders: ClassVar[Mapping[str, Order]]
    default_sort: ClassVar[str]
    template_name = "list.html"
    title: ClassVar[Any] = ""
    subtitle: Any = ""
    export_columns: ClassVar[Sequence[FileColumn]] = ()
    export_permission: ClassVar[str] = ""
    # Column → the right it takes, on screen and in the file, whose columns have the same names.
    needs: ClassVar[Mapping[str, str]] = {}
    exporting = False
    raise_exception = True

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Leave out the columns that this person may not see, and the sorts by them."""
        super().setup(request, *args, **kwargs)
        lacking = {right for right in set(self.needs.values()) if not request.user.has_perm(right)}
        hidden = {name for name, right in self.needs.items() if right in lacking}
        if hidden:
            sorts = {column.sort for column in self.columns if column.name in hidden}
            self.columns = [column for column in self.columns if column.name not in hidden]  # type: ignore[misc]
            self.orders = {name: order for name, order in self.orders.items() if name not in sorts}  # type: ignore[misc]
            kept = [column for column in self.export_columns if (column.seen_with or column.name) not in hidden]
            self.export_columns = kept  # type: ignore[misc]

    def get_permission_required(self) -> Sequence[str]:
        """View the model; to export, that too."""
        meta = self.model._meta
        rights = [f"{meta.app_label}.view_{meta.model_name}"]
        return [*rights, self.export_permission] if self.exporting else rights

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if self.exporting:
            return self.export()
        context = {"list": self, "page_title": str(self.title), **self.extra_context()}
        live = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
        response = render(request, self.template_name + ("#results" if live else ""), context)
        patch_vary_headers(response, ["HX-Request"])
        self.pager.remember(response)
        return response

    def export(self) -> HttpResponseBase:
        """The filtered list as a file; back to the page, which says what is wrong, when a filter makes no sense."""
        if self.errors:
            return HttpResponseRedirect(self.query.url(path=self.list_path))
        return export_response(self)

    # What a subclass adds

    def base_queryset(self) -> QuerySet[Any]:
        """All rows of the list before any filter."""
        return self.model._default_manager.all()

    def shown(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The queryset with what the cells need, added after filters and order are settled."""
        return queryset

    def exported(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The queryset with what the columns of a file need: whole rows, whatever the screen does without."""
        return self.shown(queryset).defer(None)

    def scope(self) -> Sequence[tuple[str, str]]:
        """Whose rows these are, where not everybody's: a file of the list says so before its filters."""
        return ()

    @property
    def is_long(self) -> bool:
        """Whether the list is known to have more rows than are counted: it had so a moment ago."""
        return self._kept_sorted is not None

    def is_held(self, sort: str) -> bool:
        """Whether a page of the rows can be read, in this order, before they are counted: an index holds them so."""
        return self.filterset.is_held(sort)

    @cached_property
    def _kept_sorted(self) -> bool | None:
        """How the rows of a list too long to count were read a moment ago; None where it was not."""
        kept: bool | None = cache.get(self._long_key)
        return kept

    @cached_property
    def _long_key(self) -> str:
        filters = tuple((name, self.request.GET[name]) for name in self.filterset.active)
        return f"list.long.{hash((self.list_path, self.request.user.pk, filters))}"

    @cached_property
    def unfiltered_count(self) -> int:
        """How many rows there are without any filter, counted no further than one past `COUNT_CAP`."""
        return capped_count(self.base_queryset())

    def figures(self) -> Sequence[Figure]:
        """The cards over the list."""
        return ()

    def extra_context(self) -> dict[str, Any]:
        return {}

    @staticmethod
    def noun_count(count_text: str, count: int) -> str:
        """So many of what the list holds: “5 clients”."""
        raise NotImplementedError

    # The URL name of the form for a new row, and the words of its button.
    new_page: ClassVar[str] = ""
    new_label: Any = ""

    @property
    def new_url(self) -> str | None:
        meta = self.model._meta
        may_add = self.new_page and self.request.user.has_perm(f"{meta.app_label}.add_{meta.model_name}")
        return resolve_url(self.new_page) if may_add else None

    # The state, read from the address

    @cached_property
    def at(self) -> datetime:
        """The instant the whole page is true at."""
        return timezone.now()

    @cached_property
    def query(self) -> Query:
        return Query(self.request.path, self.request.GET)

    @property
    def list_path(self) -> str:
        return self.request.path.removesuffix("export/") if self.exporting else self.request.path

    @cached_property
    def filterset(self) -> ListFilter:
        return self.filterset_class(
            self.request.GET,
            queryset=self.base_queryset(),
            request=self.request,
            at=self.at,
        )

    @cached_property
    def sort(self) -> str:
        asked = self.request.GET.get("sort") or self.default_sort
        return asked if asked.removeprefix("-") in self.orders else self.default_sort

    @property
    def order(self) -> Order:
        order = self.orders[self.sort.removeprefix("-")]
        return reverse(order) if self.sort.startswith("-") else order

    @cached_property
    def errors(self) -> list[str]:
        """What makes no sense in the address, one sentence each; fields show theirs beside themselves too."""
        sentences = self.filterset.sentences()
        asked = self.request.GET.get("sort")
        if asked and asked.removeprefix("-") not in self.orders:
            sentences.append(
                _("Le tri « %(sort)s » n’existe pas. Tris possibles : %(sorts)s.")
                % {"sort": asked[:40], "sorts": ", ".join(self.orders)}
            )
        sentences += [
            _("« %(name)s » est donné plusieurs fois : une seule valeur est possible.") % {"name": name[:40]}
            for name, values in self.query.params.items()
            if len({value for value in values if value}) > 1
        ]
        known = {*self.filterset.names, *self.query.RESERVED}
        sentences += [
            _("Le filtre « %(name)s » n’existe pas.") % {"name": name[:40]}
            for name in self.request.GET
            if name not in known
        ]
        return sentences

    @cached_property
    def queryset(self) -> QuerySet[Any]:
        """The filtered rows; none where a filter makes no sense, since all of them would mislead."""
        return self.filterset.qs if self.filterset.is_valid() else self.base_queryset().none()

    @cached_property
    def pager(self) -> Pager:
        filters, shown = self.filterset, self.shown(self.queryset)
        if (self.is_long and not self._kept_sorted) or self.is_held(self.sort.removeprefix("-")):
            pager = self._pager(Extent(None, shown))
            if pager.total is None and not self.is_long:
                pager.total = count(self.queryset)
                self._remember(pager.total, is_sorted=False)
            return pager
        selection = Selection(
            shown,
            self.queryset,
            self.shown(self.base_queryset()),
            is_searched=filters.is_searched,
            is_one_word=filters.active == ["q"] and len(self.request.GET["q"].split()) == 1,
            is_plentiful=filters.is_plentiful,
            is_gathered=any(name in filters.gathered for name in filters.active),
        )
        extent = selection.find(self.order) if self.is_long else selection.measure(self.order)
        self._remember(extent.total, is_sorted=extent.is_sorted)
        return self._pager(extent)

    def _remember(self, total: int | None, *, is_sorted: bool) -> None:
        """Keep for a while that the list is too long to count."""
        if total is None:
            cache.set(self._long_key, is_sorted, LONG_FOR)

    def _pager(self, extent: Extent) -> Pager:
        return Pager(extent, self.order, self.query, self.request)

    # What templates show

    @property
    def actions_drawn(self) -> SafeString:
        return draw_actions(self.export_url, self.new_url, self.new_label, get_language())

    @property
    def filters_drawn(self) -> SafeString:
        filters = self.filterset
        kept = [(name, self.request.GET[name]) for name in ("sort", "per_page") if self.request.GET.get(name)]
        hidden = format_html_join("", '<input type="hidden" name="{}" value="{}">', kept)
        form = FilterForm(
            self.form_url, hidden, filters.search, filters.primary_fields, filters.more_fields, filters.more_count
        )
        return draw_filters(form, get_language())

    @property
    def figures_drawn(self) -> SafeString:
        return draw_figures(tuple(self.figures()), get_language())

    @property
    def rows(self) -> SafeString:
        return draw_rows(self.columns, self.pager.page.rows, self.at)

    @property
    def headers(self) -> SafeString:
        frame = _headers(tuple(self.columns), self.sort, get_language())
        return fill(frame, {"sort": escape(self.query.start("sort"))})

    @property
    def pages(self) -> SafeString:
        return draw_pager(self.pager)

    @property
    def tokens(self) -> list[Token]:
        return self.filterset.tokens(self.query)

    @property
    def tokens_drawn(self) -> SafeString:
        return draw_tokens(self.tokens, self.clear_url) if self.filterset.active else SafeString()

    @property
    def clear_url(self) -> str:
        return self.query.without(*self.filterset.names)

    @property
    def caption(self) -> str:
        return self.pager.total_text(self.noun_count)

    @property
    def empty(self) -> Emptiness | None:
        return None if self.pager.page.rows else explain_emptiness(self)

    @cached_property
    def export_url(self) -> str | None:
        if not self.export_permission or not self.request.user.has_perm(self.export_permission):
            return None
        return self.query.url(path=f"{self.list_path}export/")

    @property
    def form_url(self) -> str:
        return self.list_path


@kept("placeholders", 256)
def _headers(columns: tuple[Column, ...], sort: str, language: str | None) -> tuple[str, ...]:
    """The headings of a table, without the address of its list."""
    return around(draw_headers(_header(column, sort) for column in columns))


def _header(column: Column, sort: str) -> Header:
    label = str(column.label)
    if not column.sort:
        return Header(label, column.css, None, "")
    current = sort.removeprefix("-") == column.sort
    descending = sort.startswith("-")
    following = f"-{column.sort}" if current and not descending else column.sort
    aria_sort = ("descending" if descending else "ascending") if current else ""
    return Header(label, column.css, slot("sort") + following, aria_sort)
