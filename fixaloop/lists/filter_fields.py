"""The fields of a list’s filters, drawn once for all pages on which they look the same.

`owner` is the class of the filters; its declarations decide everything but the value.
"""

import copy
from html import escape
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from fixaloop.speed import kept
from fixaloop.speed.placeholders import around, fill, slot

A_DAY = "2026-01-01"


@kept("placeholders", 64)
def search_words(owner: Any, language: str | None) -> tuple[str, str]:
    return str(owner.search_placeholder), str(owner.search_label)


@kept("placeholders", 64)
def with_changing_choices(owner: Any) -> frozenset[str]:
    return frozenset(name for name, one in owner.base_filters.items() if callable(one.extra.get("choices")))


@kept("placeholders", 256)
def blank_fields(owner: Any, names: tuple[str, ...], language: str | None) -> SafeString:
    return SafeString("".join([_field(owner, name, None, language, ()) for name in names]))


def filter_field(owner: Any, name: str, value: str | None, language: str | None) -> str:
    choices = owner.base_filters[name].extra.get("choices")
    offered = tuple(choices()) if callable(choices) else ()
    frame = _frame(owner, name, language) if value is not None else ()
    return fill(frame, {"value": escape(value or "")}) if frame else _field(owner, name, value, language, offered)


def draw_field(field: forms.BoundField) -> str:
    return render_to_string("components/filter.html", {"field": field})


@kept("placeholders", 256)
def _frame(owner: Any, name: str, language: str | None) -> tuple[str, ...]:
    """The markup around a typed value; nothing if the value is chosen, or if the markup depends on it.

    A field for days does: the browser picks a valid day, and an invalid one is shown as text.
    """
    parts = around(_field(owner, name, slot("value"), language, ()))
    same = len(parts) == 3 and fill(parts, {"value": A_DAY}) == _field(owner, name, A_DAY, language, ())
    return parts if same else ()


@kept("placeholders", 1024)
def _field(owner: Any, name: str, value: str | None, language: str | None, choices: tuple[Any, ...]) -> str:
    """The field drawn; `choices` are those read from data."""
    field = copy.deepcopy(owner.base_filters[name]).field
    return draw_field(field.get_bound_field(forms.Form(None if value is None else {name: value}), name))
