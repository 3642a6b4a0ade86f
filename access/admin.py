"""Access in Django's admin: written by `access.services`, events never."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from access import services
from access.calendar.forms import SpecialDayRules
from access.cards.forms import CardRules
from access.cards.periods import PeriodsText
from access.events.words import hidden_from, words_of
from access.hours import show_hours, show_spans
from access.models import (
    AccessCard,
    CardStatus,
    Device,
    Entry,
    Event,
    Payment,
    RollCall,
    SpecialDay,
    Tag,
    Tariff,
    Vehicle,
    Zone,
)
from access.periods import show_periods
from access.search import events_matching, named_or_owned, owned_by
from access.services import client_columns
from access.shared.forms import STAY_FIELDS, STAY_HELP, HoursField
from access.vehicles.forms import VehicleRules
from fixaloop.admin.versioned import AdminForm, HistoryAdmin, ReadOnlyAdmin, VersionedAdmin
from fixaloop.records.refusal import Refused

RIGHTS = ("everywhere", "zones", "hours", "valid_until")


class VehicleAdminForm(VehicleRules, AdminForm):
    hours = HoursField(
        label=gettext_lazy("Horaires"), help_text=gettext_lazy("lun-ven 08:00-18:00 ; vide : à toute heure.")
    )


def _linked(form: Any) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("tags", "zones")}


class CardAdminForm(CardRules, AdminForm):
    periods = PeriodsText(
        label=gettext_lazy("Autres périodes"),
        required=False,
        max_length=4_000,
        help_text=gettext_lazy("01/12/2026 08:00 – 05/12/2026 18:00 ; plusieurs séparées par |."),
    )
    hours = HoursField(
        label=gettext_lazy("Horaires"), help_text=gettext_lazy("lun-ven 08:00-18:00 ; vide : à toute heure.")
    )


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
    history_shows: ClassVar = {"hours": show_hours}
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
    history_shows: ClassVar = {"spans": show_spans}
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


@admin.register(Vehicle)
class VehicleAdmin(HistoryAdmin):
    form = VehicleAdminForm
    fields = ("client", "plate", "country", "make", "model", "year", "color", "tags", "is_active", *RIGHTS)
    autocomplete_fields = ("client", "tags", "zones")
    history_shows: ClassVar = {"hours": show_hours}
    list_display = ("plate_display", "make", "model", "client", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("client",)
    search_fields = ("search_text",)
    sortable_by = ()

    @admin.display(description=gettext_lazy("immatriculation"))
    def plate_display(self, vehicle: Vehicle) -> str:
        return vehicle.plate_display

    def matching(self, query: str) -> Q:
        return named_or_owned(Vehicle, query).condition

    def create(self, row: Vehicle, form: Any, by: Any) -> Vehicle:
        return services.add_vehicle(row, **_linked(form), by=by)

    def update(self, row: Vehicle, form: Any, by: Any) -> None:
        services.update_vehicle(row, **_linked(form), by=by, version=row.version)

    def remove(self, row: Vehicle, by: Any) -> None:
        owners = {row.client_id, *row.former_plates.values_list("client", flat=True)}
        row.delete()
        client_columns.index(owners)


@admin.register(AccessCard)
class AccessCardAdmin(HistoryAdmin):
    """Cards. The page that issues a card shows the value of its QR code, never this one."""

    form = CardAdminForm
    # fmt: off
    fields = (
        "client", "username", "kind", "badge_number", "state", "valid_from", "valid_until", "periods",
        "zones", "hours", "tags",
    )
    # fmt: on
    readonly_fields = ("state",)
    history_shows: ClassVar = {"hours": show_hours, "periods": show_periods}
    autocomplete_fields = ("client", "zones", "tags")
    list_display = ("username", "client", "kind", "state", "valid_from", "valid_until", "use_count")
    list_filter = ("status", "kind")
    list_select_related = ("client",)
    search_fields = ("search_text",)
    sortable_by = ()
    actions = ("activate", "suspend", "lose", "revoke")

    @admin.display(description=gettext_lazy("statut"))
    def state(self, card: AccessCard) -> str:
        if card.pk and card.state(timezone.now()) == "expired":
            return _("Expirée")
        return card.get_status_display()

    def matching(self, query: str) -> Q:
        return named_or_owned(AccessCard, query).condition

    def create(self, row: AccessCard, form: Any, by: Any) -> AccessCard:
        return services.issue_card(row, zones=form.cleaned_data["zones"], tags=form.cleaned_data["tags"], by=by).card

    def update(self, row: AccessCard, form: Any, by: Any) -> None:
        chosen = {name: form.cleaned_data[name] for name in ("zones", "tags")}
        services.update_card(row, **chosen, by=by, version=row.version)

    def remove(self, row: AccessCard, by: Any) -> None:
        row.delete()
        client_columns.follow([row.client_id])

    def save_model(self, request: HttpRequest, obj: AccessCard, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change and obj.kind == AccessCard.Kind.QR:
            message = _("La carte est émise. Son code QR se donne depuis sa fiche : « Nouveau code QR ».")
            self.message_user(request, message)

    @admin.action(description=gettext_lazy("Remettre en service"), permissions=("change",))
    def activate(self, request: HttpRequest, queryset: QuerySet[AccessCard]) -> None:
        self._move(request, queryset, CardStatus.ACTIVE)

    @admin.action(description=gettext_lazy("Suspendre"), permissions=("change",))
    def suspend(self, request: HttpRequest, queryset: QuerySet[AccessCard]) -> None:
        self._move(request, queryset, CardStatus.SUSPENDED)

    @admin.action(description=gettext_lazy("Déclarer perdues"), permissions=("change",))
    def lose(self, request: HttpRequest, queryset: QuerySet[AccessCard]) -> None:
        self._move(request, queryset, CardStatus.LOST)

    @admin.action(description=gettext_lazy("Révoquer"), permissions=("change",))
    def revoke(self, request: HttpRequest, queryset: QuerySet[AccessCard]) -> None:
        self._move(request, queryset, CardStatus.REVOKED)

    def _move(self, request: HttpRequest, queryset: QuerySet[AccessCard], to: str) -> None:
        for card in queryset:
            try:
                services.change_card_status(card, to, reason=_("administration"), by=request.user)  # type: ignore[arg-type]
            except Refused as refusal:
                self.message_user(request, f"{card} : {refusal}", messages.ERROR)


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = (
        "client",
        "zone",
        "card",
        "vehicle",
        "entered_at",
        "exited_at",
        "voided_at",
        "amount_due",
        "payment_status",
    )
    list_filter = ("payment_status", "zone", "estimated")
    list_select_related = ("client", "zone", "card", "vehicle")
    search_fields = ("client__search_text",)
    sortable_by = ()

    def matching(self, query: str) -> Q:
        return owned_by(query)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Payments of entries, which nobody changes or deletes; the page of an entry records them."""

    # fmt: off
    fields = (
        "number", "entry", "amount", "kind", "method", "paid_on", "reference", "note", "opposite_of", "by",
        "created_at",
    )
    # fmt: on
    list_display = ("number", "paid_on", "entry", "kind", "amount", "method", "reference", "by")
    list_filter = ("kind", "method")
    list_select_related = ("entry__client", "by", "words")
    search_fields = ("words__reference",)
    ordering = ("-number",)
    sortable_by = ()

    def matching(self, query: str) -> Q:
        return Q(words__reference=query.strip())


@admin.register(RollCall)
class RollCallAdmin(ReadOnlyAdmin):
    """Roll calls of evacuations; who was seen safe stands on their own pages."""

    list_display = ("started_at", "started_by", "ended_at", "ended_by", "note")
    list_select_related = ("started_by", "ended_by")
    sortable_by = ()


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "client", "card", "vehicle", "device", "zone", "words")
    list_filter = ("kind", "zone", "device")
    list_select_related = ("client", "card", "vehicle", "device", "zone")
    search_fields = ("client__search_text",)
    sortable_by = ()

    @admin.display(description=gettext_lazy("texte"))
    def words(self, event: Event) -> str:
        return words_of(event)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).exclude(hidden_from(request.user))

    def matching(self, query: str) -> Q:
        return events_matching(query)
