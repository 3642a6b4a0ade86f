"""What lists of access are filtered by, one class a kind of value."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate.plates import FIRST_YEAR, plate_key
from access.models import AccessCard, Device, Tag, Vehicle, Zone
from access.models.cards import username_key
from fixaloop.forms.fields import AmountField, DayField
from fixaloop.lists.figures import remembered
from fixaloop.words.text import normalise

LONGEST = 60
LONGEST_KEY = 19
YEARS = (FIRST_YEAR, 2100)
TEN_YEARS = 3660
INDENT = "\u2003"


def start_of(day: date) -> datetime:
    """The instant a day begins in the firm's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """The instant a day ends: that of the next one's beginning."""
    return start_of(day + timedelta(days=1))


def zone_choices() -> Iterable[tuple[str, str]]:
    """The zones, those inside others under them."""
    return remembered("access.zone_choices", _zones)


def _zones() -> list[tuple[str, str]]:
    zones = list(Zone.objects.all())
    names = {zone.pk: normalise(zone.name) for zone in zones}
    zones.sort(key=lambda zone: [(names.get(key, ""), key) for key in zone.lineage])
    return [(str(zone.pk), f"{INDENT * (len(zone.lineage) - 1)}{zone.name}") for zone in zones]


def zones_within(key: str) -> list[int]:
    """A zone and those inside it."""
    return list(Zone.objects.filter(path__contains=f"/{int(key)}/").values_list("pk", flat=True))


def zones_around(key: str) -> list[int]:
    """A zone and those it is inside of."""
    return Zone.objects.get(pk=key).lineage


def device_choices() -> Iterable[tuple[str, str]]:
    """The devices, by name."""
    return remembered("access.device_choices", lambda: _named(Device))


def tag_choices() -> Iterable[tuple[str, str]]:
    """The tags, by name."""
    return remembered("access.tag_choices", lambda: _named(Tag))


def _named(model: Any) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in model.objects.order_by("name", "pk").values_list("pk", "name")]


class DayFilter(django_filters.Filter):
    """A day, in figures or as the browser's picker sends it."""

    field_class = DayField


class AmountFilter(django_filters.Filter):
    """Euros, as written in French or English."""

    field_class = AmountField


class YearFilter(django_filters.Filter):
    """A year that a vehicle may have."""

    field_class = forms.IntegerField

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=YEARS[0], max_value=YEARS[1], **options)


class DaysFilter(django_filters.Filter):
    """A number of days."""

    field_class = forms.IntegerField

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=TEN_YEARS, **options)


class WordsField(forms.CharField):
    """Words, compared without accents, case and punctuation."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        words = normalise(text)
        if text and not words:
            raise ValidationError(_("« %(text)s » n’a ni lettre ni chiffre.") % {"text": text[:20]})
        return words


class WordsFilter(django_filters.Filter):
    """Rows whose normalised column begins with these words."""

    field_class = WordsField

    def __init__(self, **options: Any) -> None:
        super().__init__(lookup_expr="startswith", max_length=LONGEST, **options)


class PlateField(forms.CharField):
    """A plate or a part of one, without its punctuation."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        key = plate_key(text)
        if text and not key:
            raise ValidationError(_("« %(text)s » n’a ni lettre ni chiffre.") % {"text": text[:20]})
        return key


class PlateFilter(django_filters.Filter):
    field_class = PlateField


class NamedField(forms.CharField):
    """Something named by its key or by what people call it. Subclasses say how it is looked up."""

    unknown = ""

    def named(self, text: str) -> Any:
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = self.named(text)
        if found is None:
            raise ValidationError(_("« %(text)s » n’existe pas.") % {"text": text[:40]}, "unknown")
        return found


def _by_key(model: Any, text: str) -> Any:
    is_key = text.isascii() and text.isdigit() and len(text) < LONGEST_KEY
    return model.objects.filter(pk=int(text)).first() if is_key else None


class CardField(NamedField):
    """A card, by its username or its key."""

    def named(self, text: str) -> AccessCard | None:
        named = AccessCard.objects.filter(username_key=username_key(text)).first()
        return named or _by_key(AccessCard, text)


class CardFilter(django_filters.Filter):
    field_class = CardField

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST + 4, **options)


class VehicleField(NamedField):
    """A vehicle, by its plate or its key; of several with one plate, the one on the road."""

    def named(self, text: str) -> Vehicle | None:
        key = plate_key(text)
        named = Vehicle.objects.filter(plate_key=key).order_by("-is_active", "pk").first() if key else None
        return named or _by_key(Vehicle, text)


class VehicleFilter(django_filters.Filter):
    field_class = VehicleField

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST, **options)
