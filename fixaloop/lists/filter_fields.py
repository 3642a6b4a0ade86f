"""The fields of a list’s filters, drawn once for all pages on which they look the same.

`owner` is the class of the filters, whose declarations say all but what is held.
"""

from __future__ import annotations

import copy
from html import escape
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from fixaloop.lists.placeholders import around, fill, slot
from fixaloop.speed import kept

A_DAY = "2026-01-01"


@kept("placeholders", 64)
def search_words(owner: Any, language: str | None) -> tuple[str, str]:
    """What stands in the search field of a list and over it."""
    return str(owner.search_placeholder), str(owner.search_label)


@kept("placeholders", 64)
def offering(owner: Any) -> frozenset[str]:
    """The filters whose choices data may change."""
    return frozenset(name for name, one in owner.base_filters.items() if callable(one.extra.get("choices")))


@kept("placeholders", 256)
def blank_fields(owner: Any, names: tuple[str, ...], language: str | None) -> SafeString:
    """Fields that hold nothing, and whose choices never change."""
    return SafeString("".join([_kept(owner, name, None, language, ()) for name in names]))


def filter_field(owner: Any, name: str, held: str | None, language: str | None) -> str:
    """The field of a filter that holds nothing or something right."""
    choices = owner.base_filters[name].extra.get("choices")
    offered = tuple(choices()) if callable(choices) else ()
    typed = _typed(owner, name, language) if held is not None else ()
    return fill(typed, {"value": escape(held or "")}) if typed else _kept(owner, name, held, language, offered)


def draw_field(field: forms.BoundField) -> str:
    """A field of the form, with what is wrong with it."""
    return render_to_string("components/filter.html", {"field": field})


@kept("placeholders", 256)
def _typed(owner: Any, name: str, language: str | None) -> tuple[str, ...]:
    """The field of a filter around what is typed in it; nothing where one chooses instead, or where it depends on that
    (a day is picked, what is none is typed)."""
    parts = around(_kept(owner, name, slot("value"), language, ()))
    same = len(parts) == 3 and fill(parts, {"value": A_DAY}) == _kept(owner, name, A_DAY, language, ())
    return parts if same else ()


@kept("placeholders", 1024)
def _kept(owner: Any, name: str, held: str | None, language: str | None, choices: tuple[Any, ...]) -> str:
    """The field drawn; `choices` are those that data may change."""
    field = copy.deepcopy(owner.base_filters[name]).field
    return draw_field(field.get_bound_field(forms.Form(None if held is None else {name: held}), name))
