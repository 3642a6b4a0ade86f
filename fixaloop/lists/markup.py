"""The parts of a list page that repeat, drawn as strings: a loop in a template takes twenty times as long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from fixaloop.lists.pagination import PER_PAGE
from fixaloop.speed import kept
from fixaloop.speed.texts import around, fill, gettext as _, one_language, slot
from fixaloop.web.icons import icon

if TYPE_CHECKING:
    from fixaloop.lists.batches import Bar, Offer
    from fixaloop.lists.figures import Figure
    from fixaloop.lists.filters import ListFilter, Search, Token
    from fixaloop.lists.page import Column
    from fixaloop.lists.pagination import Pager, Query
    from fixaloop.lists.saved import Saved

# A cell without a value.
NOTHING = '<span class="soft">—</span>'
SORTED = {"ascending": "arrow-up", "descending": "arrow-down", "": "chevrons-up-down"}


# The form that ticked rows belong to.
TICKED = "ticked"


def draw_rows(
    columns: Sequence[Column], rows: Iterable[Any], at: datetime, may_tick: Callable[[Any], bool] | None = None
) -> SafeString:
    (opening, head), *others = [(f'<td class="{column.css}">', column.cell) for column in columns]
    opening = opening.replace("<td", '><th scope="row"')
    with one_language():
        tick = _tick(may_tick) if may_tick else _no_tick
        drawn = [
            f"<tr data-row={row.pk}{opening}{tick(row)}{head(row, at)}</th>"
            f"{''.join([f'{td}{cell(row, at)}</td>' for td, cell in others])}</tr>"
            for row in rows
        ]
    return SafeString("".join(drawn))


def _no_tick(row: Any) -> str:
    return ""


def _tick(may_tick: Callable[[Any], bool]) -> Callable[[Any], str]:
    before, after = escape(_("Choisir %(row)s")).split("%(row)s")

    def tick(row: Any) -> str:
        if not may_tick(row):
            return ""
        label = f"{before}{escape(str(row))}{after}"
        return f'<input class="tick" type="checkbox" name="row" value="{row.pk}" form="{TICKED}" aria-label="{label}"> '

    return tick


def draw_ticked_form(batch: Bar, token: str) -> SafeString:
    """The form that boxes and buttons belong to; beside the rows, which are drawn anew without it."""
    return format_html(
        '<form id="{}" method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}"></form>',
        TICKED,
        reverse(batch.page),
        token,
    )


def draw_bar(batch: Bar, offers: tuple[Offer, ...], how_many: str, url: str) -> SafeString:
    frame = _bar_frame(batch, offers, bool(how_many), get_language())
    return fill(frame, {"list": escape(url), "all": escape(how_many)})


@kept("placeholders", 64)
def _bar_frame(batch: Bar, offers: tuple[Offer, ...], has_all: bool, language: str | None) -> tuple[str, ...]:
    context = {
        "form_id": TICKED,
        "url": reverse(batch.page),
        "offers": offers,
        "most": number_format(batch.most) if batch.most else "",
        "has_past": batch.has_past,
        "list": slot("list"),
        "all": slot("all") if has_all else "",
    }
    return around(render_to_string("components/ticked.html", context))


def draw_tokens(tokens: Iterable[Token], clear_url: str) -> SafeString:
    active, remove, clear, cross = _("Filtres actifs"), _("Retirer le filtre"), _("Tout effacer"), icon("x", 16)
    drawn = []
    for token in tokens:
        url = escape(token.remove_url)
        said = _("%(label)s : %(value)s") % {"label": token.label, "value": token.value} if token.value else token.label
        drawn.append(
            f'<li><a class="token" href="{url}" data-hx-get="{url}"><span class="sr-only">{remove}</span>{escape(said)}'
            f"{cross}</a></li>"
        )
    everything = escape(clear_url)
    return SafeString(
        f'<ul class="tokens" aria-label="{active}">{"".join(drawn)}'
        f'<li><a class="btn btn--link" href="{everything}" data-hx-get="{everything}">{clear}</a></li></ul>'
    )


def draw_headers(columns: Sequence[Column], sort: str, start_url: str, language: str | None) -> SafeString:
    """The headings of a table; those that sort are links, whose address begins with `start_url`."""
    return fill(_headers(tuple(columns), sort, language), {"sort": escape(start_url)})


@kept("placeholders", 256)
def _headers(columns: tuple[Column, ...], sort: str, language: str | None) -> tuple[str, ...]:
    return around("".join(_header(position, column, sort) for position, column in enumerate(columns, 1)))


def _header(position: int, column: Column, sort: str) -> str:
    label, css = escape(str(column.label)), f' class="{column.css}"' if column.css else ""
    if not column.sort:
        return f'<th scope="col"{css}>{label}</th>'
    is_current, descends = sort.removeprefix("-") == column.sort, sort.startswith("-")
    direction = ("descending" if descends else "ascending") if is_current else ""
    sorted_so = f' aria-sort="{direction}"' if direction else ""
    url = f"{slot('sort')}{'-' if is_current and not descends else ''}{column.sort}"
    return (
        f'<th scope="col"{css}{sorted_so}><a class="table__sort" id="sort-{position}" href="{url}" data-hx-get="{url}">'
        f"{label}{icon(SORTED[direction], 14)}</a></th>"
    )


def draw_pager(pager: Pager, columns_url: str = "") -> SafeString:
    """`columns_url` leads to the choice of columns, where there is one."""
    sizes = fill(_sizes(pager.per_page), {"url": escape(pager.query.start("per_page"))})
    links = ""
    if pager.previous_url or pager.next_url:
        links = (
            '<span class="row">'
            + _link(pager.first_url, _("Première page"), "chevrons-left", "pager-first")
            + _link(pager.previous_url, _("Page précédente"), "chevron-left", "pager-previous")
            + _link(pager.next_url, _("Page suivante"), "chevron-right", "pager-next")
            + _link(pager.last_url, _("Dernière page"), "chevrons-right", "pager-last")
            + "</span>"
        )
    pages, rows, shown = _("Pages"), _("Lignes par page"), _("Affichage")
    choice = f'<a href="{escape(columns_url)}">{shown}</a>' if columns_url else ""
    return SafeString(
        f'<nav class="pager" aria-label="{pages}"><span>{escape(pager.range_text)}</span>'
        f'{choice}<span class="pager__sizes">{rows} {sizes}</span>{links}</nav>'
    )


@kept("placeholders", 8)
def _sizes(current: int) -> tuple[str, ...]:
    return around("".join([_size(size, current) for size in PER_PAGE]))


def _size(size: int, current: int) -> str:
    url, mark = f"{slot('url')}{size}", ' aria-current="true"' if size == current else ""
    return f'<a href="{url}" id="per-page-{size}" data-hx-get="{url}"{mark}>{size}</a>'


def _link(url: str | None, label: str, name: str, key: str) -> str:
    same = f'class="btn" id="{key}" aria-label="{label}"'
    if not url:
        return f'<span {same} role="link" aria-disabled="true">{icon(name, 16)}</span>'
    to = escape(url)
    return (
        f'<a {same} href="{to}" data-hx-get="{to}" data-hx-swap="innerHTML show:window:top"'
        f' title="{label}">{icon(name, 16)}</a>'
    )


def draw_views(
    ready: tuple[Saved, ...],
    current: Saved | None,
    saved: Sequence[tuple[str, str, bool]],
    query: Query,
    language: str | None,
) -> SafeString:
    """The tabs of a list: the ready-made ones, then the saved ones as (address, name, whether it is current)."""
    drawn = [_view(*view) for view in saved]
    # Without ready-made ones, a way back to the whole list.
    if saved and not ready:
        drawn.insert(0, _view(query.path, _("Tout"), is_current=False))
    frame = _views_frame(ready, current, query.path, language)
    return fill(frame, {"saved": "".join(drawn), "list": escape(urlencode({"list": query.url()}))})


def _view(address: str, name: str, is_current: bool) -> str:
    mark = ' aria-current="page"' if is_current else ""
    return f'<a href="{escape(address)}"{mark}>{escape(name)}</a>'


@kept("placeholders", 128)
def _views_frame(ready: tuple[Saved, ...], current: Saved | None, path: str, language: str | None) -> tuple[str, ...]:
    context = {"views": ready, "current": current, "path": path, "saved": slot("saved"), "list": slot("list")}
    return around(render_to_string("components/views.html", context))


@kept("placeholders", 64)
def draw_figures(figures: tuple[Figure, ...], language: str | None) -> SafeString:
    return render_to_string("components/figures.html", {"figures": figures})


def draw_actions(export_url: str | None, new_url: str | None, new_label: Any, language: str | None) -> SafeString:
    return fill(_actions_frame(bool(export_url), new_url, new_label, language), {"export": escape(export_url or "")})


@kept("placeholders", 128)
def _actions_frame(has_export: bool, new_url: str | None, new_label: Any, language: str | None) -> tuple[str, ...]:
    actions = {"export_url": slot("export") if has_export else None, "new_url": new_url, "new_label": new_label}
    return around(render_to_string("components/list_actions.html", {"list": actions}))


def draw_filters(filters: ListFilter, url: str, language: str | None) -> SafeString:
    search, primary, more, count = filters.search, filters.primary_fields, filters.more_fields, filters.more_count
    frame_search = replace(search, value=slot("value")) if search else None
    frame = _filters_frame(url, frame_search, bool(primary), bool(more), bool(count), language)
    kept = [(name, filters.data[name]) for name in ("sort", "per_page") if filters.data.get(name)]
    values = {
        "kept": format_html_join("", '<input type="hidden" name="{}" value="{}">', kept),
        "value": escape(search.value) if search else "",
        "primary": primary,
        "more": more,
        "count": str(count),
    }
    return fill(frame, values)


@kept("placeholders", 128)
def _filters_frame(
    url: str, search: Search | None, has_primary: bool, has_more: bool, is_counted: bool, language: str | None
) -> tuple[str, ...]:
    form = {
        "url": url,
        "kept": slot("kept"),
        "search": search,
        "primary_fields": slot("primary") if has_primary else "",
        "more_fields": slot("more") if has_more else "",
        "more_count": slot("count") if is_counted else 0,
    }
    return around(render_to_string("components/filters.html", {"form": form}))
