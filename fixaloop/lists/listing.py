"""The rows that an address asks for: filtered, in an order, a page of them."""

from collections.abc import Generator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from fixaloop.lists.counting import Extent, LongList, Order, Selection, capped_count, count
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.pagination import Pager, Query, reverse
from fixaloop.records.bulk import batches
from fixaloop.speed.texts import gettext as _

CHUNK = 500


class Listing:
    """The rows of one model. Subclasses declare, or override a step."""

    request: HttpRequest
    model: ClassVar[type[Model]]
    filterset_class: ClassVar[type[ListFilter]]
    orders: ClassVar[Mapping[str, Order]]
    default_sort: ClassVar[str]
    exporting = False

    def base_queryset(self) -> QuerySet[Any]:
        return self.model._default_manager.all()

    def shown(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset

    def exported(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.shown(queryset).defer(None)

    def records(self) -> Generator[Any, None, None]:
        rows = self.exported(self.queryset).order_by(*self.order)
        if connection.vendor == "postgresql":
            yield from rows.iterator(chunk_size=CHUNK)
            return
        # While SQLite reads a long answer, the same connection writes nothing any more once somebody else has written.
        keys = self.queryset.order_by(*self.order).values_list("pk", flat=True)
        for some in batches(list(keys), CHUNK):
            yield from rows.filter(pk__in=some)

    def count_records(self, most: int | None = None) -> int:
        return self.queryset.order_by()[:most].count()

    @property
    def is_long(self) -> bool:
        return self._long.sort_found is not None

    def is_indexed(self, sort: str) -> bool:
        """Whether a page can be read in this order before the rows are counted, because an index has them so."""
        return self.filterset.is_indexed(sort)

    @cached_property
    def _long(self) -> LongList:
        filters = tuple((name, *self.request.GET.getlist(name)) for name in self.filterset.active)
        return LongList(self.list_path, self.request.user.pk, filters)

    @cached_property
    def unfiltered_count(self) -> int:
        return capped_count(self.base_queryset())

    @cached_property
    def at(self) -> datetime:
        return timezone.now()

    @cached_property
    def query(self) -> Query:
        return Query(self.request.path, self.request.GET)

    @property
    def list_path(self) -> str:
        return self.request.path.removesuffix("export/") if self.exporting else self.request.path

    @cached_property
    def filterset(self) -> ListFilter:
        rows = self.base_queryset()
        return self.filterset_class(self.request.GET, queryset=rows, request=self.request, at=self.at)

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
        """What makes no sense in the address, one sentence each; fields show theirs too."""
        sentences = self.filterset.sentences()
        asked = self.request.GET.get("sort")
        if asked and asked.removeprefix("-") not in self.orders:
            sentences.append(
                _("Le tri « %(sort)s » n’existe pas. Tris possibles : %(sorts)s.")
                % {"sort": asked[:40], "sorts": ", ".join(self.orders)}
            )
        names = self.filterset.names
        return sentences + self.query.errors(names, [name for name in names if self.filterset.takes_several(name)])

    @cached_property
    def queryset(self) -> QuerySet[Any]:
        """The filtered rows; none if a filter makes no sense, since all of them would mislead."""
        return self.filterset.qs if self.filterset.is_valid() else self.base_queryset().none()

    @cached_property
    def pager(self) -> Pager:
        if (self.is_long and not self._long.sort_found) or self.is_indexed(self.sort.removeprefix("-")):
            return self._page_before_count()
        extent = self._selection.find(self.order) if self.is_long else self._selection.measure(self.order)
        self._long.remember(extent.total, sort_found=extent.sort_found)
        return self._pager(extent)

    def _page_before_count(self) -> Pager:
        """The page read in the order of the list; the rows are counted only if it does not tell their number."""
        pager = self._pager(Extent(None, self.shown(self.queryset)))
        if pager.total is None and not self.is_long:
            pager.total = count(self.queryset)
            self._long.remember(pager.total, sort_found=False)
        return pager

    def _pager(self, extent: Extent) -> Pager:
        return Pager(extent, self.order, self.query, self.request)

    @property
    def _selection(self) -> Selection:
        filters, rows = self.filterset, self.queryset
        return Selection(
            self.shown(rows),
            rows,
            self.shown(self.base_queryset()),
            slow_to_find=filters.is_searched,
            by_one_word=filters.active == ["q"] and len(self.request.GET["q"].split()) == 1,
            only_in_order=filters.only_in_order,
            may_begin_late=any(name in filters.may_begin_late for name in filters.active),
        )
