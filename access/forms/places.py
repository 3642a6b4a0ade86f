"""The forms of zones, devices and tags."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms.fields import HoursField
from access.hours import parse_hours
from access.models import Device, Tag, Zone
from fixaloop.forms import TidyForm
from fixaloop.submissions import SubmissionField


class PlaceForm(TidyForm, forms.ModelForm):
    """What the forms of places have in common: the version an existing one was read at, one sending of a new one."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    submission = SubmissionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["version"] = self.instance.version
            del self.fields["submission"]


class ZoneForm(PlaceForm):
    """A zone."""

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


class DeviceForm(PlaceForm):
    """A reader, a barrier, a counter."""

    class Meta:
        model = Device
        fields = ("name", "zone", "direction", "enabled", "at_counter")


class TagForm(TidyForm, forms.ModelForm):
    """A tag."""

    submission = SubmissionField()

    class Meta:
        model = Tag
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["submission"]
