"""The forms of zones, devices and tags."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext_lazy as _

from access.hours import parse_hours
from access.models import Device, Tag, Zone
from access.shared.forms import HoursField, VersionedForm
from fixaloop.forms.fields import TidyForm


class NamedForm(TidyForm, forms.ModelForm):
    """A form whose only constraint over the whole is a unique name: it is said beside the name."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if taken := self.errors.pop(NON_FIELD_ERRORS, None):
            self.add_error("name", list(taken))


class ZoneForm(NamedForm, VersionedForm):
    hours = HoursField(label=_("Ouverture"), help_text=_("Vide : toujours ouverte."))

    class Meta:
        model = Zone
        fields = ("name", "parent", "capacity", "hours", "anti_passback")
        help_texts = {
            "capacity": _("Combien de personnes ou de véhicules à la fois. Vide : sans limite."),
            "parent": _("Qui peut entrer dans cette zone-là entre aussi dans celle-ci."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["anti_passback"].required = False
        if self.instance.pk:
            self.fields["parent"].queryset = Zone.objects.exclude(path__startswith=self.instance.path)  # type: ignore[attr-defined]

    def clean_hours(self) -> dict[str, Any]:
        return parse_hours(self.cleaned_data["hours"])

    def clean_anti_passback(self) -> str:
        return self.cleaned_data["anti_passback"] or self.instance.anti_passback


class DeviceForm(NamedForm, VersionedForm):
    class Meta:
        model = Device
        fields = ("name", "zone", "direction", "enabled", "at_counter")


class TagForm(NamedForm):
    class Meta:
        model = Tag
        fields = ("name",)
