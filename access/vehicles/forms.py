"""The form of a vehicle, and what is already known of a plate while it is typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _, gettext_lazy

from access.gate.plates import parse_plate, plate_key, plate_mark
from access.models import Vehicle, Zone
from access.shared.forms import HoursField, SeveralField, already_used, plain_input, tags_field
from access.typed import read_vehicle
from clients.models import Client
from clients.pages.picker import ClientField
from clients.services import anonymized
from fixaloop.forms.fields import DayField, TidyForm
from fixaloop.forms.parsing import parse_key
from fixaloop.forms.submissions import TypedForm, VersionedForm

DESCRIBED = ("make", "model", "year", "color")
TYPED = ("plate", "country", *DESCRIBED)
TAKEN = ("plate", gettext_lazy("Un véhicule avec cette immatriculation vient d’être enregistré."))
SHORTEST = 4
MAKES_OF_TWO_WORDS = ("alfa romeo", "aston martin", "land rover", "great wall", "rolls royce")


class VehicleRules(TypedForm):
    # Remarks on what was typed, for instance an unusual plate.
    notes: Sequence[str] = ()

    def clean(self) -> dict[str, Any]:
        super().clean()
        reading = read_vehicle(self.typed(*TYPED))
        self.notes = [note for notes in reading.notes.values() for note in notes]
        self.take(reading)
        client = self.cleaned_data.get("client")
        if client and client.anonymized_at and client.pk != self.instance.client_id:
            self.add_error("client", anonymized(client))
        self._check_plate()
        return self.cleaned_data

    def _check_plate(self) -> None:
        plate, country = self.cleaned_data.get("plate"), self.cleaned_data.get("country") or "FR"
        if not plate or "plate" in self.errors or not self.cleaned_data.get("is_active", self.instance.is_active):
            return
        same = Vehicle.objects.filter(country=country, plate_mark=plate_mark(plate, country), is_active=True)
        other = same.exclude(pk=self.instance.pk).select_related("client").first()
        if other:
            self.add_error("plate", already_used(other, _("est déjà en circulation chez")))


class VehicleForm(VehicleRules, VersionedForm):
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
    zones = SeveralField(Zone, label=gettext_lazy("Zones"), help_text=gettext_lazy("Aucune cochée : aucune en propre."))
    hours = HoursField(label=gettext_lazy("Horaires"), help_text=gettext_lazy("Vide : à toute heure."))
    valid_until = DayField(
        label=gettext_lazy("Jusqu’au"), required=False, help_text=gettext_lazy("Ce jour compris. Vide : sans fin.")
    )

    class Meta:
        model = Vehicle
        fields = ("client", *TYPED, "everywhere", "hours", "valid_until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].required = False
        if self.instance.pk:
            self.initial.update({"tags": self.instance.tags.all(), "zones": self.instance.zones.all()})


class BriefVehicleForm(VehicleRules):
    """A vehicle in two fields, its plate and what it is, inside the form of something else; the client comes later."""

    plate = forms.CharField(label=gettext_lazy("Immatriculation"), max_length=60)

    class Meta:
        model = Vehicle
        fields = ("plate", "make", "model")

    def __init__(self, plate: str, what: str) -> None:
        make, model = split_name(what)
        super().__init__({"plate": plate, "make": make, "model": model})


def split_name(what: str) -> tuple[str, str]:
    """The make and the model of « Renault Clio »: the make is one word, save for a few."""
    words = what.split()
    length = 2 if " ".join(words[:2]).lower() in MAKES_OF_TWO_WORDS else 1
    return " ".join(words[:length]), " ".join(words[length:])


class DriverForm(TidyForm, forms.Form):
    client = ClientField(label=gettext_lazy("Client qui conduit aussi ce véhicule"))

    def clean_client(self) -> Client:
        client: Client = self.cleaned_data["client"]
        if client.anonymized_at:
            raise ValidationError(anonymized(client))
        return client


@dataclass(frozen=True)
class KnownPlate:
    """Remarks on the plate, the vehicle on the road that has it, and the retired one that had it."""

    notes: list[str]
    active: Vehicle | None
    former: Vehicle | None


def known_plate(typed: str, country: str, vehicle: int | None = None) -> KnownPlate | None:
    """What is known of a plate beyond `vehicle`, which is being edited; None for less than four characters."""
    key = plate_key(typed)
    if len(key) < SHORTEST:
        return None
    try:
        notes = list(parse_plate(typed, country).notes)
    except ValidationError as error:
        notes = list(error.messages)
    vehicles = Vehicle.objects.filter(plate_key=key).exclude(pk=vehicle or 0).select_related("client")
    found = list(vehicles.order_by("-is_active", "-updated_at")[:2])
    active = next((vehicle for vehicle in found if vehicle.is_active), None)
    former = next((vehicle for vehicle in found if not vehicle.is_active), None)
    return KnownPlate(notes, active, former) if notes or found else None


def fill_in(data: QueryDict) -> QueryDict:
    """The form's data with empty fields filled from the former vehicle that `take` names."""
    filled = data.copy()
    former = Vehicle.objects.filter(pk=parse_key(str(data["take"])) or 0).first()
    for name in DESCRIBED if former else ():
        if not filled.get(name):
            filled[name] = str(getattr(former, name) or "")
    return filled
