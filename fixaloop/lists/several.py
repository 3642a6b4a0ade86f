"""Filters that take several values, any of which may match: `kind=entry&kind=exit`."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

MOST = 50


class Choices(forms.CheckboxSelectMultiple):
    """Boxes that fold up under what is chosen while none of them is ticked."""

    template_name = "components/several.html"

    def __init__(self, nothing: Any) -> None:
        super().__init__()
        self.nothing = nothing

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["nothing"] = self.nothing
        return context


class SeveralChoicesField(forms.MultipleChoiceField):
    def __init__(self, *, empty_label: Any, **options: Any) -> None:
        super().__init__(widget=Choices(empty_label), **options)

    def to_python(self, value: Any) -> list[str]:
        return [text for text in dict.fromkeys(super().to_python(value)) if text]


class SeveralChoicesFilter(django_filters.Filter):
    several = True
    field_class = SeveralChoicesField

    def filter(self, rows: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
        return rows.filter(**{f"{self.field_name}__in": values}) if values else rows


class Names(forms.TextInput):
    """Names in one field, separated by commas; an address may give each of them by itself."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        given = data.getlist(name) if hasattr(data, "getlist") else data.get(name, ())
        return [given] if isinstance(given, str) else list(given)

    def format_value(self, value: Any) -> str:
        return ", ".join(filter(None, value or ()))


class SeveralNamesField(forms.Field):
    """Rows by their keys or by what people call them. Subclasses say how one is looked up."""

    widget = Names
    longest = 64

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.widget.attrs["data-several"] = ""

    def named(self, text: str) -> Any:
        raise NotImplementedError

    def clean(self, value: Any) -> list[Any]:
        return [self._found(name) for name in split_names(value or ())]

    def _found(self, name: str) -> Any:
        # PostgreSQL takes no NUL.
        found = self.named(name) if len(name) <= self.longest and "\x00" not in name else None
        if found is None:
            raise ValidationError(_("« %(text)s » n’existe pas.") % {"text": name[:40]}, "unknown")
        return found


def split_names(values: Any) -> list[str]:
    """The names given in one field or several, each once, no more than a page can show."""
    names = (name.strip() for value in values for name in value.split(","))
    return list(dict.fromkeys(filter(None, names)))[:MOST]
