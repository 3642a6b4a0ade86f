"""One row of a list shown beside it: what its columns say, however wide the screen, and what they leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from fixaloop.forms.parsing import parse_key
from fixaloop.lists.markup import NOTHING

if TYPE_CHECKING:
    from fixaloop.lists.page import ListPage

NAME = "peek"


def show_row(page: ListPage) -> HttpResponse:
    """The fragment of the row that the address names by its key. Raises Http404."""
    key = parse_key(page.request.GET[NAME])
    row = page.exported(page.base_queryset()).filter(pk=key or 0).first()
    if row is None:
        raise Http404
    page.complete([row])
    head, *others = page.columns
    cells = ((column.label, column.cell(row, page.at)) for column in others)
    facts = [(label, SafeString(cell)) for label, cell in cells if cell != NOTHING]
    told = [(label, text) for label, text in page.told_beside(row) if text]
    context = {"title": SafeString(head.cell(row, page.at)), "facts": facts, "told": told}
    return render(page.request, "components/peek.html", context)
