"""The forms of access in Django's admin: the rules of the pages, with the admin's own fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.gate.plates import plate_mark
from access.hours import parse_hours, show_hours
from access.models import AccessCard, Vehicle, Zone
from access.models.cards import username_key
from access.typed import Reading, read_card, read_vehicle
from clients.services import anonymized


class HoursField(forms.CharField):
    """Weekly hours as one writes them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=500, **options)

    def prepare_value(self, value: Any) -> Any:
        return show_hours(value) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        return parse_hours(super().to_python(value) or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")


class ReadForm(forms.ModelForm):
    """A form whose values are read by the rules that pages and imports share."""

    def read(self, typed: Mapping[str, str]) -> Reading:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        typed = {name: str(value) for name, value in cleaned.items() if value is not None and not self.errors.get(name)}
        reading = self.read(typed)
        for name, errors in reading.errors.items():
            for error in errors:
                self.add_error(name if name in self.fields else None, error)
        return cleaned | {name: value for name, value in reading.values.items() if name in cleaned}


class VehicleAdminForm(ReadForm):
    class Meta:
        model = Vehicle
        fields = ("client", "plate", "country", "make", "model", "year", "color", "tags", "is_active")

    def read(self, typed: Mapping[str, str]) -> Reading:
        names = ("plate", "country", "make", "model", "year", "color")
        return read_vehicle({name: typed.get(name, "") for name in names})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        client = cleaned.get("client")
        if client and client.anonymized_at and client.pk != self.instance.client_id:
            self.add_error("client", anonymized(client))
        country = str(cleaned.get("country") or "FR")
        taken = Vehicle.objects.filter(
            plate_mark=plate_mark(cleaned.get("plate") or "", country), country=country, is_active=True
        )
        if cleaned.get("is_active") and (other := taken.exclude(pk=self.instance.pk).first()):
            message = _("Un véhicule en circulation a déjà cette immatriculation : il est à %(client)s.")
            self.add_error("plate", ValidationError(message, "taken", {"client": other.client}))
        return cleaned


class CardAdminForm(ReadForm):
    hours = HoursField(
        label=gettext_lazy("Horaires"), help_text=gettext_lazy("lun-ven 08:00-18:00 ; vide : à toute heure.")
    )

    class Meta:
        model = AccessCard
        fields = ("client", "username", "kind", "badge_number", "valid_from", "valid_until", "zones", "hours", "tags")

    def read(self, typed: Mapping[str, str]) -> Reading:
        return read_card({name: typed.get(name, "") for name in ("username", "kind", "badge_number")})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        client = cleaned.get("client")
        if client is not None and not client.email:
            message = _("%(client)s n’a pas d’adresse e-mail : ajoutez-la avant d’émettre une carte.")
            self.add_error("client", ValidationError(message, "email", {"client": client.name}))
        taken = AccessCard.objects.filter(username_key=username_key(cleaned.get("username") or ""))
        if other := taken.exclude(pk=self.instance.pk).first():
            message = _("Une carte de %(client)s a déjà ce nom d’utilisateur.")
            self.add_error("username", ValidationError(message, "taken", {"client": other.client}))
        return cleaned


class ZoneAdminForm(forms.ModelForm):
    hours = HoursField(
        label=gettext_lazy("Ouverture"), help_text=gettext_lazy("lun-ven 08:00-18:00 ; vide : toujours ouverte.")
    )

    class Meta:
        model = Zone
        fields = ("name", "parent", "capacity", "hours", "anti_passback")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        parent = cleaned.get("parent")
        if parent is not None and self.instance.pk and self.instance.pk in parent.lineage:
            self.add_error("parent", _("Une zone ne peut pas être dans elle-même, ni dans une zone qu’elle contient."))
        return cleaned
