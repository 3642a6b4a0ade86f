"""The list page: search, filters, tokens, sort, pages and export of one model, declared in a few lines.

    class ClientList(ListPage):
        model = Client
        filterset_class = ClientFilter
        columns = (Column("name", _("Client"), client_cell, sort="name"), …)
        orders = {"name": ("sort_name", "id"), …}

The address is the state: page, fragment and export read the same query string.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, NoReturn
from urllib.parse import urlencode

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views import View

from fixaloop.accounts.proof import proof_needed
from fixaloop.databases.pages import from_replica
from fixaloop.exports.views import export_response
from fixaloop.files.columns import FileColumn
from fixaloop.lists import markup, neighbours, peek, saved
from fixaloop.lists.batches import Bar, Offer
from fixaloop.lists.counting import Culprit, Emptiness, explain_emptiness
from fixaloop.lists.figures import Figure
from fixaloop.lists.filters import Token
from fixaloop.lists.listing import Listing
from fixaloop.web.refusals import Lacking

CHUNK = 500


@dataclass(frozen=True, eq=False)
class Column:
    """A column on screen. `cell` draws a row’s cell as safe HTML; `sort` is what its heading sorts by."""

    name: str
    label: Any
    cell: Callable[[Any, datetime], str]
    sort: str = ""
    css: str = ""


class ListPage(PermissionRequiredMixin, Listing, View):
    """A list of one model. Subclasses declare, or override a step."""

    columns: ClassVar[Sequence[Column]]
    views: ClassVar[Sequence[saved.Saved]] = ()
    template_name = "list.html"
    # Where the cells of a tab need one of their own.
    stylesheet: ClassVar[str] = ""
    title: ClassVar[Any] = ""
    # A number of the things listed: a lazy `ngettext` with %(count)s, chosen by “number”.
    noun: ClassVar[Any]
    subtitle: Any = ""
    export_columns: ClassVar[Sequence[FileColumn]] = ()
    export_permission: ClassVar[str] = ""
    # The column that addresses of its records are made of.
    addressed_by: ClassVar[str] = "pk"
    # Column → the permission it takes, on screen and in the file.
    needs: ClassVar[Mapping[str, str]] = {}
    # Whether columns may be put away: not where rows are drawn some other way.
    has_choice: ClassVar[bool] = True
    # Whether it begins with all rows of its model, so that an import fills it.
    has_all_rows: ClassVar[bool] = True
    # What may be done to rows that are ticked.
    batch: ClassVar[Bar | None] = None

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        return from_replica(super().as_view(**initkwargs))

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
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
        meta = self.model._meta
        rights = [f"{meta.app_label}.view_{meta.model_name}"]
        return [*rights, self.export_permission] if self.exporting else rights

    def handle_no_permission(self) -> NoReturn:
        raise Lacking(*self.get_permission_required())

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if self.exporting:
            return proof_needed(request, file=True) or self.export()
        live = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
        if live and peek.NAME in request.GET:
            return peek.show_row(self)
        if self.errors and (rest := saved.open_rest(self)):
            return HttpResponseRedirect(rest)
        context = {"list": self, "page_title": str(self.title), **self.extra_context()}
        response = render(request, self.template_name + ("#results" if live else ""), context)
        patch_vary_headers(response, ["HX-Request"])
        self.pager.remember(response)
        neighbours.remember(self, response)
        return response

    def export(self) -> HttpResponseBase:
        """The filtered list as a file; if a filter makes no sense, the page, which says so."""
        if self.errors:
            return HttpResponseRedirect(self.query.url(path=self.list_path))
        return export_response(self)

    # For subclasses to override

    def complete(self, rows: Sequence[Any]) -> None:
        """Bring to the rows of a page what their cells need besides."""

    def told_beside(self, row: Any) -> Sequence[tuple[Any, str]]:
        return ()

    @property
    def file_stem(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    def scope(self) -> Sequence[tuple[str, str]]:
        """Whose rows these are, if not everybody’s, as (label, name); the file says so before its filters."""
        return ()

    def figures(self) -> Sequence[Figure]:
        return ()

    def extra_context(self) -> dict[str, Any]:
        return {}

    def noun_count(self, count_text: str, count: int) -> str:
        return str(self.noun % {"number": count, "count": count_text})

    # The URL name of the form for a new row, and the words of its button.
    new_page: ClassVar[str] = ""
    new_label: Any = ""
    # What an empty list says.
    nothing: Any = gettext_lazy("La liste se remplira ici.")

    def needed_first(self) -> tuple[str, str] | None:
        """What must be there before the first row, where it is not: the words and the address of its form."""
        return None

    @property
    def new_url(self) -> str | None:
        meta = self.model._meta
        may_add = self.new_page and self.request.user.has_perm(f"{meta.app_label}.add_{meta.model_name}")
        return resolve_url(self.new_page) if may_add else None

    @cached_property
    def offers(self) -> Sequence[Offer]:
        return [offer for offer in self.batch.offers if self.request.user.has_perm(offer.right)] if self.batch else ()

    def may_tick(self, row: Any) -> bool:
        return True

    # What templates show

    @property
    def actions_drawn(self) -> SafeString:
        return markup.draw_actions(self.export_url, self.new_url, self.new_label, get_language())

    @property
    def filters_drawn(self) -> SafeString:
        return markup.draw_filters(self.filterset, self.form_url, get_language())

    @property
    def views_drawn(self) -> SafeString:
        return saved.draw_views(self)

    @property
    def figures_drawn(self) -> SafeString:
        return markup.draw_figures(tuple(self.figures()), get_language())

    @property
    def away_cookie(self) -> str:
        return f"away_{type(self).__name__}"

    def away(self, request: HttpRequest) -> Collection[str]:
        return request.COOKIES.get(self.away_cookie, "").split(".") if self.has_choice else ()

    @cached_property
    def seen_columns(self) -> Sequence[Column]:
        away = self.away(self.request)
        return [column for at, column in enumerate(self.columns) if at == 0 or column.name not in away]

    @property
    def rows(self) -> SafeString:
        rows = self.pager.page.rows
        self.complete(rows)
        return markup.draw_rows(self.seen_columns, rows, self.at, self.may_tick if self.offers else None)

    @property
    def bar(self) -> SafeString:
        """The buttons for the rows that are ticked, where there is one to tick."""
        if not self.batch or not any(map(self.may_tick, self.pager.page.rows if self.offers else ())):
            return SafeString()
        return markup.draw_bar(self.batch, tuple(self.offers), self._how_many(self.batch), self.query.url())

    @property
    def ticked_form(self) -> SafeString:
        if not self.batch or not self.offers:
            return SafeString()
        return markup.draw_ticked_form(self.batch, get_token(self.request))

    def _how_many(self, batch: Bar) -> str:
        """The number of rows, if all of them may be taken at once; else nothing."""
        total = self.pager.total
        if total is None or (batch.most and total > batch.most):
            return "" if batch.most else self.pager.total_text(self.noun_count)
        return self.noun_count(number_format(total), total)

    @property
    def headers(self) -> SafeString:
        return markup.draw_headers(tuple(self.seen_columns), self.sort, self.query.start("sort"), get_language())

    @property
    def pages(self) -> SafeString:
        url = f"/views/columns/?{urlencode({'list': self.query.url()})}" if self.has_choice else ""
        return markup.draw_pager(self.pager, url)

    @property
    def tokens(self) -> list[Token]:
        return self.filterset.tokens(self.query)

    @property
    def tokens_drawn(self) -> SafeString:
        return markup.draw_tokens(self.tokens, self.clear_url) if self.filterset.active else SafeString()

    @property
    def clear_url(self) -> str:
        return self.query.without(*self.filterset.names)

    @property
    def caption(self) -> str:
        return self.pager.total_text(self.noun_count)

    @property
    def filters_told(self) -> dict[str, Any]:
        return self.filterset.told

    @property
    def empty(self) -> Emptiness | None:
        return None if self.pager.page.rows else explain_emptiness(self)

    def proposals(self) -> Sequence[tuple[str, str]]:
        """What somebody may have meant whose search finds nothing: words, and the address of the list with them."""
        return ()

    def removal_label(self, name: str) -> str:
        return gettext("Retirer ce filtre")

    def wider(self) -> Sequence[Culprit]:
        return ()

    @cached_property
    def export_url(self) -> str | None:
        if not self.export_permission or not self.request.user.has_perm(self.export_permission):
            return None
        return self.query.url(path=f"{self.list_path}export/")

    @property
    def form_url(self) -> str:
        return self.list_path
