"""The form of a vehicle."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.gate.plates import plate_mark
from access.models import Vehicle
from access.shared.fields import plain_input, tags_field
from access.typed import read_vehicle
from clients.pages.picker import ClientField
from clients.services import anonymized
from fixaloop.forms.submissions import SubmissionField

DESCRIBED = ("make", "model", "year", "color")
TYPED = ("plate", "country", *DESCRIBED)


class VehicleForm(forms.ModelForm):
    """A vehicle of a client. What was remarked on while reading it is in `notes`."""

    client = ClientField(label=gettext_lazy("Client"))
    plate = forms.CharField(
        label=gettext_lazy("Immatriculation"),
        max_length=60,
        widget=plain_input(autocapitalize="characters", placeholder="AB-123-CD"),
    )
    make = forms.CharField(label=gettext_lazy("Marque"), required=False, max_length=200, widget=plain_input())
    model = forms.CharField(label=gettext_lazy("Modèle"), required=False, max_length=200, widget=plain_input())
    year = forms.CharField(
        label=gettext_lazy("Année"), required=False, max_length=20, widget=plain_input(inputmode="numeric")
    )
    color = forms.CharField(label=gettext_lazy("Couleur"), required=False, max_length=200, widget=plain_input())
    tags = tags_field()
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    submission = SubmissionField()

    class Meta:
        model = Vehicle
        fields = ("client", *TYPED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notes: list[str] = []
        self.fields["country"].required = False
        if self.instance.pk:
            self.initial.update({"version": self.instance.version, "tags": self.instance.tags.all()})
            del self.fields["submission"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = {name: str(cleaned.get(name) or "") for name in TYPED if name not in self.errors}
        reading = read_vehicle(typed)
        self.notes = [note for notes in reading.notes.values() for note in notes]
        cleaned |= {name: value for name, value in reading.values.items() if name in TYPED}
        for name, errors in reading.errors.items():
            if name not in self.errors:
                self.add_error(name, errors)
        client = cleaned.get("client")
        if client and client.anonymized_at and client.pk != self.instance.client_id:
            self.add_error("client", anonymized(client))
        self._check_plate(cleaned)
        return cleaned

    def _check_plate(self, values: dict[str, Any]) -> None:
        """Another vehicle on the road with this plate is named, with its client."""
        if not values.get("plate") or "plate" in self.errors or not self.instance.is_active:
            return
        country = values.get("country") or "FR"
        same = Vehicle.objects.filter(country=country, plate_mark=plate_mark(values["plate"], country), is_active=True)
        other = same.exclude(pk=self.instance.pk).select_related("client").first()
        if other:
            message = _("est déjà en circulation chez")
            link = '<a href="{}">{}</a> {} <a href="{}">{}</a>.'
            vehicle, client = other.get_absolute_url(), other.client.get_absolute_url()
            sentence = format_html(link, vehicle, other.plate_display, message, client, other.client)
            self.add_error("plate", ValidationError(sentence, "duplicate"))
