"""Filters of a list: django-filter's, with tokens to remove them and sentences when a value makes no sense."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import Model, QuerySet
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django_filters import FilterSet

from fixaloop.query import Query


@dataclass(frozen=True)
class Token:
    """An active filter as one reads it, with the address of the list without it."""

    name: str
    label: str
    value: str
    remove_url: str


@dataclass(frozen=True)
class Search:
    """The search field of a list."""

    value: str
    placeholder: str
    label: str
    error: str


class ListFilter(FilterSet):
    """The filters of one list. `q`, where declared, is its search; `primary` names the fields always in view.

    `needs` says which right a filter takes: to who lacks it, there is no such filter.
    """

    primary: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[Mapping[str, str]] = {}
    search_placeholder: ClassVar[Any] = ""
    search_label: ClassVar[Any] = ""

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        for name, right in self.needs.items():
            if not self.request.user.has_perm(right):
                self.filters.pop(name, None)

    @cached_property
    def active(self) -> list[str]:
        """The names of the filters that hold something, right or wrong."""
        return [name for name in self.filters if self._raw(name)]

    def _raw(self, name: str) -> str:
        """What is asked of a filter; of several values the last, which is the one its field reads."""
        return str(self.data.get(name, "")).strip()

    def sentences(self) -> list[str]:
        """What is wrong with the filters, each naming its filter and its value."""
        return [
            _("%(filter)s : %(error)s") % {"filter": self.form[name].label, "error": error}
            for name, errors in self.form.errors.items()
            for error in errors
        ]

    def tokens(self, query: Query) -> list[Token]:
        """The active filters, in the order of their fields."""
        return [
            Token(
                name,
                str(self.form[name].label),
                self._display(name),
                query.without(name),
            )
            for name in self.active
        ]

    def without(self, name: str) -> QuerySet[Any]:
        """The rows that all active filters but one let through."""
        others = {other: self.form.cleaned_data[other] for other in self.active if other != name}
        return self.narrow(self.queryset.all(), others)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.narrow(queryset, self.form.cleaned_data)

    def narrow(self, rows: QuerySet[Any], values: Mapping[str, Any]) -> QuerySet[Any]:
        """The rows that these filters let through, each by itself; filters that go together override it."""
        for name, value in values.items():
            rows = self.filters[name].filter(rows, value)
        return rows

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
        if "q" not in self.filters:
            return None
        errors = self.form.errors.get("q")
        return Search(
            self.data.get("q", ""),
            self.search_placeholder,
            self.search_label,
            " ".join(errors) if errors else "",
        )

    @property
    def primary_fields(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self.primary if name in self.filters]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self.form[name] for name in self._more()]

    @property
    def more_count(self) -> int:
        return sum(name in self.active for name in self._more())

    def _more(self) -> Iterator[str]:
        return (name for name in self.filters if name not in (*self.primary, "q"))
