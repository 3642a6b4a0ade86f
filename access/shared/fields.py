"""What several forms of access ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.hours import show_hours
from access.models import Tag, Zone


class SeveralField(forms.ModelMultipleChoiceField):
    """Things to tick, by their keys."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, model: Any, **options: Any) -> None:
        super().__init__(queryset=model.objects.all(), required=False, **options)


def tags_field() -> SeveralField:
    """The tags something has."""
    return SeveralField(Tag, label=_("Tags"))


def zones_field() -> SeveralField:
    """The zones a card opens."""
    return SeveralField(Zone, label=_("Zones"), help_text=_("Aucune cochée : toutes les zones, celles à venir aussi."))


class HoursField(forms.CharField):
    """Weekly hours, as access.hours reads and shows them."""

    def __init__(self, **options: Any) -> None:
        attrs = {"placeholder": "lun-ven 08:00-18:00, sam 09:00-12:00", "autocomplete": "off"}
        super().__init__(required=False, max_length=400, widget=forms.TextInput(attrs=attrs), **options)

    def prepare_value(self, value: Any) -> Any:
        return show_hours(value) if isinstance(value, dict) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")


def plain_input(**attrs: str) -> forms.TextInput:
    """A text field that browsers leave alone."""
    return forms.TextInput(attrs={"autocomplete": "off", **attrs})
