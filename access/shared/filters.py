"""The kinds of filters that the lists of the site have: days, zones, devices, tags, cards, vehicles."""

from functools import partial, reduce
from operator import or_
from types import new_class
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _, gettext_lazy

from access.gate.plates import plate_key
from access.models import AccessCard, Device, Tag, Vehicle, Zone
from access.models.cards import username_key
from fixaloop.forms.parsing import parse_key
from fixaloop.lists.choices import RowChoices
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.several import SeveralChoicesFilter, SeveralNamesField
from fixaloop.words.text import normalise

INDENT = "\u2003"


def without(filters: type[ListFilter], *names: str) -> type[ListFilter]:
    return new_class(filters.__name__, (filters,), exec_body=lambda body: body.update(dict.fromkeys(names)))


def _names(model: Any) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in model.objects.order_by("name", "pk").values_list("pk", "name")]


def _indented_zones() -> list[tuple[str, str]]:
    zones = list(Zone.objects.all())
    names = {zone.pk: normalise(zone.name) for zone in zones}
    zones.sort(key=lambda zone: [(names.get(key, ""), key) for key in zone.lineage])
    return [(str(zone.pk), f"{INDENT * (len(zone.lineage) - 1)}{zone.name}") for zone in zones]


class ZoneFilter(SeveralChoicesFilter):
    """Rows of zones and of the zones inside them."""

    def __init__(self, label: Any = None, **options: Any) -> None:
        label, empty_label = label or gettext_lazy("Zone"), gettext_lazy("Toutes les zones")
        choices = RowChoices("access.zone_choices", _indented_zones)
        super().__init__(label=label, choices=choices, empty_label=empty_label, **options)

    def filter(self, rows: QuerySet[Any], zones: list[str]) -> QuerySet[Any]:
        if not zones:
            return rows
        inside = Zone.objects.filter(inside_zones(zones)).values_list("pk", flat=True)
        return rows.filter(**{f"{self.field_name}__in": list(inside)})


def inside_zones(zones: list[str], path: str = "path") -> Q:
    return reduce(or_, (Q((f"{path}__contains", f"/{int(zone)}/")) for zone in zones))


class DeviceFilter(SeveralChoicesFilter):
    def __init__(self, **options: Any) -> None:
        label, empty_label = gettext_lazy("Appareil"), gettext_lazy("Tous les appareils")
        choices = RowChoices("access.device_choices", partial(_names, Device))
        super().__init__(label=label, choices=choices, empty_label=empty_label, **options)


class TagFilter(SeveralChoicesFilter):
    def __init__(self, **options: Any) -> None:
        label, empty_label = gettext_lazy("Tag"), gettext_lazy("Tous les tags")
        choices = RowChoices("access.tag_choices", partial(_names, Tag))
        super().__init__(label=label, choices=choices, empty_label=empty_label, **options)

    def filter(self, rows: QuerySet[Any], tags: list[str]) -> QuerySet[Any]:
        if not tags:
            return rows
        # Not a join: that would cost the list its order and its speed.
        field = rows.model._meta.get_field("tags")
        links = field.remote_field.through.objects.filter(tag__in=tags)
        return rows.filter(pk__in=links.values(field.m2m_field_name()))


class NamedField(forms.CharField):
    """A row given by its key or by what people call it. Subclasses say how it is looked up."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, **options)

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
    return model.objects.filter(pk=parse_key(text)).first()


class CardsField(SeveralNamesField):
    def named(self, text: str) -> AccessCard | None:
        named = AccessCard.objects.filter(username_key=username_key(text)).first()
        return named or _by_key(AccessCard, text)


class CardFilter(django_filters.Filter):
    several = True
    field_class = CardsField

    def filter(self, rows: QuerySet[Any], cards: list[AccessCard]) -> QuerySet[Any]:
        return rows.filter(card__in=[card.pk for card in cards]) if cards else rows


class VehicleField(NamedField):
    """A vehicle, by its plate or its key; of several with one plate, the one on the road."""

    def named(self, text: str) -> Vehicle | None:
        key = plate_key(text)
        named = Vehicle.objects.filter(plate_key=key).order_by("-is_active", "pk").first() if key else None
        return named or _by_key(Vehicle, text)


class VehicleFilter(django_filters.Filter):
    field_class = VehicleField
