"""The fields that name a technician and a vehicle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.gate.plates import plate_key
from access.models import Vehicle
from clients.models import Client
from fixaloop.groups import TECHNICIAN
from fixaloop.words.text import person_name

OFFERED = 30
LONGEST_PLATE = 60
LONGEST_KEY = 19


def team(also: int | None = None) -> QuerySet[User]:
    """Everyone work may be given to, technicians first; `also` may have left."""
    technicians = User.groups.through.objects.filter(user=OuterRef("pk"), group__name=TECHNICIAN)
    people = User.objects.filter(Q(is_active=True) | Q(pk=also)).annotate(is_technician=Exists(technicians))
    return people.order_by("-is_technician", "last_name", "first_name", "username")


def technicians() -> QuerySet[User]:
    active = User.objects.filter(is_active=True, groups__name=TECHNICIAN)
    return active.order_by("last_name", "first_name", "username")


class TechnicianField(forms.ModelChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=User.objects.none(),
            label=gettext_lazy("Technicien"),
            empty_label=gettext_lazy("Personne pour l’instant"),
            **options,
        )
        self.error_messages["invalid_choice"] = gettext_lazy("Cette personne n’existe pas : choisissez dans la liste.")

    def offer(self, current: int | None) -> None:
        self.queryset = team(current)

    def label_from_instance(self, obj: Any) -> str:
        return person_name(obj) if obj.is_active else _("%(name)s (parti)") % {"name": person_name(obj)}

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        text = str(value)
        named = Q(pk=int(text)) if text.isascii() and text.isdigit() and len(text) < LONGEST_KEY else Q(username=text)
        # Former colleagues are found too: `interventions.checks` says by name that they have left.
        user = User.objects.filter(named).first() if "\0" not in text else None
        if user is None:
            raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice")
        return user


def vehicles_of(client: Client) -> QuerySet[Vehicle]:
    return Vehicle.objects.filter(client=client).order_by("-is_active", "plate_key", "pk")[:OFFERED]


def with_plates(plates: Iterable[str]) -> QuerySet[Vehicle]:
    return Vehicle.objects.filter(plate_key__in={plate_key(plate) for plate in plates} - {""})


def choose(plate: str, vehicles: Iterable[Vehicle], client: int, kept: int | None = None) -> Vehicle:
    """Pick among vehicles of one plate: first `kept`, then the client’s own, then one in use.

    Whether it is the client’s own is for `interventions.checks` to say. Raises ValidationError if there is none.
    """
    found = list(vehicles)
    if not found:
        message = _("Aucun véhicule n’a la plaque « %(plate)s » : enregistrez-le d’abord, ou laissez vide.")
        raise ValidationError(message, "unknown", {"plate": plate[:LONGEST_PLATE]})
    return min(found, key=lambda one: (one.pk != kept, one.client_id != client, not one.is_active, one.pk))


def find_vehicle(text: str, client: int, kept: int | None = None) -> Vehicle:
    vehicles = list(with_plates([text]))
    if not vehicles and text.isascii() and text.isdigit() and len(text) < LONGEST_KEY:
        vehicles = list(Vehicle.objects.filter(pk=int(text)))
    return choose(text, vehicles, client, kept)


class VehicleWidget(forms.TextInput):
    """A text field that suggests the plates of the chosen client; without JavaScript, of the client it had."""

    template_name = "interventions/_vehicle_picker.html"

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "off", "autocapitalize": "characters", "placeholder": "AB-123-CD"})
        self.offered: Iterable[Vehicle] = ()
        self.may_ask = False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        suggest_url = reverse_lazy("interventions:vehicles") if self.may_ask else ""
        return super().get_context(name, value, attrs) | {"vehicles": self.offered, "suggest_url": suggest_url}


class VehicleField(forms.CharField):
    """A vehicle as typed; the form looks it up once it knows the client."""

    widget = VehicleWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=LONGEST_PLATE, **options)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return str(Vehicle.objects.filter(pk=value).first() or "")
        return value

    def offer(self, client: Client | None) -> None:
        widget: Any = self.widget
        widget.offered, widget.may_ask = vehicles_of(client) if client else (), True

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")
