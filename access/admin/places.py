"""Zones, readers, tariffs, special days and tags: written by `access.services`."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _, gettext_lazy

from access import services
from access.calendar.forms import SpecialDayRules
from access.hours import say_hours, say_spans
from access.models import (
    Device,
    SpecialDay,
    Tag,
    Tariff,
    Zone,
)
from access.shared.forms import STAY_FIELDS, STAY_HELP, HoursField
from fixaloop.admin.versioned import AdminForm, HistoryAdmin, VersionedAdmin


class ZoneAdminForm(AdminForm):
    hours = HoursField(
        label=gettext_lazy("Ouverture"), help_text=gettext_lazy("lun-ven 08:00-18:00 ; vide : toujours ouverte.")
    )

    class Meta:
        help_texts = STAY_HELP

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        parent = cleaned.get("parent")
        if parent is not None and self.instance.pk and self.instance.pk in parent.lineage:
            self.add_error("parent", _("Une zone ne peut pas être dans elle-même, ni dans une zone qu’elle contient."))
        return cleaned


class DeviceAdminForm(AdminForm):
    class Meta:
        help_texts = STAY_HELP


@admin.register(Tag)
class TagAdmin(VersionedAdmin):
    search_fields = ("name",)


@admin.register(Zone)
class ZoneAdmin(HistoryAdmin):
    form = ZoneAdminForm
    # fmt: off
    fields = (
        "name", "parent", "open_to", "capacity", "hours", "closed_on_holidays", "anti_passback", *STAY_FIELDS,
    )
    # fmt: on
    autocomplete_fields = ("parent",)
    history_shows: ClassVar = {"hours": say_hours}
    list_display = ("name", "parent", "open_to", "capacity", "anti_passback")
    list_select_related = ("parent",)
    search_fields = ("name",)

    def create(self, row: Zone, form: Any, by: Any) -> Zone:
        return services.save_zone(row, by=by)

    def update(self, row: Zone, form: Any, by: Any) -> None:
        services.save_zone(row, by=by, version=row.version)


@admin.register(Tariff)
class TariffAdmin(HistoryAdmin):
    """Tariffs, whose steps their own pages ask for in fields; none is deleted."""

    form = AdminForm
    fields = ("name", "starts_on", "free_minutes", "steps", "day_cap", "zones", "free_tags")
    list_display = ("name", "zone_names", "starts_on", "day_cap")
    search_fields = ("name",)

    def create(self, row: Tariff, form: Any, by: Any) -> Tariff:
        return services.save_tariff(row, **_given(form), by=by)

    def update(self, row: Tariff, form: Any, by: Any) -> None:
        services.save_tariff(row, **_given(form), by=by, version=row.version)

    def has_delete_permission(self, request: HttpRequest, obj: Tariff | None = None) -> bool:
        return False


def _given(form: Any) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("zones", "free_tags")}


class SpecialDayAdminForm(SpecialDayRules, AdminForm):
    pass


@admin.register(SpecialDay)
class SpecialDayAdmin(HistoryAdmin):
    """Special days; the calendar’s pages withdraw them, and none is deleted."""

    form = SpecialDayAdminForm
    autocomplete_fields = ("zone",)
    history_shows: ClassVar = {"spans": say_spans}
    list_display = ("reason", "first_day", "last_day", "zone", "withdrawn")
    list_select_related = ("zone",)
    list_filter = ("withdrawn",)
    search_fields = ("reason",)

    def create(self, row: SpecialDay, form: Any, by: Any) -> SpecialDay:
        return services.save_special_day(row, by=by)

    def update(self, row: SpecialDay, form: Any, by: Any) -> None:
        services.save_special_day(row, by=by, version=row.version)

    def has_change_permission(self, request: HttpRequest, obj: SpecialDay | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.withdrawn)

    def get_fields(self, request: HttpRequest, obj: SpecialDay | None = None) -> list[Any]:
        """The fields of the form; where nothing can be changed, those of the row, which has no `kind`."""
        fields: list[Any] = list(SpecialDayRules.Meta.fields)
        if obj and not self.has_change_permission(request, obj):
            fields.remove("kind")
        return fields

    def has_delete_permission(self, request: HttpRequest, obj: SpecialDay | None = None) -> bool:
        return False


@admin.register(Device)
class DeviceAdmin(HistoryAdmin):
    """Readers; the page of the device or `manage.py provision_device` gives a token."""

    form = DeviceAdminForm
    # fmt: off
    fields = (
        "name", "zone", "direction", "presented", "enabled", "at_counter", "repeat_seconds", "turn_seconds", "token_at",
        "last_seen_at",
    )
    # fmt: on
    readonly_fields = ("token_at", "last_seen_at")
    autocomplete_fields = ("zone",)
    list_display = ("name", "zone", "direction", "enabled", "last_seen_at")
    list_filter = ("direction", "enabled")
    list_select_related = ("zone",)
    search_fields = ("name",)

    def create(self, row: Device, form: Any, by: Any) -> Device:
        return services.save_device(row, by=by)

    def update(self, row: Device, form: Any, by: Any) -> None:
        services.save_device(row, by=by, version=row.version)
