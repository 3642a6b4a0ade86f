"""Naming the vehicle an intervention is about: by its plate, among those of the client first (product.md §2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from access.gate.plates import plate_key
from access.models import Vehicle
from clients.models import Client

OFFERED = 30
LONGEST = 60
LONGEST_KEY = 19


def vehicles_of(client: Client) -> QuerySet[Vehicle]:
    """The vehicles of a client to choose from, those on the road first."""
    return Vehicle.objects.filter(client=client).order_by("-is_active", "plate_key", "pk")[:OFFERED]


def with_plates(plates: Iterable[str]) -> QuerySet[Vehicle]:
    """The vehicles that have one of these plates, however they are written."""
    return Vehicle.objects.filter(plate_key__in={plate_key(plate) for plate in plates} - {""})


def choose(plate: str, vehicles: Iterable[Vehicle], client: int, kept: int | None = None) -> Vehicle:
    """Of these vehicles with one plate the one that is meant: the `kept` one, the client's own, one on the road.

    That it is the client's is said by interventions.checks. Raises ValidationError where there is none.
    """
    found = sorted(
        vehicles, key=lambda one: (one.pk != kept, one.client_id != client, not one.is_active, one.pk), reverse=True
    )
    if not found:
        message = _("Aucun véhicule n’a la plaque « %(plate)s » : enregistrez-le d’abord, ou laissez vide.")
        raise ValidationError(message, "unknown", {"plate": plate[:LONGEST]})
    return found.pop()


def find_vehicle(text: str, client: int, kept: int | None = None) -> Vehicle:
    """The vehicle that a plate or a key names. Raises ValidationError where there is none."""
    vehicles = list(with_plates([text]))
    if not vehicles and text.isascii() and text.isdigit() and len(text) < LONGEST_KEY:
        vehicles = list(Vehicle.objects.filter(pk=int(text)))
    return choose(text, vehicles, client, kept)


class VehicleWidget(forms.TextInput):
    """A text field with the plates of the chosen client's vehicles; without JavaScript those of the client it had."""

    template_name = "interventions/_vehicle_picker.html"

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "off", "autocapitalize": "characters", "placeholder": "AB-123-CD"})
        self.offered: Iterable[Vehicle] = ()
        self.may_ask = False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        suggest_url = reverse_lazy("interventions:vehicles") if self.may_ask else ""
        return super().get_context(name, value, attrs) | {"vehicles": self.offered, "suggest_url": suggest_url}


class VehicleField(forms.CharField):
    """A vehicle as it is typed: its form finds it once it knows the client."""

    widget = VehicleWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=LONGEST, **options)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return str(Vehicle.objects.filter(pk=value).first() or "")
        return value

    def offer(self, client: Client | None) -> None:
        """Offer the vehicles of a client, and those of whichever is chosen later."""
        widget: Any = self.widget
        widget.offered, widget.may_ask = vehicles_of(client) if client else (), True

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")
