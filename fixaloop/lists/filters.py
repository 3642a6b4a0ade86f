"""Filters of a list: django-filter’s, with tokens to remove them and sentences for values that make no sense.

Fields are drawn once for all pages on which they look the same. `owner` is the class of the filters; its declarations
decide everything but the value.
"""

import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from html import escape
from typing import Any, ClassVar

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django_filters import FilterSet

from fixaloop.forms.fields import DayField
from fixaloop.lists.choices import RowChoices
from fixaloop.lists.pagination import Query
from fixaloop.lists.several import split_names
from fixaloop.speed import kept
from fixaloop.speed.texts import around, fill, gettext as _, slot

# Stands for words that may name a person.
TYPED = "…"
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


def filter_field(
    owner: Any, name: str, value: str | tuple[str, ...] | None, language: str | None, withheld: Collection[str] = ()
) -> str:
    choices = owner.base_filters[name].extra.get("choices")
    offered = tuple(choices()) if callable(choices) else ()
    if withheld:
        offered = tuple(choice for choice in offered or choices if choice[0] not in withheld)
    frame = _frame(owner, name, language) if isinstance(value, str) else ()
    return fill(frame, {"value": escape(str(value))}) if frame else _field(owner, name, value, language, offered)


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
def _field(
    owner: Any, name: str, value: str | tuple[str, ...] | None, language: str | None, choices: tuple[Any, ...]
) -> str:
    one = copy.deepcopy(owner.base_filters[name])
    if choices:
        one.extra["choices"] = choices
    field = one.field
    given = list(value) if isinstance(value, tuple) else value
    return draw_field(field.get_bound_field(forms.Form(None if given is None else {name: given}), name))


# How many choices an error names.
MOST_NAMED = 12


@dataclass(frozen=True)
class Token:
    """An active filter in words, with the address of the list without it."""

    name: str
    label: str
    value: str
    remove_url: str


@dataclass(frozen=True)
class Search:
    value: str
    placeholder: str
    label: str
    error: str


class Values(forms.Form):
    """The values of the filters in use. The ends of a range must stand in their order."""

    ENDS = (("after", "before"), ("min", "max"))

    def add_error(self, field: str | None, error: Any) -> None:
        """Add an error; one about an unknown choice names the choices there are."""
        chosen = self.fields[field] if field else None
        if isinstance(chosen, forms.ChoiceField) and getattr(error, "code", "") == "invalid_choice":
            offered: Any = chosen.choices
            labels = [str(label) for value, label in offered if value not in ("", None)]
            message = _("« %(value)s » n’est pas un choix. Choix possibles : %(choices)s.")
            values = {"value": str(error.params["value"])[:40], "choices": ", ".join(labels[:MOST_NAMED])}
            error = forms.ValidationError(message % values)
        super().add_error(field, error)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        for first, last in self.ENDS:
            for name in [name for name in cleaned if name == first or name.endswith(f"_{first}")]:
                start, end = cleaned[name], cleaned.get(f"{name.removesuffix(first)}{last}")
                if start is not None and end is not None and start > end:
                    self.add_error(name, _("« %(start)s » vient après la fin demandée.") % {"start": self.data[name]})
        return cleaned


class ListFilter(FilterSet):
    """The filters of one list. A filter called `q` is its search; `primary` names the fields that are always in view.

    Only filters with a value are built, and a field with the same value is drawn once for all pages.
    """

    primary: ClassVar[tuple[str, ...]] = ()
    # Filter → the permission it takes; for people without it, there is no such filter.
    needs: ClassVar[Mapping[str, str]] = {}
    # Filters whose rows may lie together, far from the beginning of the list.
    may_begin_late: ClassVar[tuple[str, ...]] = ()
    # Whether matches of the search can only be met by walking the list; known once the rows are filtered.
    only_in_order = False
    search_placeholder: ClassVar[Any] = ""
    search_label: ClassVar[Any] = ""
    base_filters: Any

    def __init_subclass__(cls, **options: Any) -> None:
        """Join what the classes need that a list of filters is made of."""
        super().__init_subclass__(**options)
        cls.needs = dict(item for base in reversed(cls.__mro__) for item in vars(base).get("needs", {}).items())

    def __init__(self, data: QueryDict, queryset: QuerySet[Any], *, request: HttpRequest, at: datetime) -> None:
        self.at = at
        every = type(self).base_filters
        may = {right: request.user.has_perm(right) for right in set(self.needs.values())}
        self.names = [name for name in every if name not in self.needs or may[self.needs[name]]]
        # The names of the filters with a value, valid or not.
        self.active = [name for name in self.names if self._is_given(data, name)]
        self.base_filters = {}
        super().__init__(data, queryset=queryset, request=request)
        self.filters = {name: self._own(every[name]) for name in self.active}

    def _own(self, declared: Any) -> Any:
        """A copy of a filter for this set. A deep one, as django-filter makes, would copy all its choices."""
        own = copy.copy(declared)
        own.method = declared.method
        own.model, own.parent = self.queryset.model, self
        return own

    @cached_property
    def form(self) -> forms.Form:
        """The form of the filters in use, without the class that django-filter makes for each request."""
        form = Values(self.data)
        for name, filter_ in self.filters.items():
            if isinstance(choices := filter_.extra.get("choices"), RowChoices):
                choices.meet(self.given(name))
        form.fields = {name: filter_.field for name, filter_ in self.filters.items()}
        return form

    @property
    def errors(self) -> Mapping[str, Any]:
        return self.form.errors if self.active else {}

    def is_valid(self) -> bool:
        return not self.errors

    @property
    def indexed_sorts(self) -> Mapping[str, tuple[str, ...]]:
        """Filters that leave few rows → the sorts in whose order an index has these rows."""
        return {}

    def is_indexed(self, sort: str) -> bool:
        return not self.is_searched and any(sort in self.indexed_sorts.get(name, ()) for name in self.active)

    def withheld(self, name: str) -> Collection[str]:
        """The choices of a filter that would show this person nothing, by their rights."""
        return ()

    @property
    def is_searched(self) -> bool:
        return "q" in self.active

    def _raw(self, name: str) -> str:
        """The value as typed; of several the last, which is the one that fields read."""
        return str(self.data.get(name, "")).strip()

    def sentences(self) -> list[str]:
        return [
            _("%(filter)s : %(error)s") % {"filter": self.form[name].label, "error": error}
            for name, errors in self.errors.items()
            for error in errors
        ]

    def takes_several(self, name: str) -> bool:
        return getattr(type(self).base_filters[name], "several", False)

    def _is_given(self, data: QueryDict, name: str) -> bool:
        values = data.getlist(name) if self.takes_several(name) else [data.get(name, "")]
        return any(value.strip() for value in values)

    def given(self, name: str) -> list[str]:
        """The values of a filter that takes several, as typed, each once."""
        return split_names(self.data.getlist(name))

    def tokens(self, query: Query) -> list[Token]:
        return [token for name in self.active for token in self._tokens(name, query)]

    def _tokens(self, name: str, query: Query) -> Iterator[Token]:
        label = str(self.form[name].label)
        if not self.takes_several(name):
            yield Token(name, label, self._display(name), query.without(name))
            return
        given = self.given(name)
        found = dict(zip(given, getattr(self.form, "cleaned_data", {}).get(name, given), strict=False))
        for value in given:
            one = found.get(value, value)
            said = str(one) if isinstance(one, Model) else self._choice(name, value)
            others: Any = {name: [other for other in given if other != value]}
            yield Token(name, label, said[:80], query.url(**others))

    def without(self, name: str) -> QuerySet[Any]:
        others = {other: self.form.cleaned_data[other] for other in self.active if other != name}
        return self.narrow(self.queryset.all(), others)

    def only(self, name: str) -> QuerySet[Any]:
        return self.narrow(self.queryset.all(), {name: self.form.cleaned_data[name]})

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.narrow(queryset, self.form.cleaned_data) if self.active else queryset

    def narrow(self, rows: QuerySet[Any], values: Mapping[str, Any]) -> QuerySet[Any]:
        """The rows that these filters let through. Filters that depend on each other override it."""
        for name, value in values.items():
            rows = self.filters[name].filter(rows, value)
        return rows

    @property
    def told(self) -> dict[str, Any]:
        """The filters in use for the journal: choices and days as they are; of what is typed, only that it was."""
        plain = (forms.ChoiceField, DayField)
        return {name: self.given(name) if isinstance(self.form.fields[name], plain) else TYPED for name in self.active}

    def _display(self, name: str) -> str:
        value = getattr(self.form, "cleaned_data", {}).get(name)
        raw = self._raw(name)
        if value is None or value == "":
            return raw[:80]
        if isinstance(value, bool):
            return _("oui") if value else _("non")
        if isinstance(value, date):
            return date_format(value, "SHORT_DATE_FORMAT")
        if isinstance(value, Model):
            return str(value)
        return self._choice(name, raw)[:80]

    def _choice(self, name: str, value: str) -> str:
        choices = getattr(self.form.fields[name], "choices", ())
        return str(dict(choices).get(value, value))

    @property
    def search(self) -> Search | None:
        if "q" not in self.names:
            return None
        owner: Any = type(self)
        placeholder, label = search_words(owner, get_language())
        return Search(self.data.get("q", ""), placeholder, label, " ".join(self.errors.get("q", ())))

    @property
    def primary_fields(self) -> SafeString:
        return self._fields(tuple(name for name in self.primary if name in self.names))

    @property
    def more_fields(self) -> SafeString:
        return self._fields(self._more)

    @property
    def more_count(self) -> int:
        return sum(name in self.active for name in self._more)

    @cached_property
    def _more(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name not in (*self.primary, "q"))

    def _fields(self, names: tuple[str, ...]) -> SafeString:
        owner: Any = type(self)
        language = get_language()
        as_for_all = with_changing_choices(owner).union(self.active).isdisjoint(names)
        if as_for_all and not any(map(self.withheld, names)):
            return blank_fields(owner, names, language)
        return SafeString("".join([self._field(owner, name, language) for name in names]))

    def _field(self, owner: Any, name: str, language: str | None) -> str:
        if name in self.active and name in self.errors:
            return draw_field(self.form[name])
        if name not in self.active:
            return filter_field(owner, name, None, language, self.withheld(name))
        value = tuple(self.given(name)) if self.takes_several(name) else self._raw(name)
        return filter_field(owner, name, value, language, self.withheld(name))
