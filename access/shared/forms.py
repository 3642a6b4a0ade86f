"""Fields and forms that the rooms of the site share."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from access.hours import parse_hours, show_hours
from access.models import Tag, Zone
from fixaloop.forms.fields import TidyForm


class SeveralField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def __init__(self, model: Any, **options: Any) -> None:
        super().__init__(queryset=model.objects.all(), required=False, **options)


STAY_FIELDS = ("repeat_seconds", "turn_seconds", "longest_stay", "reset_at")
STAY_HELP = {
    "repeat_seconds": _("La même lecture dans ce délai n’en fait qu’une. Vide : réglage habituel ; 0 : aucun."),
    "turn_seconds": _("À une porte à double sens, une lecture plus tôt n’est pas une sortie. Vide : réglage habituel."),
    "longest_stay": _("Au-delà, la sortie a été oubliée : elle est estimée. Vide : réglage habituel."),
    "reset_at": _("À cette heure, plus personne n’est sur place : les visites ouvertes ont fini. Vide : aucune."),
}


def tags_field() -> SeveralField:
    return SeveralField(Tag, label=_("Tags"))


def zones_field() -> SeveralField:
    return SeveralField(Zone, label=_("Zones"), help_text=_("Aucune cochée : toutes les zones, celles à venir aussi."))


class NamedForm(TidyForm, forms.ModelForm):
    """A form whose only constraint over the whole is a unique name: it is said beside the name."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if taken := self.errors.pop(NON_FIELD_ERRORS, None):
            self.add_error("name", list(taken))


class HoursField(forms.CharField):
    """Weekly hours as people write them: `lun-ven 08:00-18:00`."""

    example = "lun-ven 08:00-18:00, sam 09:00-12:00"

    def __init__(self, **options: Any) -> None:
        attrs = {"placeholder": self.example, "autocomplete": "off"}
        super().__init__(required=False, max_length=500, widget=forms.TextInput(attrs=attrs), **options)

    def prepare_value(self, value: Any) -> Any:
        return show_hours(value) if isinstance(value, dict) else value

    def read(self, text: str) -> Any:
        return parse_hours(text)

    def clean(self, value: Any) -> Any:
        return self.read(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")


def plain_input(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", **attrs})


def already_used(other: Any, sentence: str) -> ValidationError:
    """“AB-123-CD est déjà en circulation chez Garage du Port.”, both names as links."""
    return ValidationError(
        format_html(
            '<a href="{}">{}</a> {} <a href="{}">{}</a>.',
            *(other.get_absolute_url(), other, sentence, other.client.get_absolute_url(), other.client),
        ),
        "duplicate",
    )
